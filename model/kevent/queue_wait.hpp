#pragma once
// Waiting for events, and the ring. Process context.

#include <algorithm>
#include <cerrno>

#include "model/kevent/queue.hpp"
#include "model/kevent/queue_deliver.hpp"
#include "model/kevent/queue_mapped.hpp"

namespace kev {

template <class P>
bool Queue<P>::Waiter::served() const {
  return queue->ready_count_.load() >= wants && (!to_ring || queue->ring_.has_space());
}

/// Asked by the waker, under the wait queue's lock. A waiter that wants more than there is does not
/// use the wake-up: it goes to the next one. (With one flag for all, the wake-up of one event could
/// be swallowed by a waiter for three.)
template <class P>
bool Queue<P>::Waiter::wanted(void* self) {
  const auto& waiter = *static_cast<const Waiter*>(self);
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
    end = look(waiter, deadline);
    if (end != WaitEnd::none) break;
    deadline.sleep(platform_);
  }
  wait_.finish(entry);
  return end;
}

/// Whether there is a reason to stop waiting; takes one kick if that is it.
template <class P>
typename Queue<P>::WaitEnd Queue<P>::look(const Waiter& waiter, const Deadline<P>& deadline) {
  if (waiter.served()) return WaitEnd::ready;
  if (waiter.to_ring && waiter.old_index != ring_.user_index()) return WaitEnd::other_index;
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
  for (;;) {
    const WaitEnd end = wait_for_events(waiter, deadline);
    const long count = deliver();
    // Wake-one means: whoever leaves events behind passes the wake-up on.
    if (has_events()) wait_.wake(1);
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
  const Waiter waiter{this, std::clamp<std::uint32_t>(min_nr, 1, max_nr)};
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
  if (freed > 0 && has_events()) wait_.wake(1);
  return freed;
}

}  // namespace kev
