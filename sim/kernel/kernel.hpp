#pragma once
// The simulated kernel's core: CPUs, scheduling, sleeping, interrupts, and the charging of time.
//
// One kernel, two ways to run it:
//   timing       Every operation costs what the cost profile says; the engine's events decide what
//                happens next; equal instants are served in order of scheduling. Deterministic.
//   exploration  Operations are free; at every point() the strategy says who takes the next step:
//                any context, or the next device event or timer (sim/kernel/exploration.hpp).
//
// Scheduling is that of a plain round robin: one run queue in order of wake-up, a time slice of
// 100 ms (2.6.18's DEF_TIMESLICE), no priorities. A thread goes back to the CPU it ran on if idle.
// Invariants: every CPU with work below is executing its topmost context; a thread is on a CPU, on
// the run queue, asleep or dead, never two of these.
// Errors: breaking a rule of kernel code is a violation, kept in violations(); it ends the run.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/base/time.hpp"
#include "model/bugs/bug.hpp"
#include "sim/engine/engine.hpp"
#include "sim/engine/fiber.hpp"
#include "sim/engine/stack_pool.hpp"
#include "sim/kernel/context.hpp"
#include "sim/kernel/costs.hpp"
#include "sim/kernel/cpu.hpp"
#include "sim/kernel/exploration.hpp"
#include "sim/kernel/order_watch.hpp"
#include "sim/kernel/rules.hpp"
#include "sim/kernel/violation.hpp"
#include "sim/schedule/choice.hpp"
#include "sim/trace/recorder.hpp"

namespace sim {

struct KernelOptions {
  int cpus = 1;
  const CostProfile* costs = nullptr;    ///< required
  bool explore = false;                  ///< ask at every point()
  PickRecorder* picks = nullptr;         ///< exploration: is asked; null: the Chooser is
  std::uint64_t step_limit = 1'000'000;  ///< exploration: more steps are a livelock
  kev::Duration time_slice{100'000'000};
  OrderWatch* watch = nullptr;    ///< told what orders contexts; null: nobody asks
  kev::Bug bug = kev::Bug::none;  ///< on in this execution
};

struct KernelStats {
  std::int64_t context_switches = 0;
  std::int64_t wakeups = 0;
  std::int64_t interrupts = 0;
  std::int64_t softirqs = 0;
  std::int64_t system_calls = 0;
  std::uint64_t steps = 0;  ///< exploration: points passed
};

class TimerBase;

class Kernel {
 public:
  Kernel(Engine& engine, Recorder& recorder, Chooser& chooser, StackPool& stacks,
         const KernelOptions& options);
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  /// Runs until nothing can happen, until stop(), or until a violation.
  void run();
  /// Timing mode: the same, but after so many events returns true if there is more to do.
  bool run_events(std::uint64_t events);
  void stop();
  /// Unwinds every context. Whoever owns objects that threads refer to calls this before they go.
  void shut_down();
  /// A context has been stopped in the middle of an access: it cannot be unwound from there, and
  /// goes on until it asks the kernel for something.
  [[nodiscard]] bool stopped_in_access() const;
  /// Contexts are being unwound: primitives do nothing, so that destructors may run.
  [[nodiscard]] bool ending() const {
    if (ending_) [[unlikely]]
      leave_access();
    return ending_;
  }

