#include "sim/kernel/kernel.hpp"

#include <fmt/format.h>

#include "sim/kernel/timer.hpp"

namespace sim {

using kev::Duration;
using kev::Instant;

Kernel::Kernel(Engine& engine, Recorder& recorder, Chooser& chooser, StackPool& stacks,
               const KernelOptions& options)
    : engine_(engine),
      recorder_(recorder),
      chooser_(chooser),
      stacks_(stacks),
      options_(options),
      bugs_(options.bug) {
  KEV_CHECK(options_.costs != nullptr);
  KEV_CHECK(options_.cpus >= 1);
  if (options_.explore) exploration_ = std::make_unique<Exploration>(chooser, options_.picks);
  for (int i = 0; i < options_.cpus; ++i) {
    const std::uint32_t hardirq_id = next_id();
    const std::uint32_t softirq_id = next_id();
    cpus_.push_back(std::make_unique<Cpu>(*this, i, hardirq_id, softirq_id));
    timer_bases_.push_back(std::make_unique<TimerBase>(*this, i));
  }
  if (options_.watch != nullptr) options_.watch->begin(*this);
}

Kernel::~Kernel() {
  shut_down();
}

void Kernel::shut_down() {
  if (ending_) return;
  ending_ = true;
  current_ = nullptr;
  if (options_.watch != nullptr) options_.watch->end();
  for (const auto& thread : threads_) unwind(*thread);
  for (const auto& cpu : cpus_) {
    unwind(*cpu->softirq_);
    unwind(*cpu->hardirq_);
  }
  for (const auto& destroy : buried_) destroy();
  buried_.clear();
}

bool Kernel::stopped_in_access() const {
  const auto stopped = [](const auto& context) { return context->in_access; };
  return std::any_of(threads_.begin(), threads_.end(), stopped) ||
         std::any_of(cpus_.begin(), cpus_.end(), [&](const auto& cpu) {
           return stopped(cpu->softirq_) || stopped(cpu->hardirq_);
         });
}

bool Kernel::bury(std::function<void()> destroy) {
  if (bugs_.on() == kev::Bug::none) return false;
  buried_.push_back(std::move(destroy));
  return true;
}

void Kernel::unwind(Context& context) {
  unwinding_ = &context;
  context.fiber_.unwind();
  unwinding_ = nullptr;
}

[[gnu::noinline]] void Kernel::leave_access() const {
  if (unwinding_ != nullptr) unwinding_->fiber_.leave_if_owed();
}

void Kernel::run() {
  if (exploring())
    explore();
  else
    engine_.run();
}

bool Kernel::run_events(std::uint64_t events) {
  KEV_CHECK(!exploring());
  if (stopped_) return false;
  RunLimits limits;
  limits.events = events;
  return engine_.run(limits) == RunEnd::events;
}

void Kernel::stop() {
  stopped_ = true;
  engine_.stop();
}

Thread& Kernel::current_thread() const {
  KEV_CHECK(!ending());  // a context that is being unwound leaves here
  KEV_CHECK(current_ != nullptr && !current_->in_interrupt());
  return static_cast<Thread&>(*current_);
}

Cpu& Kernel::current_cpu() const {
  KEV_CHECK(current_ != nullptr);
  return *current_->cpu_;
}

Thread& Kernel::spawn(std::string name, ContextKind kind, std::function<void()> body) {
  const std::uint32_t id = next_id();
  threads_.push_back(std::make_unique<Thread>(*this, kind, std::move(name), id, std::move(body)));
  order(current_, *threads_.back());
  enqueue(*threads_.back());
  return *threads_.back();
}

// -- time -----------------------------------------------------------------------------------------

void Kernel::spend_ps(std::int64_t picoseconds) {
  if (picoseconds == 0 || ending_ || exploring()) return;
  KEV_CHECK(current_ != nullptr);
  // Costs below a nanosecond add up; the clock itself only knows whole ones.
  owed_ps_ += picoseconds;
  const Duration time(owed_ps_ / 1000);
  if (time <= Duration(0)) return;
  owed_ps_ -= time.ns() * 1000;

  Context& context = *current_;
  context.cpu_->busy_ += time;
  const Instant end = engine_.now() + time;
  if (engine_.next_instant() > end) {
    engine_.advance_to(end);  // nothing else happens meanwhile: no need to leave the fiber
  } else {
    engine_.schedule_at(context.resume_, end);
    suspend(context);
  }
  if (!context.in_interrupt()) use_slice(time);
}

void Kernel::use_slice(Duration time) {
  auto& thread = static_cast<Thread&>(*current_);
  thread.slice_left_ -= time;
  if (thread.slice_left_ > Duration(0)) return;
  if (run_queue_.empty()) {
    thread.slice_left_ = options_.time_slice;
    return;
  }
  if (thread.atomic() || thread.bh_off_depth != 0) return;  // as soon as it can be preempted
  if (thread.state_ != ThreadState::running) return;        // it is about to sleep anyway
  thread.slice_left_ = options_.time_slice;
  release_cpu(thread);
  enqueue(thread);
  suspend(thread);
}

// -- running contexts -----------------------------------------------------------------------------

void Kernel::resume(Context& context) {
  KEV_CHECK(current_ == nullptr);
  current_ = &context;
  recorder_.set_context(context.id_);
  context.fiber_.resume();
  current_ = nullptr;
  recorder_.set_context(0);
}

void Kernel::suspend(Context& context) {
  if (context.in_access) [[unlikely]]
    context.fiber_.suspend_quietly();
  else
    context.fiber_.suspend();
}

/// As if the kernel's loop gave the next one its turn, without the way there and back.
void Kernel::hand_over(Context& context, Context& next) {
  current_ = &next;
  next.take_turn();
  recorder_.set_context(next.id_);
  if (context.in_access)
    context.fiber_.hand_over_quietly(next.fiber_);
  else
    context.fiber_.hand_over(next.fiber_);
}

void Kernel::continue_after(Context& context, Duration time) {
  engine_.schedule_after(context.resume_, time);
}

/// Stops a context where it is, because an interrupt goes first.
void Kernel::halt(Context& context) {
  if (exploring()) return exploration_->halt(context.number_);
  if (!context.resume_.pending()) return;
  context.owed_ = context.resume_.instant() - engine_.now();
  engine_.cancel(context.resume_);
}

// -- threads --------------------------------------------------------------------------------------

void Kernel::enqueue(Thread& thread) {
  if (exploring()) return place(thread);
  KEV_CHECK(!thread.queued_);
  thread.queued_ = true;
  run_queue_.push_back(&thread);
  // The CPU it ran on first, if that is idle: its caches are warm.
  Cpu* idle = nullptr;
  for (const auto& cpu : cpus_) {
    if (cpu->thread_ != nullptr || cpu->depth_ != 0) continue;
    if (idle == nullptr || cpu->last_thread_ == &thread) idle = cpu.get();
  }
  if (idle != nullptr) dispatch(*idle);
}

void Kernel::dispatch(Cpu& cpu) {
  KEV_CHECK(cpu.thread_ == nullptr && cpu.depth_ == 0);
  if (run_queue_.empty()) return;
  Thread& thread = *run_queue_.front();
  run_queue_.pop_front();
  thread.queued_ = false;
  cpu.thread_ = &thread;
  cpu.push(thread);
  Duration cost = thread.owed_;
  thread.owed_ = Duration(0);
  if (cpu.last_thread_ != &thread) {
    const Duration switch_cost(options_.costs->of(Cost::context_switch) / 1000);
    cost += switch_cost;
    cpu.busy_ += switch_cost;
    ++stats_.context_switches;
    recorder_.emit(Ev::thread_run, cpu.id_, thread.id_);
  }
  cpu.last_thread_ = &thread;
  continue_after(thread, cost);
}

/// Takes the current thread off its CPU, which goes on with the next one.
void Kernel::release_cpu(Thread& thread) {
  Cpu& cpu = *thread.cpu_;
  KEV_CHECK(cpu.top() == &thread);
  cpu.pop();
  cpu.thread_ = nullptr;
  if (exploring()) return exploration_->make_wait(bit_of(thread.number_));
  dispatch(cpu);
}

void Kernel::schedule() {
  if (ending_) return;
  might_sleep("schedule");
  Thread& thread = current_thread();
  point(KernelStep::sleep, thread.id_);
  // A signal that came in between the look for one and the sleep.
  if (thread.state_ == ThreadState::interruptible && thread.signal_pending_)
    thread.state_ = ThreadState::running;
  if (thread.state_ == ThreadState::running) return;
  recorder_.emit(Ev::thread_sleep, thread.cpu_->id_, thread.id_);
  release_cpu(thread);
  suspend(thread);
  acquire(&thread);
}

Duration Kernel::schedule_timeout(Duration limit) {
  // Later than any instant is never.
  if (limit >= Instant::never() - now()) {
    schedule();
    return limit;
  }
  struct Alarm {
    Kernel& kernel;
    Thread& thread;
    HrTimer timer;
    Alarm(Kernel& k, Thread& t) : kernel(k), thread(t), timer(k, "schedule_timeout", ring, this) {}
    static void ring(void* self) {
      auto& alarm = *static_cast<Alarm*>(self);
      alarm.kernel.wake(alarm.thread);
    }
  };
  if (ending_) return Duration(0);
  Alarm alarm(*this, current_thread());
  const Instant end = now() + limit;
  alarm.timer.start(end);
  schedule();
  alarm.timer.cancel();
  return now() < end ? end - now() : Duration(0);
}

void Kernel::schedule_until(Instant real_time) {
  if (ending_) return;
  Thread& thread = current_thread();
  thread.until_real_time_ = true;
  schedule_timeout(real_time == Instant::never() ? Duration::max() : real_time - real_now());
  thread.until_real_time_ = false;
}

void Kernel::step_real_clock(Duration by) {
  real_offset_ += by;
  for (const auto& thread : threads_)
    if (thread->until_real_time_) wake(*thread);
}

bool Kernel::wake(Thread& thread) {
  if (ending_) return false;
  point(KernelStep::wake, thread.id_);
  release(&thread);
  return wake_now(thread);
}

bool Kernel::wake_now(Thread& thread) {
  if (thread.state_ == ThreadState::running || thread.state_ == ThreadState::dead) return false;
  thread.state_ = ThreadState::running;
  // It announced to sleep but still runs, or was preempted before it slept: the state is enough.
  if (thread.cpu_ != nullptr || thread.queued_) return true;
  ++stats_.wakeups;
  recorder_.emit(Ev::thread_wake, thread.id_);
  enqueue(thread);
  if (current_ != nullptr) spend(Cost::wakeup);
  return true;
}

void Kernel::signal(Thread& thread) {
  if (ending_) return;
  point(KernelStep::signal, thread.id_);
  thread.signal_pending_ = true;
  release(&thread);
  // Looked at and woken in one step: by now it may be in a sleep that signals do not end.
  if (thread.state_ == ThreadState::interruptible) wake_now(thread);
}

void Kernel::exit_thread(Thread& thread) {
  if (thread.kind() == ContextKind::process && leave_hook_.leaving != nullptr)
    leave_hook_.leaving(leave_hook_.self, thread);
  if (ending()) return;
  check_balance(thread, "ends");
  release(&thread);  // who sees that it has ended, and acquires it, comes after
  thread.state_ = ThreadState::dead;
  recorder_.emit(Ev::thread_exit, thread.id_);
  for (const ExitHook& hook : exit_hooks_) hook.exited(hook.self, thread);
  release_cpu(thread);
}

// -- rules ----------------------------------------------------------------------------------------

void Kernel::might_sleep(const char* operation) {
  if (ending_) return;
  KEV_CHECK(current_ != nullptr);
  if (!current_->atomic() && current_->bh_off_depth == 0) return;
  violate_sleep(operation);
}

/// Apart, so that the check which nearly always holds saves no registers.
[[gnu::noinline]] void Kernel::violate_sleep(const char* operation) {
  const char* why = current_->in_interrupt()       ? "in an interrupt"
                    : current_->rcu_depth != 0     ? "in an RCU read section"
                    : current_->irq_off_depth != 0 ? "with interrupts disabled"
                    : current_->preempt_depth != 0 ? "with a spinlock held"
                                                   : "with softirqs disabled";
  violate("sleeping_in_atomic", fmt::format("'{}' calls {} {}", current_->name(), operation, why));
}

void Kernel::check_balance(const Context& context, const char* when) {
  if (context.held_count != 0)
    violate("lock_balance", fmt::format("'{}' {} holding '{}'", context.name(), when,
                                        rules_.class_name(context.held[0].lock_class)));
  if (context.rcu_depth != 0)
    violate("rcu_balance", fmt::format("'{}' {} inside an RCU read section", context.name(), when));
  if (context.preempt_depth != 0 || context.irq_off_depth != 0 || context.bh_off_depth != 0)
    violate("lock_balance",
            fmt::format("'{}' {} with preemption or interrupts disabled", context.name(), when));
}

void Kernel::violate(std::string property, std::string message) {
  if (ending_) return;
  violations_.push_back({std::move(property), std::move(message), now()});
  recorder_.emit(Ev::violation, static_cast<std::int64_t>(violations_.size()));
  stop();
  // What the context would do next is meaningless: it stays here until it is unwound.
  if (current_ == nullptr) return;
  do {
    suspend(*current_);
  } while (!ending_);
}

}  // namespace sim
