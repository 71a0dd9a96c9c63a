#pragma once
// Runs an unmodified program's threads as fibers, one step at a time, as a Strategy says.
//
// A step is what others may notice: an atomic access, taking a lock, waiting, waking. Before each
// step the strategy picks who takes the next one. What nobody can notice happens with the step
// before it: a new thread runs up to its first step when it is created; an unlock belongs to what
// precedes it, since whoever waits for the lock can only come later (unless the program asks with
// try-lock); whoever joins goes on as soon as the joined thread has ended.
//
// Invariants:
//   `active` is set while code of the program runs and null while the runtime's own does: hooks
//   that are reached with null pass through to the real function. So code that the linker shares
//   between the two cannot be mistaken.
//   An execution depends on the program and on the strategy's picks only. Fingerprints are over
//   threads, steps, object ids and values.
//   Nothing is allocated for an execution that is not larger than those before it.
// An execution that is given up leaves its fibers where they are: their stacks and their heap are
// the arena's. What they hold outside of it (open files) is lost.

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/engine/hash.hpp"
#include "sim/instrument/fiber_context.hpp"
#include "sim/instrument/heap.hpp"
#include "sim/instrument/memory_map.hpp"
#include "sim/instrument/races.hpp"
#include "sim/instrument/sim_thread.hpp"
#include "sim/instrument/steps.hpp"
#include "sim/schedule/execution.hpp"
#include "sim/schedule/strategy.hpp"
#include "sim/schedule/uniform_picks.hpp"

namespace sim {

class Runtime;
/// The runtime whose program is running right now. One a process: hooks have no other argument.
extern Runtime* active;

/// One step of an execution, for findings.
struct TraceStep {
  std::uint32_t thread = 0;
  StepKind kind = StepKind::load;
  std::uint32_t object = 0;
  std::uint64_t value = 0;
  bool waits = false;                 ///< it was never taken: the thread waits for ever
  std::uint32_t at = 0;               ///< how many times a turn had been given
  std::vector<std::uintptr_t> stack;  ///< return addresses, innermost first
};

struct RuntimeOptions {
  bool races = true;
  bool unlock_is_step = false;  ///< needed when the program asks whether a lock is free
  bool plain_points = false;    ///< plain accesses are steps, too
  bool spurious = false;        ///< a wait on a condition variable may end by itself, once a thread
  std::uint32_t step_limit = 20'000;
};

/// The program's thread_local variables, as its file has them.
struct ThreadLocals {
  std::size_t module = 0;  ///< what __tls_get_addr knows the program by; 0: it has none
  const void* image = nullptr;
  std::size_t image_bytes = 0;
  std::size_t bytes = 0;  ///< the rest is zero
  std::size_t alignment = 1;
};

class Runtime {
 public:
  explicit Runtime(const RuntimeOptions& options);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// Runs `body` on thread 0 until it ends or breaks a property.
  void execute(Strategy& strategy, void* (*body)(void*), void* argument);

  [[nodiscard]] bool violated() const { return violated_; }
  [[nodiscard]] const BrokenProperty& violation() const { return violation_; }
  [[nodiscard]] bool cut_short() const { return cut_short_; }
  [[nodiscard]] std::uint64_t fingerprint() const { return hash_; }
  [[nodiscard]] std::uint32_t steps() const { return steps_; }
  /// The choices made, in order.
  [[nodiscard]] std::span<const RecordedPick> picks() const { return {picks_.data(), next_pick_}; }
  [[nodiscard]] const std::vector<TraceStep>& trace() const { return trace_; }
  [[nodiscard]] std::uint32_t threads() const { return at_.threads; }
  [[nodiscard]] std::uint32_t step_limit() const { return options_.step_limit; }
  void set_tracing(bool tracing) { tracing_ = tracing; }
  /// While tracing, stops for a debugger when so many steps have been recorded; 0: never.
  void stop_after(std::uint32_t step) { stop_after_ = step; }

  [[nodiscard]] MemoryMap& memory() { return memory_; }
  [[nodiscard]] Heap& heap() { return heap_; }
  [[nodiscard]] RaceDetector& races() { return races_; }
  [[nodiscard]] RuntimeOptions& options() { return options_; }
  /// Names objects and code places in messages.
  std::function<std::string(std::uint32_t object)> name_object;
  std::function<std::string(std::uintptr_t pc)> name_place;
  /// The same with what is written there, for tables.
  std::function<std::string(std::uintptr_t pc)> name_line;
  /// Where return addresses are counted from.
  std::uintptr_t code_base = 0;
  std::size_t code_bytes = static_cast<std::size_t>(-1);

  // For the hooks, called on a fiber. `pc`: where the program called.

  [[nodiscard]] SimThread& current() { return *current_; }
  [[nodiscard]] SimThread& thread(std::uint32_t id) { return threads_[id]; }

