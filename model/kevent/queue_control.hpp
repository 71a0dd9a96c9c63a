#pragma once
// kevent_ctl: registering, removing and changing interests. Process context.

#include <cerrno>

#include "model/bugs/bug.hpp"
#include "model/kevent/kind.hpp"
#include "model/kevent/queue.hpp"

namespace kev {

template <class P>
long Queue<P>::control(std::uint32_t command, std::uint32_t num, UserAddress requests) {
  if (command > abi::KEVENT_CTL_READY) return -EINVAL;
  if (num == 0) return command == abi::KEVENT_CTL_READY ? kick() : -EINVAL;
  // The array must fit the address space; what is not mapped fails when it is reached.
  if (requests >= user_space_end) return -EINVAL;
  if (num > (user_space_end - requests) / sizeof(abi::ukevent)) return -EINVAL;
  if (command != abi::KEVENT_CTL_ADD && num > registered()) return -EINVAL;
  return control_each(command, num, requests);
}

/// One request at a time, and none of the queue's locks held while user memory is touched: a page
/// fault of one thread must not hold the others up (take4).
template <class P>
long Queue<P>::control_each(std::uint32_t command, std::uint32_t num, UserAddress requests) {
  constexpr std::size_t size = sizeof(abi::ukevent);
  UserAddress front = requests;  // answers of ADD and READY are gathered here
  long told = 0;
  for (std::uint32_t i = 0; i < num; ++i) {
    const UserAddress at = requests + i * size;
    abi::ukevent request{};
    if (!platform_.copy_in(&request, at, size)) return -EFAULT;
    const Key key{request.type, {request.id.raw[0], request.id.raw[1]}};
    abi::ukevent answer = request;
    answer.ret_flags = 0;
    bool tell = false;
    switch (command) {
      case abi::KEVENT_CTL_ADD:
        tell = add(request, &answer) != 0;
        break;
      case abi::KEVENT_CTL_READY:
        tell = !make_ready_by_user(key);
        break;
      default: {
        const bool found = command == abi::KEVENT_CTL_REMOVE ? remove(key) : modify(request);
        answer.ret_flags = abi::KEVENT_RET_DONE | (found ? 0 : abi::KEVENT_RET_BROKEN);
        if (!platform_.copy_out(at, &answer, size)) return -EFAULT;
        break;
      }
    }
    if (!tell) continue;
    if (!platform_.copy_out(front, &answer, size)) return -EFAULT;
    front += size;
    ++told;
  }
  if (command == abi::KEVENT_CTL_ADD) return told;
  return command == abi::KEVENT_CTL_READY ? static_cast<long>(num) - told : 0;
}

/// Lets one waiter go: one that waits now, or the next that comes.
template <class P>
long Queue<P>::kick() {
  if (bug(platform_, Bug::one_kick_flag))
    kicks_.store(1);
  else
    kicks_.fetch_add(1);
  wake_waiters();
  return 0;
}

/// 0 when registered; else *answer says what happened.
template <class P>
int Queue<P>::add(const abi::ukevent& request, abi::ukevent* answer) {
  int error = 0;
  Kevent<P>* kevent = register_interest(request, false, &error);
  platform_.trace(Tracepoint::kevent_add, id_, request.type, request.id.raw[0], error);
  if (kevent != nullptr) {
    put_kevent(*kevent);
    return 0;
  }
  answer->ret_flags = abi::KEVENT_RET_DONE;
  if (error < 0) {
    answer->ret_flags |= abi::KEVENT_RET_BROKEN;
    answer->ret_data[1] = static_cast<std::uint32_t>(-error);
  }
  return error;
}

template <class P>
Kevent<P>* Queue<P>::add_for_kernel(const abi::ukevent& request, int* error) {
  Kevent<P>* kevent = register_interest(request, true, error);
  platform_.trace(Tracepoint::kevent_add, id_, request.type, request.id.raw[0], *error);
  return kevent;
}

/// The interest, with a reference; or null, with *error positive (ready at once, not registered) or
/// negative.
template <class P>
Kevent<P>* Queue<P>::register_interest(const abi::ukevent& request, bool by_kernel, int* error) {
  const Kind<P>* kind = find_kind<P>(request.type);
  *error = -ENOSYS;
  if (kind == nullptr) return nullptr;
  *error = -EPERM;
  if (kind->kernel_only && !by_kernel) return nullptr;
  *error = -ENOMEM;
  auto* made = platform_.template make<Kevent<P>>(Allocation::may_sleep, *this, *kind, request);
  if (made == nullptr) return nullptr;
  Kevent<P>& kevent = *made;
  get();  // given back when the interest is freed
  get_kevent(kevent);
  {
    typename P::MutexGuard control(control_mutex_);
    *error = enter(kevent);
    if (*error == 0) go_live(kevent);
  }
  if (*error == 0) return &kevent;
  // Not under the mutex: what the kind gives back may be the last reference to another queue.
  finish(kevent, false);
  put_kevent(kevent);
  return nullptr;
}

/// Into the set and to its origin. Not 0: it is in neither. Requires: control_mutex_.
template <class P>
int Queue<P>::enter(Kevent<P>& kevent) {
  {
    typename P::IrqGuard guard(set_lock_);
    kevent.in_set = set_.insert(kevent).second;
  }
  if (!kevent.in_set) return -EEXIST;
  const int result = kevent.kind.enqueue(kevent);
  if (result != 0) take_out(kevent);
  return result;
}

/// Readiness is shown from here on; activity since it was linked has left its mark.
template <class P>
void Queue<P>::go_live(Kevent<P>& kevent) {
  {
    typename P::IrqGuard guard(ready_lock_);
    kevent.stage = Stage::live;
    if (kevent.return_flags == 0 && !kevent.has(abi::KEVENT_REQ_READY)) return;
    kevent.return_flags |= abi::KEVENT_RET_DONE;
    const bool broken = (kevent.return_flags & abi::KEVENT_RET_BROKEN) != 0;
    if (broken || retires_when_ready(kevent)) kevent.stage = Stage::retired;
    push_ready(kevent);
  }
  wake_waiters();
}

template <class P>
std::size_t Queue<P>::registered() {
  typename P::IrqGuard guard(set_lock_);
  return set_.size();
}

/// With a reference; null when there is none.
template <class P>
Kevent<P>* Queue<P>::find(const Key& key) {
  typename P::IrqGuard guard(set_lock_);
  const auto at = set_.find(key);
  if (at == set_.end()) return nullptr;
  get_kevent(*at);
  return &*at;
}

template <class P>
bool Queue<P>::take_out(Kevent<P>& kevent) {
  typename P::IrqGuard guard(set_lock_);
  if (!kevent.in_set) return false;
  kevent.in_set = false;
  set_.erase(set_.iterator_to(kevent));
  return true;
}

template <class P>
void Queue<P>::finish(Kevent<P>& kevent, bool enqueued) {
  if (enqueued) kevent.kind.dequeue(kevent);
  if (bug(platform_, Bug::callback_on_dying_source)) kevent.kind.release(kevent);
  {
    typename P::IrqGuard guard(ready_lock_);
    kevent.stage = Stage::removed;
    if (kevent.in_ready) forget_ready(kevent);
  }
  platform_.trace(Tracepoint::kevent_remove, id_, kevent.key.type, kevent.key.id[0], 0);
  put_kevent(kevent);
}

/// A removed interest is not shown. Requires: ready_lock_; on the ready list.
template <class P>
void Queue<P>::forget_ready(Kevent<P>& kevent) {
  if (bug(platform_, Bug::ghost_event_after_remove_or_disable)) return get_kevent(kevent);
  pop_ready(kevent, false);
  if (bug(platform_, Bug::remove_midring_advances_head)) ring_.skip_oldest();
}

template <class P>
bool Queue<P>::remove(const Key& key) {
  Kevent<P>* kevent = nullptr;
  bool mine = false;
  {
    typename P::MutexGuard control(control_mutex_);
    kevent = find(key);
    if (kevent == nullptr) return false;
    // A one-shot interest may be taken out by its own delivery at this moment; then it is gone too.
    mine = take_out(*kevent);
    if (mine) finish(*kevent, true);
  }
  put_kevent(*kevent);
  return mine;
}

template <class P>
void Queue<P>::withdraw(Kevent<P>& kevent) {
  typename P::MutexGuard control(control_mutex_);
  if (take_out(kevent)) finish(kevent, true);
}

/// New mask and flags; whatever was ready is forgotten, and the state is checked afresh.
template <class P>
bool Queue<P>::modify(const abi::ukevent& request) {
  Kevent<P>* kevent = nullptr;
  bool found = true;
  {
    typename P::MutexGuard control(control_mutex_);
    kevent = find({request.type, {request.id.raw[0], request.id.raw[1]}});
    if (kevent == nullptr) return false;
    found = renew(*kevent, request);
  }
  put_kevent(*kevent);
  return found;
}

/// Requires: control_mutex_.
template <class P>
bool Queue<P>::renew(Kevent<P>& kevent, const abi::ukevent& request) {
  const bool looks_first = bug(platform_, Bug::modify_or_add_on_ready_not_delivered);
  int outcome = 0;
  if (looks_first) {
    kevent.mask.store(request.event, std::memory_order_relaxed);
    outcome = kevent.kind.check(kevent);
  }
  {
    typename P::IrqGuard guard(ready_lock_);
    if (kevent.stage == Stage::removed) return false;
    kevent.mask.store(request.event, std::memory_order_relaxed);
    kevent.request_flags.store(request.req_flags, std::memory_order_relaxed);
    kevent.return_flags = 0;
    kevent.stage = Stage::live;
    if (kevent.in_ready) pop_ready(kevent, false);
  }
  if (kevent.kind.modified != nullptr) kevent.kind.modified(kevent);
  // After the new mask is visible: what happens from here on is reported by the origin.
  if (!looks_first) outcome = kevent.kind.check(kevent);
  mark_ready(kevent, outcome);
  return true;
}

template <class P>
bool Queue<P>::make_ready_by_user(const Key& key) {
  Kevent<P>* kevent = find(key);
  if (kevent == nullptr) return false;
  mark_ready(*kevent, 1);
  put_kevent(*kevent);
  return true;
}

template <class P>
void Queue<P>::release() {
  Kevent<P>* before = nullptr;
  for (;;) {
    Kevent<P>* kevent = nullptr;
    {
      typename P::MutexGuard control(control_mutex_);
      {
        typename P::IrqGuard guard(set_lock_);
        if (before != nullptr && bug(platform_, Bug::close_goes_on_from_freed))
          platform_.expect_alive(before, "the interest that closing goes on from");
        if (set_.empty()) break;
        kevent = &*set_.begin();
        kevent->in_set = false;
        set_.erase(set_.begin());
        get_kevent(*kevent);
      }
      finish(*kevent, true);
    }
    put_kevent(*kevent);
    before = kevent;
  }
  put();
}

}  // namespace kev
