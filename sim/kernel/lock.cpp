#include "sim/kernel/lock.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim {

namespace {

// Locks are taken and released more often than anything else is done. What happens every time is
// compiled into each operation; what says that something is wrong is not, since it needs so many
// registers that each call would save and restore them.

[[gnu::noinline]] void violate_depth(Kernel& kernel) {
  kernel.violate("lock_order", fmt::format("'{}' holds too many locks", kernel.current()->name()));
}

[[gnu::always_inline]] inline void push_held(Kernel& kernel, const void* lock,
                                             std::uint16_t lock_class) {
  Context& context = *kernel.current();
  if (context.held_count == static_cast<int>(context.held.size())) [[unlikely]]
    return violate_depth(kernel);
  context.held[static_cast<std::size_t>(context.held_count++)] = {lock, lock_class};
}

/// False when the context does not hold it.
[[gnu::noinline]] bool pop_held_below(Context& context, const void* lock) {
  auto* const begin = context.held.data();
  auto* const end = begin + context.held_count;
  auto* const at = std::find_if(begin, end, [&](const HeldLock& h) { return h.lock == lock; });
  if (at == end) return false;
  std::move(at + 1, end, at);
  --context.held_count;
  return true;
}

/// The same; mostly it is the one that was taken last.
[[gnu::always_inline]] inline bool pop_held(Context& context, const void* lock) {
  const int count = context.held_count;
  if (count == 0 || context.held[static_cast<std::size_t>(count - 1)].lock != lock) [[unlikely]]
    return pop_held_below(context, lock);
  context.held_count = count - 1;
  return true;
}

[[gnu::noinline]] void check_new_way(Kernel& kernel, std::uint16_t lock_class) {
  const std::string wrong = kernel.rules().on_acquire(*kernel.current(), lock_class);
  if (wrong.empty()) return;
  const std::size_t colon = wrong.find(": ");
  kernel.violate(wrong.substr(0, colon), wrong.substr(colon + 2));
}

[[gnu::always_inline]] inline void check_rules(Kernel& kernel, std::uint16_t lock_class) {
  if (!kernel.rules().known(*kernel.current(), lock_class)) [[unlikely]]
    check_new_way(kernel, lock_class);
}

[[gnu::noinline]] void violate_balance(Kernel& kernel, const char* lock) {
  kernel.violate("lock_balance", fmt::format("'{}' unlocks '{}', which it does not hold",
                                             kernel.current()->name(), lock));
}

}  // namespace

SpinLock::SpinLock(Kernel& kernel, const char* class_name)
    : kernel_(kernel),
      state_{class_name, kernel.next_id(class_name)},
      class_(kernel.rules().lock_class(class_name)) {}

bool SpinLock::held_by_me() const {
  return state_.holder != nullptr && state_.holder == kernel_.current();
}

/// False: who holds it cannot let go before this context ends.
bool SpinLock::check_holder() {
  const Context& me = *kernel_.current();
  if (state_.holder != &me && &kernel_.current_cpu() != state_.holder->cpu()) return true;
  kernel_.violate("deadlock",
                  fmt::format("'{}' spins on '{}', which '{}' holds below it on the same CPU",
                              me.name(), state_.name, state_.holder->name()));
  return false;
}

void SpinLock::spin() {
  while (state_.holder != nullptr) {
    if (!check_holder()) return;
    spinners_.push_back(kernel_.current());
    kernel_.spin_begin(state_.name);
  }
}

[[gnu::always_inline]] inline void SpinLock::acquire() {
  check_rules(kernel_, class_);
  if (kernel_.exploring()) [[unlikely]] {
    if (state_.holder != nullptr && !check_holder()) return;
    kernel_.explore_lock(state_, KernelStep::lock);
  } else if (state_.holder != nullptr) [[unlikely]] {
    spin();
  }
  state_.holder = kernel_.current();
  push_held(kernel_, this, class_);
  kernel_.acquire(this);
  kernel_.spend(Cost::lock);
}

[[gnu::always_inline]] inline void SpinLock::release() {
  if (!held_by_me() || !pop_held(*kernel_.current(), this)) [[unlikely]]
    return violate_balance(kernel_, state_.name);
  kernel_.release(this);
  state_.holder = nullptr;
  // In exploration all who want it race for it; in time, the first to ask is the first to have it.
  if (kernel_.exploring()) [[unlikely]]
    kernel_.explore_unlock(state_);
  else if (!spinners_.empty()) [[unlikely]]
    pass_on();
}

