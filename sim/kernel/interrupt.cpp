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
  Cpu& target = current_ != nullptr ? *current_->cpu_ : *cpus_.front();
  release(&line);
  target.soft_pending_.push(line);
  if (current_ == nullptr)
    deliver(target);
  else if (!current_->in_interrupt())
    take_interrupts();
  // In an interrupt: when it returns.
}

/// Starts the most urgent interrupt that may run on this CPU; false when there is none.
bool Kernel::deliver(Cpu& cpu) {
  const Context* top = cpu.top();
  if (cpu.runs_hardirq()) return false;
  if (top != nullptr && top->irq_off_depth != 0) return false;
  if (!cpu.hard_pending_.empty()) {
    enter_interrupt(cpu, cpu.hardirq_, Duration(options_.costs->of(Cost::interrupt) / 1000));
    return true;
  }
  if (cpu.soft_pending_.empty() || top == &cpu.softirq_) return false;
  if (top != nullptr && top->bh_off_depth != 0) return false;
  enter_interrupt(cpu, cpu.softirq_, Duration(options_.costs->of(Cost::softirq) / 1000));
  return true;
}

void Kernel::enter_interrupt(Cpu& cpu, Context& context, Duration cost) {
  order(cpu.top(), context);
  if (cpu.top() != nullptr) halt(*cpu.top());
  cpu.push(context);
  cpu.busy_ += cost;
  continue_after(context, cost);
}

/// On the interrupt's own fiber, when it has nothing left to handle.
void Kernel::leave_interrupt(Cpu& cpu, Context& context) {
  check_balance(context, "returns");
  context.ready_ = false;
  cpu.pop();
  if (cpu.top() != nullptr) order(&context, *cpu.top());
  go_on(cpu);
  suspend(context);
}

/// After an interrupt: the next pending one, else what it interrupted, else the next thread.
void Kernel::go_on(Cpu& cpu) {
  if (deliver(cpu)) return;
  Context* top = cpu.top();
  if (top == nullptr) {
    dispatch(cpu);
  } else if (!top->spinning_) {
    const Duration owed = top->owed_;
    top->owed_ = Duration(0);
    continue_after(*top, owed);
  }
}

/// On the current context: lets what became deliverable run first.
void Kernel::take_interrupts() {
  Context& context = *current_;
  if (deliver(*context.cpu_)) suspend(context);
}

void Kernel::local_irq_disable() {
  if (ending_) return;
  ++current_->irq_off_depth;
}

void Kernel::local_irq_enable() {
  if (ending_) return;
  KEV_CHECK(current_->irq_off_depth > 0);
  if (--current_->irq_off_depth == 0) take_interrupts();
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
  context.ready_ = false;
  const kev::Instant begin = now();
  suspend(context);
  context.cpu_->busy_ += now() - begin;
  context.waiting_for = "";
}

void Kernel::spin_end(Context& context) {
  if (!context.spinning_) return;
  context.spinning_ = false;
  // An interrupt may be running above it; then go_on() continues it.
  if (context.cpu_->top() == &context) continue_after(context, Duration(0));
}

}  // namespace sim
