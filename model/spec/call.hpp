#pragma once
// The words of a history: which calls user programs made of one queue, when each began and ended,
// and what came back. Monitors and the linearizability check know of an execution only this.
//
// Time is a position in the history: each begin and each end has a number of its own, growing.
// Calls that had not ended when the execution did have the end `never`.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "model/abi/ukevent.hpp"

namespace kev::spec {

using Moment = std::uint64_t;
inline constexpr Moment never = std::numeric_limits<Moment>::max();

enum class CallKind : std::uint8_t {
  add,
  remove,
  modify,
  ready,
  kick,  ///< kevent_ctl(READY) with num 0
  get_events,
  wait,         ///< kevent_wait
  commit,       ///< kevent_commit
  ring_look,    ///< the program reads its ring: indices and what is in the slots
  close,        ///< of the queue
  signal,       ///< to the thread number `target`
  origin_set,   ///< the origin `target` becomes ready for `bits`, and tells its listeners
  origin_close  ///< the descriptor of the origin `target` is closed
};

enum class Timeout : std::uint8_t { none, finite, endless };

/// What may go wrong through no fault of the queue's while the call runs.
struct Hazards {
  bool copy_in = false;
  bool copy_out = false;
  bool memory = false;
};

struct Call {
  CallKind kind = CallKind::kick;
  std::vector<abi::ukevent> requests;  ///< of the control calls; `user` unique in a history
  std::uint32_t min = 0;               ///< get_events
  std::uint32_t max = 0;               ///< get_events; wait: num
  Timeout timeout = Timeout::endless;
  bool bad_time = false;   ///< the timeout or the flags of the wait are no valid ones
  std::uint32_t uidx = 0;  ///< wait: old_uidx; commit: new_uidx
  std::uint32_t over = 0;  ///< commit
  std::uint32_t target = 0;
  std::uint32_t bits = 0;
  Hazards hazards;
};

struct Answer {
  long value = 0;
  /// Control calls: the request array as the call left it. `user` says which request it is.
  std::vector<abi::ukevent> requests;
  /// get_events: what was copied. ring_look: all slots.
  std::vector<abi::ukevent> events;
  std::uint32_t kidx = 0;  ///< ring_look
  std::uint32_t over = 0;  ///< ring_look
};

struct CallRecord {
  std::uint32_t thread = 0;
  Moment begin = 0;
  Moment end = never;
  Call call;
  Answer answer;

  [[nodiscard]] bool ended() const { return end != never; }
};

/// What happened, in the order of the begins.
struct History {
  std::uint32_t threads = 0;
  std::uint32_t ring_size = 0;  ///< 0: the queue has no ring
  /// By origin: the descriptor's number and what the origin is ready for at the start.
  struct Origin {
    std::uint32_t descriptor = 0;
    std::uint32_t bits = 0;
  };
  std::vector<Origin> origins;
  std::vector<CallRecord> calls;
};

/// "ADD unotify 1 ONESHOT, unotify 2" and "2: unotify 1 DONE", for people.
std::string describe(const Call& call);
/// "unotify 1"
std::string describe_key(const abi::ukevent& event);
std::string describe(const Call& call, const Answer& answer);

}  // namespace kev::spec
