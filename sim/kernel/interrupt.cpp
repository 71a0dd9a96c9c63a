// Interrupts of the simulated kernel: raising, delivering, returning, and spinning meanwhile.

#include "sim/kernel/kernel.hpp"

namespace sim {

using kev::Duration;

void Kernel::raise_irq(InterruptLine& line, int cpu) {
  if (ending_) return;
  Cpu& target = *cpus_[static_cast<std::size_t>(cpu)];
  release(&line);
  target.hard_pending_.push(line);
  if (current_ != nullptr && current_->cpu_ == &target)
    take_interrupts();
  else
    deliver(target);
}

void Kernel::raise_softirq(InterruptLine& line) {
  if (ending_) return;
  if (current_ != nullptr && !current_->in_interrupt()) point(KernelStep::raise_softirq, line.id());
  Cpu& target = *cpus_[interrupt_cpu()];
  release(&line);
  target.soft_pending_.push(line);
  if (current_ == nullptr || current_->cpu_ != &target)
    deliver(target);
  else if (!current_->in_interrupt())
    take_interrupts();
  // In an interrupt: when it returns.
}

std::size_t Kernel::interrupt_cpu() const {
  if (current_ == nullptr) return 0;
  if (!exploring() || current_->in_interrupt())
    return static_cast<std::size_t>(current_->cpu_->id());
  return current_->number_ % cpus_.size();
}

/// Starts the most urgent interrupt that may run on this CPU; false when there is none.
bool Kernel::deliver(Cpu& cpu) {
  const Context* top = cpu.top();
  if (cpu.runs_hardirq()) return false;
  if (top != nullptr && top->irq_off_depth != 0) return false;
  if (!cpu.hard_pending_.empty()) {
    enter_interrupt(cpu, *cpu.hardirq_, Duration(options_.costs->of(Cost::interrupt) / 1000));
    return true;
  }
  if (cpu.soft_pending_.empty() || top == &*cpu.softirq_) return false;
  if (top != nullptr && top->bh_off_depth != 0) return false;
  enter_interrupt(cpu, *cpu.softirq_, Duration(options_.costs->of(Cost::softirq) / 1000));
  return true;
}

void Kernel::enter_interrupt(Cpu& cpu, Context& context, Duration cost) {
  order(cpu.top(), context);
  if (cpu.top() != nullptr) halt(*cpu.top());
  cpu.push(context);
  cpu.busy_ += cost;
  if (exploring()) {
    const bool hard = context.kind() == ContextKind::hardirq;
    const NextStep& first = (hard ? cpu.hard_pending_ : cpu.soft_pending_).front().first();
    exploration_->announce(context.number_, first.operation, first.access);
    exploration_->make_ready(context.number_);
    exploration_->joined(context.number_, exploration_->current());
    return;
  }
  continue_after(context, cost);
}

/// On the interrupt's own fiber, when it has nothing left to handle.
void Kernel::leave_interrupt(Cpu& cpu, Context& context) {
  check_balance(context, "returns");
  cpu.pop();
  if (cpu.top() != nullptr) order(&context, *cpu.top());
  if (exploring()) {
    exploration_->make_wait(bit_of(context.number_));
    if (cpu.top() != nullptr) exploration_->joined(cpu.top()->number_, context.number_);
  }
  go_on(cpu);
  suspend(context);
}

/// After an interrupt: the next pending one, else what it interrupted, else the next thread.
void Kernel::go_on(Cpu& cpu) {
  if (deliver(cpu)) return;
  Context* top = cpu.top();
  if (exploring()) {
    if (top != nullptr) exploration_->go_on(top->number_);
  } else if (top == nullptr) {
    dispatch(cpu);
  } else if (!top->spinning_) {
    const Duration owed = top->owed_;
    top->owed_ = Duration(0);
    continue_after(*top, owed);
  }
}

/// On the current context: lets what became deliverable run first.
void Kernel::take_pending() {
  Context& context = *current_;
  if (exploring() && !context.in_interrupt()) return;
  if (deliver(*context.cpu_)) suspend(context);
}

void Kernel::local_bh_enable() {
  if (ending_) return;
  KEV_CHECK(current_->bh_off_depth > 0);
  if (--current_->bh_off_depth == 0 && !current_->in_interrupt()) take_interrupts();
}

void Kernel::spin_begin(const char* what) {
  Context& context = *current_;
  context.waiting_for = what;
  context.spinning_ = true;
  if (exploring()) exploration_->make_wait(bit_of(context.number_));
  const kev::Instant begin = now();
  suspend(context);
  context.cpu_->busy_ += now() - begin;
  context.waiting_for = "";
}

void Kernel::spin_end(Context& context) {
  if (!context.spinning_) return;
  context.spinning_ = false;
  if (exploring()) {
    const KernelStepRow& row = row_of(KernelStep::spin);
    exploration_->announce(context.number_, {row.name, context.id_}, row.access);
    exploration_->make_ready(context.number_);
    exploration_->joined(context.number_, exploration_->current());
    return;
  }
  // An interrupt may be running above it; then go_on() continues it.
  if (context.cpu_->top() == &context) continue_after(context, Duration(0));
}

}  // namespace sim
