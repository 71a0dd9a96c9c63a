#pragma once
// One simulated CPU: a stack of contexts (thread, above it softirq, above it hardirq), of which
// only the topmost executes, and the interrupts waiting for it.
//
// Invariants: at most one thread, one softirq and one hardirq context; hardirqs do not nest (2.6.18
// runs device handlers with SA_INTERRUPT, that is, with interrupts off); softirqs run when no
// hardirq runs and bottom halves are enabled below.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "model/base/time.hpp"
#include "sim/kernel/context.hpp"
#include "sim/kernel/steps.hpp"

namespace sim {

/// A device's interrupt or a softirq kind: a handler that runs in interrupt context when raised.
/// Raising it again before it runs is merged into one run, as a level-triggered line does.
class InterruptLine {
 public:
  /// Runs in interrupt context; `owner` is what the line was made with.
  using Handler = void (*)(void* owner);
  InterruptLine(const char* name, std::uint32_t id, Handler handler, void* owner)
      : name_(name), id_(id), handler_(handler), owner_(owner) {}
  InterruptLine(const InterruptLine&) = delete;
  InterruptLine& operator=(const InterruptLine&) = delete;

  [[nodiscard]] const char* name() const { return name_; }
  [[nodiscard]] std::uint32_t id() const { return id_; }
  [[nodiscard]] bool pending() const { return pending_; }
  /// What the handler does before its first point, for exploration; unless told, anything.
  void touches(std::uint32_t object, Access access) { first_ = {{name_, object}, access}; }
  [[nodiscard]] const NextStep& first() const { return first_; }

 private:
  friend class Cpu;
  friend class InterruptQueue;
  const char* name_;
  std::uint32_t id_;
  Handler handler_;
  void* owner_;
  bool pending_ = false;
  NextStep first_{{name_, id_}, Access::everything};
  InterruptLine* next_ = nullptr;
};

/// Pending lines in the order raised.
class InterruptQueue {
 public:
  [[nodiscard]] bool empty() const { return head_ == nullptr; }
  [[nodiscard]] const InterruptLine& front() const { return *head_; }
  /// Nothing happens when the line is pending already.
  void push(InterruptLine& line) {
    if (line.pending_) return;
    line.pending_ = true;
    line.next_ = nullptr;
    (head_ == nullptr ? head_ : tail_->next_) = &line;
    tail_ = &line;
  }
  InterruptLine& pop() {
    InterruptLine& line = *head_;
    head_ = line.next_;
    line.pending_ = false;
    return line;
  }

 private:
  InterruptLine* head_ = nullptr;
  InterruptLine* tail_ = nullptr;
};

class Cpu {
 public:
  /// Takes interrupts.
  Cpu(Kernel& kernel, int id, std::uint32_t hardirq_id, std::uint32_t softirq_id);
  /// Runs a single thread and takes none.
  explicit Cpu(Kernel& kernel) : kernel_(kernel), id_(-1) {}

  [[nodiscard]] int id() const { return id_; }
  [[nodiscard]] Context* top() const { return depth_ == 0 ? nullptr : stack_[depth_ - 1]; }
  [[nodiscard]] Thread* thread() const { return thread_; }
  [[nodiscard]] bool runs_hardirq() const { return hardirq_ && top() == &*hardirq_; }
  [[nodiscard]] bool interrupts_pending() const {
    return !hard_pending_.empty() || !soft_pending_.empty();
  }
  /// Time spent executing anything at all.
  [[nodiscard]] kev::Duration busy() const { return busy_; }

 private:
  friend class Kernel;

  void push(Context& context) {
    context.cpu_ = this;
    stack_[depth_++] = &context;
  }
  void pop() { stack_[--depth_]->cpu_ = nullptr; }

  static void hardirq_loop(void* self);
  static void softirq_loop(void* self);

  Kernel& kernel_;
  int id_;
  std::optional<Context> hardirq_;
  std::optional<Context> softirq_;
  std::array<Context*, 3> stack_{};
  std::size_t depth_ = 0;
  Thread* thread_ = nullptr;       ///< the thread that has this CPU, running or interrupted
  Thread* last_thread_ = nullptr;  ///< whose caches are warm: no switch cost to go on with it
  InterruptQueue hard_pending_;
  InterruptQueue soft_pending_;
  kev::Duration busy_{0};
};

}  // namespace sim
