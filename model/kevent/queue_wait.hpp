#pragma once
// Waiting for events, and the ring. Process context.

#include <algorithm>
#include <cerrno>

#include "model/bugs/bug.hpp"
#include "model/kevent/queue.hpp"
#include "model/kevent/queue_deliver.hpp"
#include "model/kevent/queue_mapped.hpp"

namespace kev {

template <class P>
bool Queue<P>::Waiter::served() const {
  const bool needs_space = to_ring || bug(queue->platform_, Bug::full_ring_blocks_get_events);
  return queue->ready_count_.load() >= wants && (!needs_space || queue->ring_.has_space());
}

/// Asked by the waker, under the wait queue's lock. A waiter that wants more than there is does not
/// use the wake-up: it goes to the next one. (With one flag for all, the wake-up of one event could
/// be swallowed by a waiter for three.)
template <class P>
bool Queue<P>::Waiter::wanted(void* self) {
  const auto& waiter = *static_cast<const Waiter*>(self);
  P& platform = waiter.queue->platform_;
  if (bug(platform, Bug::wake_before_enqueue)) return true;
  if (bug(platform, Bug::wake_suppressed_by_min_nr) && waiter.wants > 1)
    return waiter.queue->ready_count_.load() > waiter.wants;
  return waiter.served() || waiter.queue->kicks_.load() != 0;
}

template <class P>
typename Queue<P>::WaitEnd Queue<P>::wait_for_events(const Waiter& waiter, Deadline<P>& deadline) {
  Waiter mine = waiter;
  typename P::WaitEntry entry(platform_, &Waiter::wanted, &mine);
  entry.exclusive = true;
  WaitEnd end = WaitEnd::ready;
  for (;;) {
    // Announce first, look second: what becomes ready after the look wakes the entry.
    wait_.prepare(entry, Sleep::interruptible);
    if (deadline.absolute() && bug(platform_, Bug::shared_deadline))
      deadline.move_to(Duration(last_deadline_ns_.load()));
    end = look(waiter, deadline);
    if (end != WaitEnd::none) break;
    deadline.sleep(platform_);
    if (bug(platform_, Bug::destroy_with_waiters))
      platform_.expect_alive(this, "the queue that a thread waits on");
  }
  wait_.finish(entry);
  return end;
}

/// Whether there is a reason to stop waiting; takes one kick if that is it.
template <class P>
typename Queue<P>::WaitEnd Queue<P>::look(const Waiter& waiter, const Deadline<P>& deadline) {
  if (bug(platform_, Bug::abandoned_wakeup_not_passed_on)) {
    if (deadline.over(platform_)) return WaitEnd::timeout;
    if (platform_.signal_pending()) return WaitEnd::signal;
  }
  if (waiter.served()) return WaitEnd::ready;
  if (waiter.to_ring && waiter.old_index != ring_.user_index() &&
      !bug(platform_, Bug::wait_ignores_ring_state))
    return WaitEnd::other_index;
  std::uint32_t kicks = kicks_.load();
  while (kicks != 0)
    if (kicks_.compare_exchange_weak(kicks, kicks - 1)) return WaitEnd::kicked;
  if (deadline.over(platform_)) return WaitEnd::timeout;
  return platform_.signal_pending() ? WaitEnd::signal : WaitEnd::none;
}

/// What both waiting calls do; `deliver` hands events over and says how many.
template <class P>
template <class Deliver>
long Queue<P>::wait_and_deliver(const Waiter& waiter, const abi::kevent_timespec& timeout,
                                std::uint32_t flags, Deliver deliver) {
  if ((flags & ~abi::KEVENT_FLAGS_ABSTIME) != 0 || !Deadline<P>::valid(timeout)) return -EINVAL;
  Deadline<P> deadline(timeout, ((flags | flags_) & abi::KEVENT_FLAGS_ABSTIME) != 0);
  if (deadline.absolute() && bug(platform_, Bug::shared_deadline))
    last_deadline_ns_.store(deadline.time().ns());
  for (;;) {
    const WaitEnd end = wait_for_events(waiter, deadline);
    if (bug(platform_, Bug::abandoned_wakeup_not_passed_on) && end == WaitEnd::timeout) return 0;
    if (bug(platform_, Bug::abandoned_wakeup_not_passed_on) && end == WaitEnd::signal)
      return -EINTR;
    const bool splices = bug(platform_, Bug::no_wake_on_overflow_list);
    if (splices) copying_.fetch_add(1);
    const long count = deliver();
    if (splices) copying_.fetch_sub(1);
    // Wake-one means: whoever leaves events or kicks behind passes the wake-up on. (A second kick
    // may have chosen this thread while it was leaving with the first.)
    if (pollable() && !splices) wait_.wake(1);
    if (count != 0) return count;
    if (end == WaitEnd::signal) return -EINTR;
    // Another thread was faster: nobody returns from an endless wait with nothing.
    if (end != WaitEnd::ready) return 0;
  }
}

template <class P>
long Queue<P>::get_events(std::uint32_t min_nr, std::uint32_t max_nr,
                          const abi::kevent_timespec& timeout, UserAddress buffer,
                          std::uint32_t flags) {
  if (max_nr == 0) return -EINVAL;
  const std::uint32_t wants = bug(platform_, Bug::min_nr_ignored) ? 1 : min_nr;
  const Waiter waiter{this, std::clamp<std::uint32_t>(wants, 1, max_nr)};
  return wait_and_deliver(waiter, timeout, flags, [&] { return deliver(max_nr, buffer); });
}

template <class P>
long Queue<P>::wait(std::uint32_t num, std::uint32_t old_index, const abi::kevent_timespec& timeout,
                    std::uint32_t flags) {
  if (mapped_ != nullptr) return wait_mapped(num, old_index, timeout, flags);
  if (num == 0 || num > ring_.slots()) return -EINVAL;
  const Waiter waiter{this, 1, true, old_index};
  return wait_and_deliver(waiter, timeout, flags, [&] { return deliver_to_ring(num); });
}

template <class P>
long Queue<P>::commit(std::uint32_t index, std::uint32_t over) {
  long freed = 0;
  {
    typename P::MutexGuard guard(ring_mutex_);
    freed = ring_.commit(index, over);
  }
  // Some thread may be waiting for space, with events at hand.
  if (freed > 0 && has_events() && !bug(platform_, Bug::overflow_parked_never_flushed))
    wait_.wake(1);
  return freed;
}

}  // namespace kev