void SpinLock::pass_on() {
  Context& next = *spinners_.front();
  spinners_.erase(spinners_.begin());
  kernel_.spin_end(next);
}

void SpinLock::lock() {
  if (kernel_.ending()) return;
  kernel_.preempt_disable();
  acquire();
}

void SpinLock::unlock() {
  if (kernel_.ending()) return;
  release();
  kernel_.preempt_enable();
  kernel_.point(KernelStep::unlocked, state_.id);
}

void SpinLock::lock_irqsave() {
  if (kernel_.ending()) return;
  kernel_.local_irq_disable();
  kernel_.preempt_disable();
  acquire();
}

void SpinLock::unlock_irqrestore() {
  if (kernel_.ending()) return;
  release();
  kernel_.preempt_enable();
  kernel_.local_irq_enable();
  kernel_.point(KernelStep::unlocked, state_.id);
}

void SpinLock::lock_bh() {
  if (kernel_.ending()) return;
  kernel_.local_bh_disable();
  lock();
}

void SpinLock::unlock_bh() {
  if (kernel_.ending()) return;
  release();
  kernel_.preempt_enable();
  kernel_.local_bh_enable();
  kernel_.point(KernelStep::unlocked, state_.id);
}

bool SpinLock::try_lock() {
  if (kernel_.ending()) return true;
  kernel_.point(KernelStep::try_lock, state_.id);
  if (state_.holder != nullptr) return false;
  if (kernel_.exploring()) kernel_.exploration().make_wait(state_.wanting);
  kernel_.preempt_disable();
  state_.holder = kernel_.current();
  push_held(kernel_, this, class_);
  kernel_.acquire(this);
  kernel_.spend(Cost::lock);
  return true;
}

Mutex::Mutex(Kernel& kernel, const char* class_name)
    : kernel_(kernel),
      state_{class_name, kernel.next_id(class_name)},
      class_(kernel.rules().lock_class(class_name)) {}

bool Mutex::held_by_me() const {
  return state_.holder != nullptr && state_.holder == kernel_.current();
}

void Mutex::lock() {
  if (kernel_.ending()) return;
  kernel_.might_sleep("mutex lock");
  check_rules(kernel_, class_);
  Thread& me = kernel_.current_thread();
  if (state_.holder == &me)
    kernel_.violate("deadlock",
                    fmt::format("'{}' locks '{}', which it holds already", me.name(), state_.name));
  if (kernel_.exploring())
    kernel_.explore_lock(state_, KernelStep::mutex_lock);
  else
    sleep();
  if (kernel_.ending()) return;
  state_.holder = &me;
  push_held(kernel_, this, class_);
  kernel_.acquire(this);
  kernel_.spend(Cost::lock);
}

/// Until nobody has it.
void Mutex::sleep() {
  Thread& me = kernel_.current_thread();
  while (state_.holder != nullptr) {
    // A thread may be woken for other reasons: then it has kept its place.
    if (std::find(waiters_.begin(), waiters_.end(), &me) == waiters_.end()) waiters_.push_back(&me);
    me.set_state(ThreadState::uninterruptible);
    me.waiting_for = state_.name;
    kernel_.schedule();
    me.waiting_for = "";
    if (kernel_.ending()) return;
  }
  // Still in line when another reason than the unlock woke it.
  waiters_.erase(std::remove(waiters_.begin(), waiters_.end(), &me), waiters_.end());
}

void Mutex::unlock() {
  if (kernel_.ending()) return;
  if (!held_by_me() || !pop_held(*kernel_.current(), this))
    return violate_balance(kernel_, state_.name);
  kernel_.release(this);
  state_.holder = nullptr;
  if (kernel_.exploring()) {
    kernel_.explore_unlock(state_);
  } else if (!waiters_.empty()) {
    Thread& next = *waiters_.front();
    waiters_.erase(waiters_.begin());
    kernel_.wake(next);
  }
  kernel_.point(KernelStep::mutex_unlocked, state_.id);
}

}  // namespace sim