  /// Before a step: others may go first. Returns when it is this thread's turn.
  [[gnu::always_inline]] void point(StepKind kind, std::uint32_t object) {
    *current_->next = {{row_of(kind).name, object}, row_of(kind).access};
    schedule();
  }
  /// After a step: it becomes part of the fingerprint and of the trace.
  void done(StepKind kind, std::uint32_t object, std::uint64_t value, const void* pc) {
    const std::uint64_t word = (std::uint64_t{current_->id} << 58) |
                               (std::uint64_t{static_cast<std::uint8_t>(kind)} << 50) | object;
    hash_ = fold_multiply(hash_ ^ word ^ (value << 32), 0x9E3779B97F4A7C15) + word;
    if (tracing_) [[unlikely]]
      record(kind, object, value, pc);
  }
  /// The thread cannot take its next step until somebody makes it ready.
  [[gnu::always_inline]] void block(StepKind kind, const void* on, std::uint32_t object) {
    SimThread& self = *current_;
    self.waiting_kind = kind;
    self.waiting_on = on;
    self.waiting_id = object;
    *self.next = {{row_of(kind).name, object}, Access::none};
    at_.ready &= ~bit_of(self.id);
    schedule();
  }
  void unblock(std::uint32_t thread) { at_.ready |= bit_of(thread); }
  /// Threads whose next step is this one.
  [[nodiscard]] ThreadMask about_to(StepKind kind, std::uint32_t object) const;
  void set_ready(ThreadMask threads) { at_.ready |= threads; }
  void set_waiting(ThreadMask threads) { at_.ready &= ~threads; }
  /// The next step of another thread, which has been woken, changes.
  void announce(std::uint32_t thread, StepKind kind, std::uint32_t object) {
    next_[thread] = {{row_of(kind).name, object}, row_of(kind).access};
  }
  /// Blocks until somebody else's one-time initialisation ends.
  void wait_for_once(std::uint32_t object) { block(StepKind::once, nullptr, object); }
  /// Wakes threads that are blocked in such a step on the object, at most `count`; which ones is a
  /// choice.
  std::uint32_t wake_waiting(StepKind kind, std::uint32_t object, std::uint32_t count);
  /// Others take steps until this thread is ready and picked.
  [[gnu::always_inline]] void schedule() {
    SimThread& self = *current_;
    std::uint32_t next = self.creator;
    if (next == nobody) [[likely]]
      next = decide();
    else
      self.creator = nobody;
    if (next != self.id) switch_to(next);
  }
  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation);
  /// A read that changed nothing: a thread that goes round in a loop of them lets others go first.
  void spun(std::uint32_t object, std::uint64_t value, const void* pc) {
    SimThread& self = *current_;
    if (self.writes_seen != writes_) {
      self.writes_seen = writes_;
      self.reads = 0;
    } else if (++self.reads > reads_before_looking) [[unlikely]] {
      look_for_rounds(self,
                      (reinterpret_cast<std::uintptr_t>(pc) ^ value) * 0x9E3779B97F4A7C15 + object);
    }
  }
  /// Something was written: loops that wait may see it.
  void wrote() {
    if (spinning_ != 0) [[unlikely]]
      end_spinning();
    ++writes_;
  }

  // In the frame of the hook, as all that switches fibers should be: each frame between the two
  // is a return that the processor predicts wrongly.

  [[gnu::always_inline]] std::uint32_t create(void* (*start)(void*), void* argument) {
    if (at_.threads == threads_max) [[unlikely]]
      too_many_threads();
    const std::uint32_t id = at_.threads++;
    SimThread& thread = threads_[id];
    thread.start = start;
    thread.argument = argument;
    start_fiber(thread);
    thread.creator = current_->id;
    at_.ready |= bit_of(id);
    if (options_.races) races_.start_thread(id, current_->id);
    if (sees_steps_) strategy_->joined(id, current_->id);
    switch_to(id);
    return id;
  }
  [[gnu::always_inline]] void* join(std::uint32_t id) {
    SimThread& other = threads_[id];
    if (!other.finished) {
      other.joiners |= bit_of(current_->id);
      block(StepKind::join, &other, id);
    }
    if (options_.races) races_.join_thread(current_->id, id);
    if (sees_steps_) strategy_->joined(current_->id, id);
    return other.result;
  }
  [[noreturn]] void finish(void* result);

  /// Ends the execution: a property is broken.
  [[noreturn]] void violate(const char* property, std::string message, std::string details = {});
  [[noreturn]] void end_execution();
  /// What to say about a place in the program, or in one of its stacks.
  [[nodiscard]] std::string place(const void* pc) const;
  [[nodiscard]] std::string thread_name(std::uint32_t thread) const;

