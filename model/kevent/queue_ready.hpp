#pragma once
// How interests become ready and how long they live: the part of Queue that runs in any context.

#include <cerrno>

#include "model/bugs/bug.hpp"
#include "model/kevent/kind.hpp"
#include "model/kevent/queue.hpp"

namespace kev {

template <class P>
Queue<P>::Queue(P& platform, std::uint32_t id, const QueueOptions& options)
    : platform_(platform),
      id_(id),
      flags_(options.flags),
      control_mutex_(platform, "queue: control"),
      ring_mutex_(platform, "queue: ring"),
      ring_(platform, options.ring, mapped(options) ? 0 : options.slots,
            options.ring_version == RingVersion::v3),
      set_lock_(platform, "queue: set"),
      ready_lock_(platform, "queue: ready list"),
      wait_(platform, "queue: waiters"),
      pollers_(platform, "poll waiters"),
      poll_softirq_(platform, "queue poll", &Queue::wake_pollers, this),
      own_storage_(platform) {}

/// Requires: ready_lock_; not on the list.
template <class P>
void Queue<P>::push_ready(Kevent<P>& kevent) {
  kevent.in_ready = true;
  kevent.ready_sequence = ++ready_sequence_;
  ready_.push_back(kevent);
  ready_count_.fetch_add(1);
  if (mapped_ != nullptr) mapped_->on_ready(kevent);
  platform_.trace(Tracepoint::kevent_ready, id_, kevent.key.type, kevent.key.id[0],
                  kevent.return_flags);
}

/// Requires: ready_lock_; on the list.
template <class P>
void Queue<P>::pop_ready(Kevent<P>& kevent, bool to_deliver) {
  kevent.in_ready = false;
  ready_.erase(ready_.iterator_to(kevent));
  ready_count_.fetch_sub(1);
  if (mapped_ != nullptr) mapped_->on_unready(ready_, to_deliver);
}

template <class P>
Queue<P>* Queue<P>::create(P& platform, std::uint32_t id, const QueueOptions& options, int* error) {
  *error = -EINVAL;
  if ((options.flags & ~abi::KEVENT_FLAGS_ABSTIME) != 0) return nullptr;
  if (!UserRing<P>::valid(options.ring, options.slots)) return nullptr;
  *error = -ENOMEM;
  auto* queue = platform.template make<Queue>(Allocation::may_sleep, platform, id, options);
  if (queue == nullptr) return nullptr;
  *error = mapped(options) ? queue->map_ring(options) : queue->ring_.attach();
  if (*error == 0) return queue;
  queue->put();
  return nullptr;
}

template <class P>
bool Queue<P>::mark_ready(Kevent<P>& kevent, int outcome) {
  return complete(kevent, outcome, nullptr);
}

template <class P>
bool Queue<P>::complete(Kevent<P>& kevent, int outcome, std::uint32_t data0, std::uint32_t data1) {
  const std::uint32_t data[2] = {data0, data1};
  return complete(kevent, outcome, data);
}

template <class P>
bool Queue<P>::complete(Kevent<P>& kevent, int outcome, const std::uint32_t* data) {
  if (outcome == 0 && !still_done(kevent)) return false;
  const bool early = bug(platform_, Bug::wake_before_enqueue);
  if (early) wake_waiters();
  const bool waited = !bug(platform_, Bug::test_waiters_before_enqueue) || wait_.active();
  {
    typename P::IrqGuard guard(ready_lock_);
    if (kevent.stage == Stage::retired || kevent.stage == Stage::removed) return false;
    kevent.return_flags |= abi::KEVENT_RET_DONE;
    if (outcome < 0) kevent.return_flags |= abi::KEVENT_RET_BROKEN;
    if (data != nullptr) {
      kevent.return_data[0] = data[0];
      kevent.return_data[1] = data[1];
    }
    // Registration is not over: it will find the flag and decide whose event this is.
    if (kevent.stage == Stage::adding) return true;
    if (outcome < 0 || retires_when_ready(kevent)) kevent.stage = Stage::retired;
    if (kevent.in_ready) return false;
    push_ready(kevent);
  }
  if (bug(platform_, Bug::no_wake_on_overflow_list) && copying_.load() != 0) return true;
  // After the list, never before: a waiter that is woken must find the event.
  if (!early && waited) wake_waiters();
  return true;
}

/// One-shot interests have fired when they are ready, not when they are delivered.
template <class P>
bool Queue<P>::retires_when_ready(Kevent<P>& kevent) {
  return kevent.has(abi::KEVENT_REQ_ONESHOT) && !bug(platform_, Bug::oneshot_double_dispatch);
}

/// For take29, where flags outlived delivery, so that a check which says "no" made it ready again.
template <class P>
bool Queue<P>::still_done(Kevent<P>& kevent) {
  if (!bug(platform_, Bug::done_flag_kept)) return false;
  typename P::IrqGuard guard(ready_lock_);
  return kevent.return_flags != 0;
}

template <class P>
void Queue<P>::wake_waiters() {
  wait_.wake(1);
  // Who begins to poll later looks for himself.
  if (!pollers_.active()) return;
  get();
  if (!poll_softirq_.raise()) put();
}

template <class P>
void Queue<P>::wake_pollers(void* self) {
  auto& queue = *static_cast<Queue*>(self);
  queue.pollers_.wake(1);
  queue.put();
}

template <class P>
bool Queue<P>::can_fire(Kevent<P>& kevent) {
  typename P::IrqGuard guard(ready_lock_);
  return kevent.stage == Stage::adding || kevent.stage == Stage::live;
}

template <class P>
void Queue<P>::get_kevent(Kevent<P>& kevent) {
  kevent.references.fetch_add(1, std::memory_order_relaxed);
}

template <class P>
void Queue<P>::put_kevent(Kevent<P>& kevent) {
  if (kevent.references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (!bug(platform_, Bug::callback_on_dying_source)) kevent.kind.release(kevent);
  // A walker of the storage may still stand on it.
  platform_.call_rcu(kevent, &Queue::free_kevent);
}

template <class P>
void Queue<P>::free_kevent(typename P::RcuNode& node) {
  auto& kevent = static_cast<Kevent<P>&>(node);
  Queue& queue = kevent.queue;
  queue.platform_.destroy(kevent);
  queue.put();
}

template <class P>
void Queue<P>::get() {
  references_.fetch_add(1, std::memory_order_relaxed);
}

template <class P>
void Queue<P>::put() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (mapped_ != nullptr) platform_.destroy(*mapped_);
  platform_.destroy(*this);
}

}  // namespace kev
