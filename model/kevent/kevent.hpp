#pragma once
// One registered interest: what the 2006 patches call struct kevent.
//
// It is in up to three containers at a time: its queue's set, its origin's storage and its queue's
// ready list. Which lock guards what:
//   Queue::set_lock_      set_hook, in_set
//   Storage::lock_        the base RcuListNode, in_storage
//   Queue::ready_lock_    ready_hook, in_ready, ready_sequence, stage, result
//   atomics               mask, request_flags (MODIFY against a notifier on another CPU),
//   references
// Lifetime: references count the set, each fetch in progress and each holder of a pointer; they are
// taken and given back in process context. At zero the origin's reference goes, and the object
// waits for an RCU grace period, because storages are walked without their lock. Until then its
// origin lives, so that anyone who holds a reference may ask the origin for its state.

#include <atomic>
#include <boost/intrusive/list_hook.hpp>
#include <boost/intrusive/set_hook.hpp>
#include <cstdint>

#include "model/abi/ukevent.hpp"
#include "model/base/rcu_list.hpp"

namespace kev {

template <class P>
class Queue;
template <class P>
class Storage;
template <class P>
struct Kind;

/// How far an interest has come.
enum class Stage : std::uint8_t {
  adding,   ///< being registered: readiness is kept, not yet shown
  live,     ///< readiness puts it on the ready list
  retired,  ///< one-shot and ready, or broken: nothing more can happen to it but delivery
  removed   ///< no longer the user's: never delivered again
};

/// What an interest is identified by (take30 and later): the same id may be used by several kinds.
struct Key {
  std::uint32_t type;
  std::uint32_t id[2];
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// The bases are its node in the origin's storage, and what RCU needs to free it.
template <class P>
struct Kevent : RcuListNode, P::RcuNode {
  Kevent(Queue<P>& owner, const Kind<P>& its_kind, const abi::ukevent& request)
      : queue(owner),
        kind(its_kind),
        key{request.type, {request.id.raw[0], request.id.raw[1]}},
        user(request.user),
        mask(request.event),
        request_flags(request.req_flags) {}

  [[nodiscard]] bool has(std::uint32_t flag) const {
    return (request_flags.load(std::memory_order_relaxed) & flag) != 0;
  }

  Queue<P>& queue;
  const Kind<P>& kind;
  const Key key;
  const std::uint64_t user;
  std::atomic<std::uint32_t> mask;
  std::atomic<std::uint32_t> request_flags;
  std::atomic<std::int32_t> references{1};

  boost::intrusive::set_member_hook<> set_hook;
  bool in_set = false;

  Storage<P>* storage = nullptr;  ///< set once, before the interest is linked
  bool in_storage = false;

  boost::intrusive::list_member_hook<> ready_hook;
  bool in_ready = false;
  Stage stage = Stage::adding;
  std::uint64_t ready_sequence = 0;  ///< in order of becoming ready
  std::uint32_t return_flags = 0;
  std::uint32_t return_data[2] = {0, 0};

  typename P::File* file = nullptr;  ///< the origin's reference, for kinds about descriptors
  void* source = nullptr;            ///< what the kind keeps besides
};

}  // namespace kev