  /// Whether plain accesses there are looked at: those to the heap always are.
  [[nodiscard]] bool watches(const volatile void* at) const {
    return reinterpret_cast<std::uintptr_t>(at) - watched_begin_ < watched_bytes_;
  }
  /// Whether it is a thread_local variable of the running thread's.
  [[nodiscard]] bool is_own_local(const volatile void* at) const {
    return locals_.module != 0 &&
           reinterpret_cast<std::uintptr_t>(at) - reinterpret_cast<std::uintptr_t>(own_locals()) <
               locals_.bytes;
  }
  /// Plain accesses are steps of the trace, except those to a thread's own stack.
  void note_access(const volatile void* at, bool write, const void* pc) {
    if (tracing_) [[unlikely]]
      record_access(at, write, pc);
  }
  void check_race(const volatile void* at, std::size_t bytes, bool write, const void* pc) {
    const std::uintptr_t in_cell = reinterpret_cast<std::uintptr_t>(at) & 3;
    if (in_cell + bytes > 4) return check_race_of_cells(at, bytes, write, pc);
    check_race_of_cell(at, ((std::uint64_t{1} << bytes) - 1) << (in_cell + 28), write, pc);
  }
  void check_heap(const volatile void* at, const char* what, const void* pc);
  [[noreturn]] void report_race(const volatile void* at, const Race& race, bool write,
                                const void* pc);

  Strategy* strategy() { return strategy_; }
  [[nodiscard]] bool sees_steps() const { return sees_steps_; }
  void found_closed(Closed to) {
    if (sees_steps_ && to != Closed::nobody) strategy_->found_closed(to);
  }
  /// What the program's rand() draws from; the same in every execution.
  [[nodiscard]] Random& chance() {
    chance_used_ = true;
    return chance_;
  }
  /// The place of a failed assertion or of an abort becomes the trace's last step.
  void fail(const void* pc) {
    if (tracing_) record(StepKind::fail, 0, 0, pc);
  }
  [[nodiscard]] std::int64_t now() const { return now_; }
  void pass_time(std::int64_t nanoseconds) { now_ += nanoseconds; }
  void wait_until(std::int64_t time) { now_ = now_ < time ? time : now_; }
  /// A wait ran out at that time.
  void time_out(std::int64_t time) {
    wait_until(time);
    yielded();
  }
  /// The thread wants others to go on: when it says so again and again with nobody having done
  /// anything in between, they do.
  void yielded();

  void set_thread_locals(const ThreadLocals& locals) { locals_ = locals; }
  [[nodiscard]] const ThreadLocals& thread_locals() const { return locals_; }
  /// Where the running thread has them.
  [[nodiscard]] unsigned char* own_locals() const { return locals_of(current_->id); }
  /// Keys of values that each thread has of its own; the destructors by key.
  std::vector<void (*)(void*)> keys;
  /// Keys made so far stay, in every execution.
  void keep_keys() { keys_kept_ = keys.size(); }
  /// What is due at the end of the running thread; the program's code is called.
  void run_exit_handlers() {
    if (!current_->exit_handlers.empty() || !current_->specific.empty()) [[unlikely]]
      call_exit_handlers();
  }

  /// Keeps the order in which locks are taken, over the whole campaign.
  void lock_taken(std::uint32_t object) {
    SimThread& self = *current_;
    if (self.held_count != 0) [[unlikely]]
      order_locks(object);
    if (self.held_count < self.held.size()) self.held[self.held_count++] = object;
  }
  void lock_released(std::uint32_t object) {
    SimThread& self = *current_;
    const std::uint32_t last = self.held_count - 1;
    if (last < self.held.size() && self.held[last] == object) [[likely]]
      self.held_count = last;
    else
      forget_lock(object);
  }
  /// Two threads that ran side by side took two locks in opposite orders; empty when none did.
  [[nodiscard]] const std::string& lock_order_inversion() const { return inversion_; }
  /// Grows with whatever that is judged by.
  [[nodiscard]] std::uint64_t lock_orders() const {
    return lock_order_.size() + (inversion_.empty() ? 0 : 1);
  }
  void forget_lock_orders() {
    lock_order_.clear();
    inversion_.clear();
  }

