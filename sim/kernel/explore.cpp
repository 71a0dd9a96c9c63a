// Exploration: at every point the Chooser decides who takes the next step.

#include <algorithm>

#include <fmt/format.h>

#include "sim/kernel/kernel.hpp"

namespace sim {

/// Options, in this order: the current context; the other CPUs' contexts; threads on the run queue,
/// which preempt the current one; the next engine event (a device completion, a timer, a packet).
/// False when nobody can do anything: exact quiescence.
bool Kernel::pick_next(Operation operation, Context*& next) {
  choices_.clear();
  if (current_ != nullptr && current_->ready_) choices_.push_back(current_);
  for (const auto& cpu : cpus_) {
    Context* top = cpu->top();
    if (top != nullptr && top->ready_ && top != current_) choices_.push_back(top);
  }
  const std::size_t on_cpu = choices_.size();
  const bool preemptible =
      current_ != nullptr && current_->ready_ && !current_->atomic() && current_->bh_off_depth == 0;
  if (preemptible) choices_.insert(choices_.end(), run_queue_.begin(), run_queue_.end());
  const std::size_t contexts = choices_.size();
  const bool events = engine_.pending() != 0;
  const std::size_t options = contexts + (events ? 1 : 0);
  if (options == 0) return false;

  std::size_t picked = 0;
  if (options > 1)
    picked = chooser_.choose(ChoiceKind::thread, static_cast<std::uint32_t>(options), operation);
  if (picked == contexts) {
    next = nullptr;
    return true;
  }
  next = choices_[picked];
  if (picked < on_cpu) return true;

  // A preemption: the chosen thread takes the current one's place.
  auto& chosen = static_cast<Thread&>(*next);
  auto& preempted = static_cast<Thread&>(*current_);
  run_queue_.erase(std::find(run_queue_.begin(), run_queue_.end(), &chosen));
  run_queue_.push_front(&chosen);
  release_cpu(preempted);
  enqueue(preempted);
  return true;
}

void Kernel::explore_point(Operation operation) {
  if (ending_ || current_ == nullptr) return;
  Context& context = *current_;
  if (++stats_.steps > options_.step_limit)
    return violate("livelock", fmt::format("no end after {} steps", options_.step_limit));
  context.ready_ = true;
  Context* next = nullptr;
  pick_next(operation, next);
  if (next == &context) return;
  next_ = next;
  next_is_event_ = next == nullptr;
  context.waiting_for = operation.name;
  suspend(context);
  context.waiting_for = "";
}

void Kernel::fire_event() {
  const std::size_t ties = engine_.count_ties();
  std::size_t picked = 0;
  if (ties > 1)
    picked = chooser_.choose(ChoiceKind::tie, static_cast<std::uint32_t>(ties), {"event", 0});
  engine_.step_tie(picked);
}

void Kernel::explore() {
  while (!stopped_) {
    Context* next = next_;
    bool event = next_is_event_;
    next_ = nullptr;
    next_is_event_ = false;
    if (next == nullptr && !event) {
      if (!pick_next({"next", 0}, next)) return;
      event = next == nullptr;
    }
    if (event) {
      fire_event();
    } else {
      next->ready_ = false;
      resume(*next);
    }
  }
}

}  // namespace sim
