#pragma once
// The sequential queue: what a queue is between two steps of its callers, and the few things that
// can be done to it. This is the meaning of the interface; nothing here knows of locks or lists of
// the kernel.
//
// Invariants: an interest is ready at most once; a ready interest exists; positions of the ring
// never wrap (64-bit shadows), and committed <= produced <= committed + size.
// The hash is of what can matter later only: an interest is named by the ADD that made it, stamps
// count by their order. So the search recognises a state however it was reached.

#include <cstdint>
#include <vector>

#include "model/abi/ukevent.hpp"
#include "model/spec/visited.hpp"

namespace kev::spec {

/// Names an interest: the call and the request that registered it, never 0.
using Instance = std::uint32_t;

enum class Life : std::uint8_t {
  adding,  ///< registration goes on: readiness is remembered, not yet shown
  live,
  retired  ///< one-shot and ready, or broken: only delivery, MODIFY or REMOVE can follow
};

struct Interest {
  Instance instance = 0;
  abi::ukevent request{};  ///< `ret_flags`: what has happened since it was last shown
  Life life = Life::adding;
  bool in_set = true;          ///< false: being removed
  bool linked = false;         ///< its origin's activity reaches it
  std::uint32_t expiries = 0;  ///< TIMER: as last shown to the user
};

using Stamp = std::uint64_t;

/// Stamps grow with each entry that joins the end of the list; what is put back keeps its own.
struct ReadyEntry {
  Instance instance = 0;
  Stamp stamp = 0;
};

/// How far a call is with an event that LAST_CHECK drops.
enum class Dropping : std::uint8_t { no, taken, checked, enlivened, rechecked };

/// What a call knows between two of its steps.
struct Progress {
  std::uint32_t call = 0;
  Stamp limit = 0;              ///< it may take what joined the ready list no later
  Instance taken = 0;           ///< an interest it is busy with
  Stamp stamp = 0;              ///< the place in the line that the interest had
  abi::ukevent event{};         ///< as it was taken: what comes of the interest does not matter
  std::uint32_t req_flags = 0;  ///< of the event it took
  std::uint32_t ret_flags = 0;  ///< the same
  std::int32_t outcome = 0;     ///< of a check
  bool stopped = false;         ///< its user memory has faulted
  Dropping dropping = Dropping::no;
};

struct RingState {
  std::uint64_t committed = 0;
  std::uint64_t produced = 0;
  std::vector<abi::ukevent> slots;  ///< from position `committed` on; may be one ahead of produced
};

struct OriginState {
  std::uint32_t descriptor = 0;
  std::uint32_t bits = 0;
  bool open = true;
};

class QueueState {
 public:
  std::vector<Interest> interests;  ///< by instance
  std::vector<ReadyEntry> ready;    ///< first in, first out
  std::vector<Progress> progress;   ///< of calls under way, by call
  std::vector<OriginState> origins;
  RingState ring;
  std::uint64_t signalled = 0;   ///< threads, a bit each
  std::uint32_t kicks = 0;       ///< given and not yet used
  std::uint32_t controller = 0;  ///< the call that registers, removes or modifies now, plus one
  bool closed = false;
  Stamp last_stamp = 0;

  Interest* find(Instance instance);
  /// By type and id, among those in the set.
  Interest* find_in_set(const abi::ukevent& key);
  /// Whether the set has one of this type and id.
  [[nodiscard]] bool has(const abi::ukevent& key) const;
  /// By type and id; one in the set comes before one that is being removed.
  Interest* find_present(const abi::ukevent& key);

  /// Something happened to the interest: 0 nothing, positive ready, negative broken.
  void mark(Interest& interest, int outcome);
  [[nodiscard]] bool is_ready(Instance instance) const;
  void forget_ready(Instance instance);
  /// Takes a ready interest off the list, and its flags with it.
  void take_for(Progress& taker, Interest& interest);
  /// The opposite; nothing happens to an interest that is ready again.
  void put_back(const Progress& taker, Interest& interest);
  /// The oldest entry if the call may take it, else null.
  [[nodiscard]] const ReadyEntry* front_for(const Progress& taker) const;
  /// It is gone, from the ready list too.
  void drop(Instance instance);

  /// The call's entry; made when there is none.
  Progress& of(std::uint32_t call);
  void end(std::uint32_t call);

  [[nodiscard]] const OriginState* origin_of(const abi::ukevent& request) const;
  /// What a check of the interest would say now.
  [[nodiscard]] int check(const Interest& interest) const;

  /// How many interests are in the set.
  [[nodiscard]] std::uint32_t registered() const;

  void hash(StateHash& hash) const;

 private:
  [[nodiscard]] std::uint32_t rank(Stamp stamp) const;
};

}  // namespace kev::spec