 private:
  static void run_thread();
  [[nodiscard]] unsigned char* locals_of(std::uint32_t thread) const {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): places in the arena are counted, not pointed at
    return reinterpret_cast<unsigned char*>(
        (memory_.stack_bottom(thread) + MemoryMap::stack_bytes - locals_.bytes) &
        ~(locals_.alignment - 1));
  }
  void start_fiber(SimThread& thread);
  static constexpr std::uint32_t reads_before_looking = 32;
  void look_for_rounds(SimThread& self, std::uint64_t key);
  void end_spinning();
  void order_locks(std::uint32_t object);
  void forget_lock(std::uint32_t object);
  [[gnu::always_inline]] void switch_to(std::uint32_t id) {
    SimThread& from = *current_;
    current_ = &threads_[id];
    resting_ = 0;
    ++turns_;
    switch_context(from.fiber, current_->fiber, *exceptions_);
  }
  void record(StepKind kind, std::uint32_t object, std::uint64_t value, const void* pc);
  void record_access(const volatile void* at, bool write, const void* pc);
  void record_waits();
  [[nodiscard]] std::string stack_text(const std::vector<std::uintptr_t>& stack) const;
  [[nodiscard]] std::string race_stacks(std::uint32_t object, const Race& race, bool write,
                                        const void* pc);
  [[noreturn]] void quiescent();
  [[noreturn]] void livelock();
  [[gnu::always_inline]] std::uint32_t decide() {
    ThreadMask ready = at_.ready & ~(spinning_ | resting_);
    if (ready == 0) [[unlikely]]
      ready = nobody_hurries();
    if (++steps_ > options_.step_limit) [[unlikely]]
      too_long();
    if ((ready & (ready - 1)) == 0) return sees_steps_ ? ask(ready) : first_of(ready);
    const std::uint32_t picked = walk_ ? walk_.pick(ready) : ask(ready);
    RecordedPick& pick = *next_pick_++;
    pick.ready = ready;
    pick.step = next_[picked].operation.name;
    pick.object = next_[picked].operation.object;
    pick.at = steps_;
    pick.picked = static_cast<std::uint16_t>(picked);
    pick.current = static_cast<std::uint8_t>(current_->id);
    pick.kind = ChoiceKind::thread;
    return picked;
  }
  std::uint32_t ask(ThreadMask ready);
  void call_exit_handlers();
  [[noreturn]] void too_long();
  [[noreturn]] void too_many_threads();
  [[nodiscard]] ThreadMask nobody_hurries();
  [[nodiscard]] std::string waits_text() const;
  [[nodiscard]] std::string cycle_text() const;
  [[nodiscard]] std::uint32_t holder_of(const SimThread& thread) const;
  void check_leaks();
  void check_race_of_cells(const volatile void* at, std::size_t bytes, bool write, const void* pc);
  void check_race_of_cell(const volatile void* at, std::uint64_t bytes, bool write,
                          const void* pc) {
    const auto offset =
        static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(pc) - code_base);
    Race race;
    Cell& cell = memory_.cell(at);
    if (write ? races_.write(current_->id, cell, bytes, offset, race)
              : races_.read(current_->id, cell, bytes, offset, race)) [[unlikely]]
      report_race(at, race, write, pc);
  }

  RuntimeOptions options_;
  MemoryMap memory_;
  Heap heap_{memory_};
  RaceDetector races_;
  std::uintptr_t watched_begin_ = 0;
  std::size_t watched_bytes_ = static_cast<std::size_t>(-1);
  Strategy* strategy_ = nullptr;
  bool sees_steps_ = false;
  UniformPicks walk_;  ///< has a source when every pick is uniform
  bool tracing_ = false;
  std::uint32_t stop_after_ = 0;
  bool violated_ = false;
  bool cut_short_ = false;
  SimThread* current_ = nullptr;
  Crossroads at_;
  ThreadMask spinning_ = 0;
  ThreadMask resting_ = 0;
  std::uint64_t turns_ = 0;
  ThreadLocals locals_;
  std::size_t keys_kept_ = 0;
  std::uint32_t writes_ = 0;
  std::uint64_t hash_ = 0;
  std::uint32_t steps_ = 0;
  std::int64_t now_ = 0;
  Random chance_{1};
  bool chance_used_ = false;
  std::array<NextStep, threads_max> next_{};
  std::array<SimThread, threads_max> threads_;
  std::vector<RecordedPick> picks_;
  RecordedPick* next_pick_ = nullptr;
  std::uint32_t stuck_ = 0;  ///< steps taken since all that could go on went round in loops
  std::vector<TraceStep> trace_;
  BrokenProperty violation_;
  struct LockOrder {
    std::uint32_t first;
    std::uint32_t second;
    std::uint32_t thread;
  };
  std::vector<LockOrder> lock_order_;
  std::vector<LockOrder> heap_lock_order_;  ///< in this execution
  std::string inversion_;
  FiberContext host_;  ///< where the execution was started from
  FiberContext gone_;  ///< what is left for good goes here
  ExceptionGlobals* exceptions_ = nullptr;
};

/// While it lives the program is not running: what it calls is the runtime's.
class Inside {
 public:
  explicit Inside(Runtime& runtime) : runtime_(runtime) { active = nullptr; }
  ~Inside() { active = &runtime_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  Runtime& runtime_;
};

}  // namespace sim
