#pragma once
// Handing ready events to the program: to its buffer, to its ring. Process context.

#include <cerrno>

#include "model/bugs/bug.hpp"
#include "model/kevent/kind.hpp"
#include "model/kevent/queue.hpp"

namespace kev {

/// The limit of one call's delivery: level interests that are still ready go to the end of the list
/// again, and this call must not see them twice.
template <class P>
std::uint64_t Queue<P>::last_ready() {
  if (bug(platform_, Bug::drain_refills_itself)) return UINT64_MAX;
  typename P::IrqGuard guard(ready_lock_);
  return ready_sequence_;
}

/// How many events were copied, or -EFAULT if the first could not be.
template <class P>
long Queue<P>::deliver(std::uint32_t max_nr, UserAddress buffer) {
  if (!ring_.exists()) return deliver_each(max_nr, buffer);
  typename P::MutexGuard guard(ring_mutex_);
  return deliver_each(max_nr, buffer);
}

/// Requires: ring_mutex_ if there is a ring.
template <class P>
long Queue<P>::deliver_each(std::uint32_t max_nr, UserAddress buffer) {
  const std::uint64_t up_to = last_ready();
  std::uint32_t count = 0;
  Fetched fetched;
  while (count < max_nr && fetch(fetched, up_to)) {
    // To the ring first: once the program has it, it is too late to say that the ring has not.
    const bool in_ring = ring_.exists() && ring_.put(fetched.event);
    if (ring_.exists() && !in_ring) fetched.event.ret_flags |= abi::KEVENT_RET_COPY_FAILED;
    const UserAddress to = buffer + std::uint64_t{count} * sizeof(abi::ukevent);
    if (!platform_.copy_out(to, &fetched.event, sizeof(abi::ukevent))) {
      if (in_ring || bug(platform_, Bug::dequeued_then_copy_failed))
        delivered(fetched);
      else
        put_back(fetched);
      return count == 0 ? -EFAULT : static_cast<long>(count);
    }
    delivered(fetched);
    ++count;
  }
  return static_cast<long>(count);
}

template <class P>
long Queue<P>::deliver_to_ring(std::uint32_t num) {
  if (bug(platform_, Bug::kidx_published_out_of_order)) return move_to_ring(num);
  typename P::MutexGuard guard(ring_mutex_);
  return move_to_ring(num);
}

/// How many events were moved, or -EFAULT if the first could not be. Requires: ring_mutex_.
template <class P>
long Queue<P>::move_to_ring(std::uint32_t num) {
  const std::uint64_t up_to = last_ready();
  std::uint32_t count = 0;
  Fetched fetched;
  while (count < num && ring_.has_space() && fetch(fetched, up_to)) {
    if (!ring_.put(fetched.event)) {
      put_back(fetched);
      return count == 0 ? -EFAULT : static_cast<long>(count);
    }
    delivered(fetched);
    if (bug(platform_, Bug::oneshot_used_after_completion))
      platform_.expect_alive(fetched.kevent, "the interest whose flags are looked at");
    ++count;
  }
  if (bug(platform_, Bug::overflow_cursor_dangles)) {
    typename P::IrqGuard lock(ready_lock_);
    first_left_ = ready_.empty() ? nullptr : &ready_.front();
  }
  return static_cast<long>(count);
}

/// Takes the oldest ready event that became ready no later than `up_to`.
template <class P>
bool Queue<P>::fetch(Fetched& fetched, std::uint64_t up_to) {
  for (;;) {
    {
      typename P::IrqGuard guard(ready_lock_);
      if (ready_.empty() || ready_.front().ready_sequence > up_to) return false;
      take(next_ready(), fetched);
    }
    if (passes_last_check(fetched)) return true;
    put_kevent(*fetched.kevent);
  }
}

/// Requires: ready_lock_; the list is not empty.
template <class P>
Kevent<P>& Queue<P>::next_ready() {
  if (!bug(platform_, Bug::overflow_cursor_dangles) || first_left_ == nullptr)
    return ready_.front();
  // As if it were still there; a machine with this bug on keeps what is freed.
  if (!first_left_->in_ready)
    platform_.broken("use_after_free", "the first event that the ring had no space for is gone");
  return *first_left_;
}

/// Requires: ready_lock_; on the ready list.
template <class P>
void Queue<P>::take(Kevent<P>& kevent, Fetched& fetched) {
  get_kevent(kevent);
  fetched.kevent = &kevent;
  fetched.ready_sequence = kevent.ready_sequence;
  abi::ukevent& event = fetched.event;
  event.id = {{kevent.key.id[0], kevent.key.id[1]}};
  event.type = kevent.key.type;
  event.event = kevent.mask.load(std::memory_order_relaxed);
  event.req_flags = kevent.request_flags.load(std::memory_order_relaxed);
  event.ret_flags = kevent.return_flags;
  event.ret_data[0] = kevent.return_data[0];
  event.ret_data[1] = kevent.return_data[1];
  event.user = kevent.user;
  // Cleared together with the copy: activity from now on is a new event.
  if (!bug(platform_, Bug::done_flag_kept)) kevent.return_flags = 0;
  pop_ready(kevent, true);
}

/// LAST_CHECK: is it still true? Another thread may have read the socket meanwhile.
template <class P>
bool Queue<P>::passes_last_check(Fetched& fetched) {
  Kevent<P>& kevent = *fetched.kevent;
  abi::ukevent& event = fetched.event;
  const bool asks = kevent.has(abi::KEVENT_REQ_LAST_CHECK) || kevent.kind.last_check != nullptr;
  if (!asks || (event.ret_flags & abi::KEVENT_RET_BROKEN) != 0) return true;
  const int outcome = kevent.kind.last_check != nullptr
                          ? kevent.kind.last_check(kevent, event.ret_data)
                          : kevent.kind.check(kevent);
  if (outcome > 0) {
    if (bug(platform_, Bug::last_check_asked_once))
      kevent.request_flags.fetch_and(~abi::KEVENT_REQ_LAST_CHECK);
    return true;
  }
  if (outcome < 0) {
    typename P::IrqGuard guard(ready_lock_);
    // Its origin may have told the same meanwhile: then the next event says so, and only that one.
    if (!kevent.in_ready) event.ret_flags |= abi::KEVENT_RET_BROKEN;
    if (kevent.stage == Stage::live) kevent.stage = Stage::retired;
    return true;
  }
  {
    typename P::IrqGuard guard(ready_lock_);
    // A one-shot interest that was not shown has not fired.
    if (kevent.stage == Stage::retired && !bug(platform_, Bug::last_check_oneshot_forgotten))
      kevent.stage = Stage::live;
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
    if (!bug(platform_, Bug::level_reported_once)) mark_ready(kevent, kevent.kind.check(kevent));
  }
  put_kevent(kevent);
}

/// The copy failed: the event is as good as never taken, and back in its place in the line.
template <class P>
void Queue<P>::put_back(Fetched& fetched) {
  Kevent<P>& kevent = *fetched.kevent;
  {
    typename P::IrqGuard guard(ready_lock_);
    if (kevent.stage != Stage::removed) {
      kevent.return_flags |= fetched.event.ret_flags & ~abi::KEVENT_RET_COPY_FAILED;
      if (!kevent.in_ready) {
        kevent.in_ready = true;
        kevent.ready_sequence = fetched.ready_sequence;
        auto at = ready_.begin();
        // Only what other threads are putting back is older.
        while (at != ready_.end() && at->ready_sequence < fetched.ready_sequence) ++at;
        ready_.insert(at, kevent);
        ready_count_.fetch_add(1);
      }
    }
  }
  wake_waiters();
  put_kevent(kevent);
}

}  // namespace kev
