// Exploration: at every point the strategy decides who takes the next step.

#include <fmt/format.h>

#include "sim/kernel/kernel.hpp"

namespace sim {

void Kernel::enlist(Context& context) {
  if (!exploring() || exploration_->add(context)) return;
  violate("too_many_threads",
          fmt::format("exploration follows {} threads and interrupts, and no '{}' besides",
                      threads_max - device_count, context.name()));
}

std::uint32_t Kernel::next_explored_id(const char* name) {
  const std::uint32_t id = exploration_->next_id();
  if (name != nullptr) exploration_->name(id, name);
  return id;
}

/// Who takes the next step. On a fiber it does not return when there was one step too many.
std::uint32_t Kernel::decide() {
  if (stats_.steps >= options_.step_limit) {
    violate("livelock", fmt::format("no end after {} steps", options_.step_limit));
    return nobody;
  }
  if (engine_.pending() == 0) {
    exploration_->make_wait(bit_of(event_device));
  } else if (!exploration_->can_go_on(event_device)) {
    // Nothing could have happened before what was done last.
    exploration_->joined(event_device, exploration_->current());
    exploration_->make_ready(event_device);
  }
  const std::uint32_t picked = exploration_->decide();
  stats_.steps = exploration_->steps();
  return picked;
}

inline void Kernel::take_turn(Context& context) {
  const std::uint32_t picked = decide();
  if (picked == context.number_) return context.take_turn();
  if (picked >= device_count && picked != nobody && !stopped_) [[likely]]
    return hand_over(context, *exploration_->context(picked));
  exploration_->chosen = picked;
  suspend(context);
}

void Kernel::explore_point(Operation operation, Access access) {
  if (ending_ || current_ == nullptr) return;
  // What touches nothing is a step only for the sake of what the code does next without telling;
  // where its accesses are watched, it tells.
  if (access == Access::none && options_.watch != nullptr) return;
  Context& context = *current_;
  exploration_->announce(context.number_, operation, access);
  context.waiting_for = operation.name;
  take_turn(context);
}

void Kernel::explore_lock(LockState& lock, KernelStep step) {
  Context& context = *current_;
  const ThreadMask me = bit_of(context.number_);
  exploration_->announce(context.number_, {row_of(step).name, lock.id}, row_of(step).access);
  context.waiting_for = lock.name;
  context.waits_for = &lock.holder;
  lock.wanting |= me;
  if (lock.holder != nullptr) exploration_->make_wait(me);
  take_turn(context);
  lock.wanting &= ~me;
  // Whoever else is about to take it waits from here on.
  exploration_->make_wait(lock.wanting);
  context.waits_for = nullptr;
}

/// A thread that can go on is on its own CPU.
void Kernel::place(Thread& thread) {
  Cpu& cpu = *thread.own_cpu_;
  KEV_CHECK(cpu.thread_ == nullptr);
  cpu.thread_ = &thread;
  cpu.push(thread);
  const bool started = cpu.last_thread_ != nullptr;
  cpu.last_thread_ = &thread;
  const KernelStepRow& row = row_of(started ? KernelStep::woken : KernelStep::start);
  exploration_->announce(thread.number_, {row.name, thread.id_}, row.access);
  exploration_->make_ready(thread.number_);
  exploration_->joined(thread.number_, exploration_->current());
}

void Kernel::on_grace_period(void (*end)(void* rcu), void* rcu, std::uint32_t object) {
  end_grace_period_ = end;
  rcu_ = rcu;
  const KernelStepRow& row = row_of(KernelStep::grace_period);
  exploration_->announce(grace_period_device, {row.name, object}, row.access);
}

void Kernel::fire_event() {
  const std::size_t ties = engine_.count_ties();
  std::size_t picked = 0;
  if (ties > 1)
    picked = chooser_.choose(ChoiceKind::tie, static_cast<std::uint32_t>(ties), {"event", 0});
  engine_.step_tie(picked);
}

void Kernel::explore_device(std::uint32_t device) {
  if (device == event_device) return fire_event();
  exploration_->make_wait(bit_of(device));
  end_grace_period_(rcu_);
}

void Kernel::explore() {
  while (!stopped_ && !exploration_->cut_short()) {
    std::uint32_t next = std::exchange(exploration_->chosen, Exploration::undecided);
    if (next == Exploration::undecided) next = decide();
    if (next == nobody) return check_deadlock();
    if (next < device_count) {
      explore_device(next);
      continue;
    }
    Context& context = *exploration_->context(next);
    context.take_turn();
    resume(context);
  }
}

/// Nothing can happen any more. Sleepers are for others to judge; a circle of locks is not.
void Kernel::check_deadlock() {
  if (stopped_ || exploration_->cut_short()) return;
  for (std::uint32_t i = device_count; i < exploration_->threads(); ++i) {
    const Context* const first = exploration_->context(i);
    std::string circle;
    const Context* at = first;
    for (std::uint32_t steps = 0; at != nullptr && at->waits_for != nullptr; ++steps) {
      if (steps == exploration_->threads()) break;
      const Context* const holder = *at->waits_for;
      if (holder == nullptr) break;
      circle += fmt::format("{}'{}' waits for '{}', which '{}' holds", circle.empty() ? "" : "; ",
                            exploration_->thread_name(at->number()), at->waiting_for,
                            exploration_->thread_name(holder->number()));
      at = holder;
      if (at == first) return violate("deadlock", circle);
    }
  }
}

}  // namespace sim