  // -- who and when -------------------------------------------------------------------------------
  [[nodiscard]] Engine& engine() { return engine_; }
  [[nodiscard]] Recorder& recorder() { return recorder_; }
  [[nodiscard]] Chooser& chooser() { return chooser_; }
  [[nodiscard]] StackPool& stacks() { return stacks_; }
  [[nodiscard]] Rules& rules() { return rules_; }
  [[nodiscard]] const KernelOptions& options() const { return options_; }
  [[nodiscard]] KernelStats& stats() { return stats_; }
  [[nodiscard]] kev::BugSwitch& bugs() { return bugs_; }
  /// While a bug is on, whoever is destroyed is kept until the end, so that code which still uses
  /// it is seen to do so. False: destroy it now.
  bool bury(std::function<void()> destroy);
  [[nodiscard]] const std::vector<std::unique_ptr<Cpu>>& cpus() const { return cpus_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Thread>>& threads() const { return threads_; }
  [[nodiscard]] const std::vector<std::unique_ptr<TimerBase>>& timer_bases() const {
    return timer_bases_;
  }
  [[nodiscard]] kev::Instant now() const { return engine_.now(); }
  /// The real-time clock: nanoseconds since 1970. A run begins on 26 July 2006, 00:00 UTC.
  [[nodiscard]] kev::Instant real_now() const { return engine_.now() + real_offset_; }
  /// Sets the real-time clock forward or back; who sleeps until an instant of it looks again.
  void step_real_clock(kev::Duration by);
  /// The context that executes; null while the engine itself does (device events).
  [[nodiscard]] Context* current() const { return current_; }
  [[nodiscard]] Thread& current_thread() const;
  [[nodiscard]] Cpu& current_cpu() const;
  /// Ids of objects and contexts, in order of creation.
  /// `name`: what findings call it.
  std::uint32_t next_id(const char* name = nullptr) {
    return exploration_ == nullptr ? next_id_++ : next_explored_id(name);
  }
  [[nodiscard]] bool exploring() const { return exploration_ != nullptr; }
  /// Requires: exploring().
  [[nodiscard]] Exploration& exploration() { return *exploration_; }
  [[nodiscard]] const Exploration& exploration() const { return *exploration_; }

  /// `exited` is called for every thread that ends, in its context.
  void on_thread_exit(void (*exited)(void* self, const Thread& thread), void* self) {
    exit_hooks_.push_back({exited, self});
  }
  /// `leaving` is called for every thread of the process that ends, in its context; it may sleep.
  void on_process_leave(void (*leaving)(void* self, Thread& thread), void* self) {
    leave_hook_ = {leaving, self};
  }
  /// Starts a thread at the end of the run queue.
  Thread& spawn(std::string name, ContextKind kind, std::function<void()> body);

  // -- time ---------------------------------------------------------------------------------------
  void spend(Cost cost, std::int64_t times = 1) {
    const std::int64_t picoseconds = options_.costs->of(cost) * times;
    if (picoseconds != 0) spend_ps(picoseconds);
  }
  /// CPU time that is not a listed operation: the application's own work.
  void spend_time(kev::Duration time) { spend_ps(time.ns() * 1000); }

  // -- preemption ---------------------------------------------------------------------------------
  /// A place where a real kernel can be preempted, just before this step.
  void point(KernelStep step, std::uint32_t object) {
    if (exploration_ != nullptr) [[unlikely]]
      explore_point({row_of(step).name, object}, row_of(step).access);
  }
  void point_of(const NextStep& step) {
    if (exploration_ != nullptr) [[unlikely]]
      explore_point(step.operation, step.access);
  }
  /// The same, for a step that may touch anything.
  void point(Operation operation) {
    if (exploration_ != nullptr) [[unlikely]]
      explore_point(operation, Access::everything);
  }
  void preempt_disable() { ++current_->preempt_depth; }
  void preempt_enable() { --current_->preempt_depth; }
  void local_irq_disable() {
    if (!ending_) ++current_->irq_off_depth;
  }
  void local_irq_enable() {
    if (ending_) return;
    KEV_CHECK(current_->irq_off_depth > 0);
    if (--current_->irq_off_depth == 0) take_interrupts();
  }
  void local_bh_disable() { ++current_->bh_off_depth; }
  void local_bh_enable();

  // -- sleeping -----------------------------------------------------------------------------------
  /// Gives the CPU away. Returns when woken; at once if a wake-up came since set_state().
  /// An interruptible sleep does not begin while a signal is pending, as in Linux.
  /// Requires: a thread that may sleep (else sleeping_in_atomic).
  void schedule();
  /// As schedule(), with a limit. Returns what was left of it, zero when it ran out.
  kev::Duration schedule_timeout(kev::Duration limit);
  /// As schedule(), until an instant of the real-time clock; may return early when that is set.
  void schedule_until(kev::Instant real_time);
  /// Makes a sleeping thread runnable; false when it was not asleep. Any context.
  bool wake(Thread& thread);
  void signal(Thread& thread);
  /// Its handlers have run.
  void forget_signal(Thread& thread) { thread.signal_pending_ = false; }
  /// Checks that the current context may sleep here; reports sleeping_in_atomic otherwise.
  void might_sleep(const char* operation);

  // -- interrupts ---------------------------------------------------------------------------------
  /// A device's interrupt, on that CPU; runs now if it can. From engine events or any context.
  void raise_irq(InterruptLine& line, int cpu = 0);
  /// Which CPU the current context's interrupts strike: its own, if that takes any.
  [[nodiscard]] std::size_t interrupt_cpu() const;
  /// A softirq on that CPU (from an engine event: on CPU 0).
  void raise_softirq(InterruptLine& line);

  // -- spinlocks' part ----------------------------------------------------------------------------
  /// Keeps the CPU busy until spin_end() of this context.
  void spin_begin(const char* what);
  void spin_end(Context& context);

  // -- for a detector of data races: sim/kernel/order_watch.hpp -----------------------------------
  void release(const void* object) {
    if (options_.watch != nullptr) [[unlikely]]
      options_.watch->release(object);
  }
  void acquire(const void* object) {
    if (options_.watch != nullptr) [[unlikely]]
      options_.watch->acquire(object);
  }
  void pass(const void* from, const void* to) {
    if (options_.watch != nullptr) [[unlikely]]
      options_.watch->pass(from, to);
  }

  // -- exploration's part of locks ----------------------------------------------------------------
  /// Who is about to take a lock, and who has it.
  struct LockState {
    const char* name = "";
    std::uint32_t id = 0;
    Context* holder = nullptr;
    ThreadMask wanting = 0;
  };
  /// Returns when it is this context's turn and nobody has the lock; it must take it then.
  void explore_lock(LockState& lock, KernelStep step);
  void explore_unlock(LockState& lock) {
    exploration_->make_ready_all(lock.wanting);
    exploration_->released(current_->number_, lock.id);
  }

  // -- exploration's part of RCU ------------------------------------------------------------------
  /// Who ends grace periods, on what object; called when the strategy says so.
  void on_grace_period(void (*end)(void* rcu), void* rcu, std::uint32_t object);
  void grace_period_can_end() { exploration_->make_ready(grace_period_device); }

  // -- rules --------------------------------------------------------------------------------------
  /// A broken promise: recorded, ends the run, and never returns to a context that calls it.
  void violate(std::string property, std::string message);
  [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }

 private:
  friend class Context;
  friend class Cpu;
  friend class Thread;

  void order(const Context* earlier, const Context& later) {
    if (options_.watch != nullptr) [[unlikely]]
      options_.watch->order(earlier, later);
  }
  void violate_sleep(const char* operation);
  void unwind(Context& context);
  /// Where a fiber that is unwound goes on that was stopped in an access, which no exception may
  /// pass: at the first thing that it asks of the kernel it leaves.
  void leave_access() const;
  void spend_ps(std::int64_t picoseconds);
  void use_slice(kev::Duration time);
  void resume(Context& context);
  void suspend(Context& context);
  void hand_over(Context& context, Context& next);
  void continue_after(Context& context, kev::Duration time);
  void halt(Context& context);
  bool deliver(Cpu& cpu);
  void enter_interrupt(Cpu& cpu, Context& context, kev::Duration cost);
  void leave_interrupt(Cpu& cpu, Context& context);
  void go_on(Cpu& cpu);
  void take_interrupts() {
    if (current_->cpu_->interrupts_pending()) [[unlikely]]
      take_pending();
  }
  void take_pending();
  bool wake_now(Thread& thread);
  void enqueue(Thread& thread);
  void dispatch(Cpu& cpu);
  void release_cpu(Thread& thread);
  void exit_thread(Thread& thread);
  void check_balance(const Context& context, const char* when);

  /// A context exists.
  void enlist(Context& context);
  std::uint32_t next_explored_id(const char* name);
  void explore();
  void explore_point(Operation operation, Access access);
  std::uint32_t decide();
  void take_turn(Context& context);
  void explore_device(std::uint32_t device);
  void fire_event();
  void place(Thread& thread);
  void check_deadlock();

  Engine& engine_;
  Recorder& recorder_;
  Chooser& chooser_;
  StackPool& stacks_;
  KernelOptions options_;
  std::unique_ptr<Exploration> exploration_;  ///< null: timing mode
  void (*end_grace_period_)(void*) = nullptr;
  void* rcu_ = nullptr;
  Rules rules_;
  KernelStats stats_;
  kev::BugSwitch bugs_;
  std::vector<std::function<void()>> buried_;
  std::vector<std::unique_ptr<Cpu>> cpus_;
  std::vector<std::unique_ptr<TimerBase>> timer_bases_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::deque<Thread*> run_queue_;
  Context* current_ = nullptr;
  Context* unwinding_ = nullptr;
  kev::Duration real_offset_{1'153'872'000'000'000'000};
  std::int64_t owed_ps_ = 0;  ///< below a nanosecond, carried to the next spend
  std::uint32_t next_id_ = 1;
  struct ExitHook {
    void (*exited)(void* self, const Thread& thread);
    void* self;
  };
  std::vector<ExitHook> exit_hooks_;
  struct LeaveHook {
    void (*leaving)(void* self, Thread& thread) = nullptr;
    void* self = nullptr;
  };
  LeaveHook leave_hook_;
  std::vector<Violation> violations_;
  bool stopped_ = false;
  bool ending_ = false;
};

}  // namespace sim
