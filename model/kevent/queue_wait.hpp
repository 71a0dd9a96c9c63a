#pragma once
// kevent_get_events: waiting for events and handing them to the user. Process context.

#include <algorithm>
#include <cerrno>

#include "model/kevent/kind.hpp"
#include "model/kevent/queue.hpp"

namespace kev {

/// Asked by the waker, under the wait queue's lock. A waiter that wants more than there is does not
/// use the wake-up: it goes to the next one. (With one flag for all, the wake-up of one event could
/// be swallowed by a waiter for three.)
template <class P>
bool Queue<P>::Waiter::wanted(void* self) {
  auto& waiter = *static_cast<Waiter*>(self);
  return waiter.queue->ready_count_.load() >= waiter.wants || waiter.queue->kicks_.load() != 0;
}

/// `timeout` becomes what is left of it.
template <class P>
typename Queue<P>::WaitEnd Queue<P>::wait_for_events(std::uint32_t wants, Duration* timeout) {
  Waiter waiter{this, wants};
  typename P::WaitEntry entry(platform_, &Waiter::wanted, &waiter);
  entry.exclusive = true;
  WaitEnd end = WaitEnd::ready;
  for (;;) {
    // Announce first, look second: what becomes ready after the look wakes the entry.
    wait_.prepare(entry, Sleep::interruptible);
    end = look(wants, *timeout);
    if (end != WaitEnd::none) break;
    *timeout = platform_.schedule_timeout(*timeout);
  }
  wait_.finish(entry);
  return end;
}

/// Whether there is a reason to stop waiting; takes one kick if that is it.
template <class P>
typename Queue<P>::WaitEnd Queue<P>::look(std::uint32_t wants, Duration left) {
  if (ready_count_.load() >= wants) return WaitEnd::ready;
  std::uint32_t kicks = kicks_.load();
  while (kicks != 0)
    if (kicks_.compare_exchange_weak(kicks, kicks - 1)) return WaitEnd::kicked;
  if (left <= Duration(0)) return WaitEnd::timeout;
  return platform_.signal_pending() ? WaitEnd::signal : WaitEnd::none;
}

template <class P>
long Queue<P>::get_events(std::uint32_t min_nr, std::uint32_t max_nr, Duration timeout,
                          UserAddress buffer) {
  if (max_nr == 0) return -EINVAL;
  const std::uint32_t wants = std::clamp<std::uint32_t>(min_nr, 1, max_nr);
  for (;;) {
    const WaitEnd end = wait_for_events(wants, &timeout);
    const long count = deliver(max_nr, buffer);
    // Wake-one means: whoever leaves events behind passes the wake-up on.
    if (has_events()) wait_.wake(1);
    if (count != 0) return count;
    if (end == WaitEnd::signal) return -EINTR;
    // Another thread was faster: nobody returns from an endless wait with nothing.
    if (end != WaitEnd::ready) return 0;
  }
}

/// How many events were copied, or -EFAULT if the first could not be.
template <class P>
long Queue<P>::deliver(std::uint32_t max_nr, UserAddress buffer) {
  std::uint64_t up_to = 0;
  {
    typename P::IrqGuard guard(ready_lock_);
    // Level interests that are still ready go to the end again: this call must not see them twice.
    up_to = ready_sequence_;
  }
  long count = 0;
  Fetched fetched;
  while (count < static_cast<long>(max_nr) && fetch(fetched, up_to)) {
    const UserAddress to = buffer + static_cast<std::uint64_t>(count) * sizeof(abi::ukevent);
    if (!platform_.copy_out(to, &fetched.event, sizeof(abi::ukevent))) {
      put_back(fetched);
      return count == 0 ? -EFAULT : count;
    }
    delivered(fetched);
    ++count;
  }
  return count;
}

/// Takes the oldest ready event that became ready no later than `up_to`.
template <class P>
bool Queue<P>::fetch(Fetched& fetched, std::uint64_t up_to) {
  for (;;) {
    Kevent<P>* kevent = nullptr;
    {
      typename P::IrqGuard guard(ready_lock_);
      if (ready_.empty() || ready_.front().ready_sequence > up_to) return false;
      kevent = &ready_.front();
      ready_.pop_front();
      kevent->in_ready = false;
      ready_count_.fetch_sub(1);
      get_kevent(*kevent);
      fetched.kevent = kevent;
      abi::ukevent& event = fetched.event;
      event.id = {{kevent->key.id[0], kevent->key.id[1]}};
      event.type = kevent->key.type;
      event.event = kevent->mask.load(std::memory_order_relaxed);
      event.req_flags = kevent->request_flags.load(std::memory_order_relaxed);
      event.ret_flags = kevent->return_flags;
      event.ret_data[0] = kevent->return_data[0];
      event.ret_data[1] = kevent->return_data[1];
      event.user = kevent->user;
      // Cleared together with the copy: activity from now on is a new event.
      kevent->return_flags = 0;
    }
    if (passes_last_check(*kevent)) return true;
    put_kevent(*kevent);
  }
}

/// LAST_CHECK: is it still true? Another thread may have read the socket meanwhile.
template <class P>
bool Queue<P>::passes_last_check(Kevent<P>& kevent) {
  if (!kevent.has(abi::KEVENT_REQ_LAST_CHECK) || kevent.kind.check(kevent) != 0) return true;
  {
    typename P::IrqGuard guard(ready_lock_);
    // A one-shot interest that was not shown has not fired.
    if (kevent.stage == Stage::retired) kevent.stage = Stage::live;
  }
  // Activity between the check and this point was ignored if the interest was retired.
  mark_ready(kevent, kevent.kind.check(kevent));
  return false;
}

template <class P>
void Queue<P>::delivered(Fetched& fetched) {
  Kevent<P>& kevent = *fetched.kevent;
  platform_.trace(Tracepoint::kevent_deliver, id_, kevent.key.type, kevent.key.id[0],
                  fetched.event.ret_flags);
  if ((fetched.event.req_flags & abi::KEVENT_REQ_ONESHOT) != 0) {
    if (take_out(kevent)) finish(kevent, true);
  } else if (kevent.kind.is_state && (fetched.event.req_flags & abi::KEVENT_REQ_ET) == 0) {
    mark_ready(kevent, kevent.kind.check(kevent));
  }
  put_kevent(kevent);
}

/// The copy failed: the event is as good as never taken, and first in line.
template <class P>
void Queue<P>::put_back(Fetched& fetched) {
  Kevent<P>& kevent = *fetched.kevent;
  {
    typename P::IrqGuard guard(ready_lock_);
    if (kevent.stage != Stage::removed) {
      kevent.return_flags |= fetched.event.ret_flags;
      if (!kevent.in_ready) {
        kevent.in_ready = true;
        kevent.ready_sequence = 0;
        ready_.push_front(kevent);
        ready_count_.fetch_add(1);
      }
    }
  }
  put_kevent(kevent);
}

}  // namespace kev
