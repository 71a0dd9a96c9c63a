#pragma once
// The state of an exploration: who could take the next step, what each would do, and who decides.
//
// A thread of the strategy is a context (thread, softirq, hardirq), numbered in the order of
// creation, or a device, which stands for what happens by itself: number 0 for the engine's next
// event, 1 for the end of a grace period.
// CPUs: every thread has one of its own, as if there were enough; interrupts strike on the CPUs of
// the machine's options, which run nothing else. So whatever can happen on some number of CPUs can
// happen here, and what a thread may do next never depends on who else has a CPU.
// Devices and interrupts do not go on for ever while a thread could.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sim/kernel/context.hpp"
#include "sim/kernel/steps.hpp"
#include "sim/schedule/chooser_strategy.hpp"
#include "sim/schedule/pick_recorder.hpp"
#include "sim/schedule/strategy.hpp"

namespace sim {

/// Numbers of the devices.
inline constexpr std::uint32_t event_device = 0;
inline constexpr std::uint32_t grace_period_device = 1;
inline constexpr std::uint32_t device_count = 2;

/// One step that was taken, for findings.
struct KernelTraceStep {
  std::uint32_t thread = 0;
  std::uint32_t at = 0;  ///< its number, from 1
  Operation operation;
  std::uint32_t place = 0;            ///< as say_place() had it
  const char* words = nullptr;        ///< as say_words() had them
  std::optional<std::int64_t> value;  ///< that was read or written
};

class Exploration {
 public:
  /// Asks the recorder; without one the chooser, at every choice of threads.
  Exploration(Chooser& chooser, PickRecorder* recorder);

  /// The strategy to be asked has changed.
  void begin() { sees_steps_ = strategy_->sees() == Strategy::Sees::steps; }
  /// False: there are no more numbers.
  bool add(Context& context);
  void announce(std::uint32_t thread, Operation operation, Access access) {
    next_[thread] = {operation, access};
  }
  void make_ready(std::uint32_t thread) { ready_ |= bit_of(thread); }
  void make_ready_all(ThreadMask threads) { ready_ |= threads; }
  void make_wait(ThreadMask threads) { ready_ &= ~threads; }
  /// An interrupt runs above it, or has returned.
  void halt(std::uint32_t thread) { halted_ |= bit_of(thread); }
  void go_on(std::uint32_t thread) { halted_ &= ~bit_of(thread); }
  [[nodiscard]] bool can_go_on(std::uint32_t thread) const {
    return (ready_ & ~halted_ & bit_of(thread)) != 0;
  }

  /// Who takes the next step; nobody when nobody can, or when the strategy wants no more.
  std::uint32_t decide();

  /// `later` could not go on, or did not exist, before what `earlier` has done.
  void joined(std::uint32_t later, std::uint32_t earlier) {
    if (sees_steps_) strategy_->joined(later, earlier);
  }
  void released(std::uint32_t thread, std::uint32_t object) {
    if (sees_steps_) strategy_->released(thread, object);
  }
  /// All who are about to do this to the object will do it with that access.
  void change_access(const char* operation, std::uint32_t object, Access access);

  /// An id that depends on who makes the object, not on what others made meanwhile.
  std::uint32_t next_id() {
    return (current_ << created_bits) | (++created_[current_] & ((1U << created_bits) - 1));
  }
  void name(std::uint32_t object, const char* name) { names_.push_back({object, name}); }
  /// As findings call it: its name, and its number if several have that name.
  [[nodiscard]] std::string object_name(std::uint32_t object) const;
  [[nodiscard]] std::string thread_name(std::uint32_t thread) const;

  [[nodiscard]] std::uint32_t current() const { return current_; }
  void set_current(std::uint32_t thread) { current_ = thread; }
  [[nodiscard]] std::uint32_t steps() const { return steps_; }
  [[nodiscard]] bool cut_short() const { return cut_short_; }
  [[nodiscard]] std::uint64_t fingerprint() const { return hash_; }
  /// Null for devices.
  [[nodiscard]] Context* context(std::uint32_t thread) const { return contexts_[thread]; }
  [[nodiscard]] std::uint32_t threads() const { return threads_; }
  [[nodiscard]] const NextStep& next(std::uint32_t thread) const { return next_[thread]; }

  void set_tracing(bool tracing) { tracing_ = tracing; }
  [[nodiscard]] bool tracing() const { return tracing_; }
  /// While tracing, `call` is told of each step that is about to be taken, in the context of who
  /// took the one before. Null: nobody is.
  void on_step(void (*call)(void* who, const Operation& step), void* who) {
    on_step_ = call;
    who_ = who;
  }
  /// Where in the code under test the thread's next step is, as its OrderWatch numbers places.
  void say_place(std::uint32_t thread, std::uint32_t place) { said(thread).place = place; }
  /// What it is, in words that outlive the execution.
  void say_words(std::uint32_t thread, const char* words) { said(thread).words = words; }
  /// What the step that was taken last read or wrote.
  void say_value(std::int64_t value) {
    if (!trace_.empty()) trace_.back().value = value;
  }
  [[nodiscard]] const std::vector<KernelTraceStep>& trace() const { return trace_; }

  // Of the kernel's loop: who was picked on a fiber, to be resumed by it.
  static constexpr std::uint32_t undecided = threads_max + 1;
  std::uint32_t chosen = undecided;

 private:
  /// Of a thread's next step.
  struct Said {
    std::uint32_t place = 0;
    const char* words = nullptr;
  };
  Said& said(std::uint32_t thread) {
    if (said_.empty()) said_.resize(threads_max);
    return said_[thread];
  }
  void trace_step(std::uint32_t thread, const Operation& operation);

  /// With how many steps in a row of some while others could go on.
  struct Patience {
    std::uint32_t left;
    std::uint32_t in_a_row = 0;
    bool out_of_patience();
  };
  /// Without those who have had too many turns in a row.
  ThreadMask be_fair(ThreadMask ready);

  static constexpr unsigned created_bits = 22;
  struct ObjectName {
    std::uint32_t object;
    const char* name;
  };

  std::optional<ChooserStrategy> asks_chooser_;
  Strategy* strategy_;
  PickRecorder* recorder_;
  bool sees_steps_;
  bool tracing_ = false;
  void (*on_step_)(void* who, const Operation& step) = nullptr;
  void* who_ = nullptr;
  bool cut_short_ = false;
  ThreadMask processes_ = 0;  ///< contexts that are threads
  Patience devices_{100};     ///< with devices, while a thread or an interrupt could go on
  Patience interrupts_{500};  ///< with devices and interrupts, while a thread could go on
  ThreadMask ready_ = 0;
  ThreadMask halted_ = 0;
  std::uint32_t current_ = event_device;
  std::uint32_t threads_ = device_count;
  std::uint32_t steps_ = 0;
  std::uint64_t hash_ = 0x13198A2E03707345;
  std::array<NextStep, threads_max> next_{};
  std::array<Context*, threads_max> contexts_{};
  std::array<std::uint32_t, threads_max> created_{};
  std::vector<Said> said_;  ///< by thread; empty while nobody traces
  std::vector<ObjectName> names_;
  std::vector<KernelTraceStep> trace_;
};

}  // namespace sim
