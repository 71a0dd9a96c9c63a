#include "sim/kernel/context.hpp"

#include "sim/kernel/kernel.hpp"

namespace sim {

namespace {

/// What a device does follows from what it was told; by whom, and through how many events and
/// tables of the simulated network, is not kept. So in exploration, where interrupts strike on CPUs
/// that run nothing else, a handler comes after all that was done before it. (Races with it still
/// show where it comes first.)
template <class Order>
void after_all_others(const Kernel& kernel, const Context& handler, const Order& order) {
  if (!kernel.exploring() || kernel.options().watch == nullptr) return;
  const Exploration& exploration = kernel.exploration();
  for (std::uint32_t i = device_count; i < exploration.threads(); ++i)
    if (exploration.context(i) != &handler) order(*exploration.context(i));
}

}  // namespace

Context::Context(Kernel& kernel, ContextKind kind, std::string name, std::uint32_t id,
                 Fiber::Entry entry)
    : kernel_(kernel),
      kind_(kind),
      name_(std::move(name)),
      id_(id),
      resume_(*this),
      fiber_(kernel.stacks(), entry, this) {
  kernel_.recorder().name(id_, name_);
  kernel_.enlist(*this);
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
  if (kernel.exploring()) own_cpu_ = std::make_unique<Cpu>(kernel);
}

Thread::~Thread() = default;

void Thread::enter(void* self) {
  auto& thread = static_cast<Thread&>(*static_cast<Context*>(self));
  try {
    thread.body_();
  } catch (const ThreadKilled&) {  // NOLINT(bugprone-empty-catch): this is where it was to get to
  }
  thread.kernel_.exit_thread(thread);
}

Cpu::Cpu(Kernel& kernel, int id, std::uint32_t hardirq_id, std::uint32_t softirq_id)
    : kernel_(kernel), id_(id) {
  hardirq_.emplace(kernel, ContextKind::hardirq, "irq/" + std::to_string(id), hardirq_id,
                   &Cpu::hardirq_loop);
  softirq_.emplace(kernel, ContextKind::softirq, "softirq/" + std::to_string(id), softirq_id,
                   &Cpu::softirq_loop);
}

void Cpu::hardirq_loop(void* self) {
  auto& context = *static_cast<Context*>(self);
  Kernel& kernel = context.kernel_;
  for (;;) {
    Cpu& cpu = *context.cpu_;
    bool entered = false;  // the first handler's step is the one that this began with
    while (!cpu.hard_pending_.empty()) {
      if (entered) kernel.point_of(cpu.hard_pending_.front().first());
      entered = true;
      InterruptLine& line = cpu.hard_pending_.pop();
      ++kernel.stats_.interrupts;
      kernel.recorder_.emit(Ev::irq, cpu.id_, line.id_);
      kernel.acquire(&line);
      after_all_others(kernel, context, [&](const Context& one) { kernel.order(&one, context); });
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
    bool entered = false;  // the first handler's step is the one that this began with
    while (!cpu.soft_pending_.empty()) {
      if (entered) kernel.point_of(cpu.soft_pending_.front().first());
      entered = true;
      InterruptLine& line = cpu.soft_pending_.pop();
      ++kernel.stats_.softirqs;
      kernel.recorder_.emit(Ev::softirq, cpu.id_, line.id_);
      kernel.acquire(&line);
      after_all_others(kernel, context, [&](const Context& one) { kernel.order(&one, context); });
      line.handler_(line.owner_);
      if (kernel.ending()) return;
    }
    kernel.leave_interrupt(cpu, context);
  }
}

}  // namespace sim
