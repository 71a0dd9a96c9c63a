#include "sim/kernel/context.hpp"

#include "sim/kernel/kernel.hpp"

namespace sim {

Context::Context(Kernel& kernel, ContextKind kind, std::string name, std::uint32_t id,
                 Fiber::Entry entry)
    : kernel_(kernel),
      kind_(kind),
      name_(std::move(name)),
      id_(id),
      resume_(*this),
      fiber_(kernel.stacks(), entry, this) {
  kernel_.recorder().name(id_, name_);
}

Context::~Context() {
  kernel_.engine().cancel(resume_);
}

void Context::on_resume() {
  kernel_.resume(*this);
}

Thread::Thread(Kernel& kernel, ContextKind kind, std::string name, std::uint32_t id,
               std::function<void()> body)
    : Context(kernel, kind, std::move(name), id, &Thread::enter), body_(std::move(body)) {
  slice_left_ = kernel.options().time_slice;
}

void Thread::enter(void* self) {
  auto& thread = static_cast<Thread&>(*static_cast<Context*>(self));
  thread.body_();
  thread.kernel_.exit_thread(thread);
}

Cpu::Cpu(Kernel& kernel, int id, std::uint32_t hardirq_id, std::uint32_t softirq_id)
    : kernel_(kernel),
      id_(id),
      hardirq_(kernel, ContextKind::hardirq, "irq/" + std::to_string(id), hardirq_id,
               &Cpu::hardirq_loop),
      softirq_(kernel, ContextKind::softirq, "softirq/" + std::to_string(id), softirq_id,
               &Cpu::softirq_loop) {
  hardirq_.cpu_ = nullptr;
}

void Cpu::hardirq_loop(void* self) {
  auto& context = *static_cast<Context*>(self);
  Kernel& kernel = context.kernel_;
  for (;;) {
    Cpu& cpu = *context.cpu_;
    while (!cpu.hard_pending_.empty()) {
      InterruptLine& line = cpu.hard_pending_.pop();
      ++kernel.stats_.interrupts;
      kernel.recorder_.emit(Ev::irq, cpu.id_, line.id_);
      kernel.acquire(&line);
      line.handler_(line.owner_);
      if (kernel.ending()) return;
    }
    kernel.leave_interrupt(cpu, context);
  }
}

void Cpu::softirq_loop(void* self) {
  auto& context = *static_cast<Context*>(self);
  Kernel& kernel = context.kernel_;
  for (;;) {
    Cpu& cpu = *context.cpu_;
    while (!cpu.soft_pending_.empty()) {
      InterruptLine& line = cpu.soft_pending_.pop();
      ++kernel.stats_.softirqs;
      kernel.recorder_.emit(Ev::softirq, cpu.id_, line.id_);
      kernel.acquire(&line);
      line.handler_(line.owner_);
      if (kernel.ending()) return;
    }
    kernel.leave_interrupt(cpu, context);
  }
}

}  // namespace sim
