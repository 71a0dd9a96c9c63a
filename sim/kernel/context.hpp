#pragma once
// Something that executes on a simulated CPU: a thread, a softirq or a hardware interrupt.
//
// Each has a fiber of its own, so that it can be preempted in the middle of anything: between two
// operations by another CPU, and while it spends time by an interrupt of its own CPU.
// Invariants: preempt_depth, irq_off_depth, bh_off_depth and rcu_depth are zero when a thread
// sleeps or ends, and when an interrupt returns (checked: see sim/kernel/rules.hpp).

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "model/base/time.hpp"
#include "sim/engine/event.hpp"
#include "sim/engine/fiber.hpp"

namespace sim {

class Kernel;
class Cpu;
class SpinLock;

enum class ContextKind : std::uint8_t { process, kernel_thread, softirq, hardirq };

/// A lock held by a context; `lock` identifies it, `lock_class` is its node in the lock order
/// graph.
struct HeldLock {
  const void* lock = nullptr;
  std::uint16_t lock_class = 0;
};

class Context {
 public:
  Context(Kernel& kernel, ContextKind kind, std::string name, std::uint32_t id, Fiber::Entry entry);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  [[nodiscard]] ContextKind kind() const { return kind_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t id() const { return id_; }
  /// Exploration: the thread that it is to the strategy.
  [[nodiscard]] std::uint32_t number() const { return number_; }
  void set_number(std::uint32_t number) { number_ = number; }
  /// Where it executes or is interrupted; null when it has no CPU.
  [[nodiscard]] const Cpu* cpu() const { return cpu_; }
  /// The address is on its stack.
  [[nodiscard]] bool on_stack(const volatile void* at) const { return fiber_.on_stack(at); }
  [[nodiscard]] bool in_interrupt() const { return kind_ >= ContextKind::softirq; }
  /// May not sleep: an interrupt, or a thread that holds a spinlock or is in an RCU read section.
  [[nodiscard]] bool atomic() const {
    return in_interrupt() || preempt_depth != 0 || irq_off_depth != 0 || rcu_depth != 0;
  }

  int preempt_depth = 0;
  int bh_off_depth = 0;
  int irq_off_depth = 0;  // not beside preempt_depth, or compilers change both at once, and wait
                          // for the stores of each
  int rcu_depth = 0;
  std::uint8_t rcu_phase = 0;  ///< the grace period phase its outermost read section is in
  std::array<HeldLock, 16> held{};
  int held_count = 0;

  /// Stopped in the middle of an access to memory: no exception may leave there.
  bool in_access = false;

  /// Why it does not run, for reports: the operation it waits in ("lock ready_lock", "sleep").
  const char* waiting_for = "";
  /// Exploration: who holds the lock that it waits for; null: it waits for none.
  Context* const* waits_for = nullptr;

  /// Exploration: it is its turn. Said by whoever gives it, so that a point is the last thing that
  /// its callers do: each return after a switch is one that the processor has predicted wrongly.
  void take_turn() {
    waiting_for = "";
    in_access = false;
  }

 protected:
  friend class Kernel;
  friend class Cpu;

  void on_resume();

  Kernel& kernel_;
  ContextKind kind_;
  std::string name_;
  std::uint32_t id_;
  Cpu* cpu_ = nullptr;
  std::uint32_t number_ = 0;
  bool spinning_ = false;  ///< waits for a spinlock, keeping its CPU
  kev::Duration owed_{0};  ///< time it still has to spend, when it was interrupted
  MemberEvent<Context, &Context::on_resume> resume_;
  Fiber fiber_;
};

enum class ThreadState : std::uint8_t { running, interruptible, uninterruptible, dead };

/// Ends a thread of a process that was killed: thrown where it would begin its next system call,
/// caught where it began.
struct ThreadKilled {};

class Thread final : public Context {
 public:
  Thread(Kernel& kernel, ContextKind kind, std::string name, std::uint32_t id,
         std::function<void()> body);
  ~Thread();

  [[nodiscard]] ThreadState state() const { return state_; }
  /// Announces that the next schedule() sleeps, unless a wake-up comes in between.
  void set_state(ThreadState state) { state_ = state; }
  /// A signal is waiting: interruptible sleeps end with -EINTR.
  [[nodiscard]] bool signal_pending() const { return signal_pending_; }

  /// It will never use the process's memory and descriptors again (sim/kernel/process.hpp).
  bool left_process = false;

 private:
  friend class Kernel;
  static void enter(void* self);

  std::function<void()> body_;
  ThreadState state_ = ThreadState::running;
  bool queued_ = false;  ///< on the run queue
  bool signal_pending_ = false;
  bool until_real_time_ = false;  ///< asleep in schedule_until()
  std::unique_ptr<Cpu> own_cpu_;  ///< exploration: where it runs
  kev::Duration slice_left_{0};
};

}  // namespace sim
