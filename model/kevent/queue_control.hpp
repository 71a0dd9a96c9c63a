#pragma once
// kevent_ctl: registering, removing and changing interests. Process context.

#include <cerrno>

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
  kicks_.fetch_add(1);
  wait_.wake(1);
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

  typename P::MutexGuard control(control_mutex_);
  bool unique = false;
  {
    typename P::IrqGuard guard(set_lock_);
    unique = set_.insert(kevent).second;
    kevent.in_set = unique;
  }
  *error = unique ? kind->enqueue(kevent) : -EEXIST;
  if (*error != 0) {
    if (unique) take_out(kevent);
    finish(kevent, false);
    put_kevent(kevent);
    return nullptr;
  }
  bool wake = false;
  {
    typename P::IrqGuard guard(ready_lock_);
    // Activity since it was linked has left its mark.
    const bool marked = kevent.return_flags != 0 || kevent.has(abi::KEVENT_REQ_READY);
    kevent.stage = Stage::live;
    if (marked) {
      kevent.return_flags |= abi::KEVENT_RET_DONE;
      const bool broken = (kevent.return_flags & abi::KEVENT_RET_BROKEN) != 0;
      if (broken || kevent.has(abi::KEVENT_REQ_ONESHOT)) kevent.stage = Stage::retired;
      push_ready(kevent);
      wake = true;
    }
  }
  if (wake) wait_.wake(1);
  return &kevent;
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
  {
    typename P::IrqGuard guard(ready_lock_);
    kevent.stage = Stage::removed;
    if (kevent.in_ready) pop_ready(kevent, false);
  }
  platform_.trace(Tracepoint::kevent_remove, id_, kevent.key.type, kevent.key.id[0], 0);
  put_kevent(kevent);
}

template <class P>
bool Queue<P>::remove(const Key& key) {
  typename P::MutexGuard control(control_mutex_);
  Kevent<P>* kevent = find(key);
  if (kevent == nullptr) return false;
  // A one-shot interest may be taken out by its own delivery at this moment; then it is gone too.
  const bool mine = take_out(*kevent);
  if (mine) finish(*kevent, true);
  put_kevent(*kevent);
  return mine;
}

/// New mask and flags; whatever was ready is forgotten, and the state is checked afresh.
template <class P>
bool Queue<P>::modify(const abi::ukevent& request) {
  typename P::MutexGuard control(control_mutex_);
  Kevent<P>* kevent = find({request.type, {request.id.raw[0], request.id.raw[1]}});
  if (kevent == nullptr) return false;
  bool found = true;
  {
    typename P::IrqGuard guard(ready_lock_);
    kevent->mask.store(request.event, std::memory_order_relaxed);
    kevent->request_flags.store(request.req_flags, std::memory_order_relaxed);
    kevent->return_flags = 0;
    found = kevent->stage != Stage::removed;
    if (found) kevent->stage = Stage::live;
    if (kevent->in_ready) pop_ready(*kevent, false);
  }
  // After the new mask is visible: what happens from here on is reported by the origin.
  if (found) mark_ready(*kevent, kevent->kind.check(*kevent));
  put_kevent(*kevent);
  return found;
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
  {
    typename P::MutexGuard control(control_mutex_);
    for (;;) {
      Kevent<P>* kevent = nullptr;
      {
        typename P::IrqGuard guard(set_lock_);
        if (set_.empty()) break;
        kevent = &*set_.begin();
        kevent->in_set = false;
        set_.erase(set_.begin());
      }
      finish(*kevent, true);
    }
  }
  put();
}

}  // namespace kev
