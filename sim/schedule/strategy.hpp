#pragma once
// A strategy decides every choice of one execution after another. Thread choices come as a
// Crossroads, which says who could go on and what each would do; all others as a plain Choice, so
// that a strategy serves wherever a Chooser is asked.
//
// Invariants:
//   An execution depends on the strategy's seed and on what it has learned, on nothing else.
//   A strategy that learns does so in end(), and only from executions it is told to learn from:
//   what other processes of a campaign run meanwhile must not matter.
//   Threads are numbered in the order of their creation, 64 at most; thread 0 is the main one.

#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "model/base/result.hpp"
#include "sim/engine/random.hpp"
#include "sim/schedule/choice.hpp"

namespace sim {

inline constexpr std::uint32_t threads_max = 64;

/// What a step does to its object. Steps of two threads depend on each other when they are on one
/// object and their accesses conflict; the order of the others does not matter.
enum class Access : std::uint8_t {
  none,            ///< touches nothing that others see: yield, sleep
  read,            ///< conflicts with write
  write,           ///< conflicts with read and write
  acquire,         ///< takes a lock, or one of a semaphore's units: conflicts with every acquire
  shared_acquire,  ///< takes a lock for reading: conflicts with acquire
  release,     ///< lets go of a lock: conflicts with read and write, which may ask for its state
  everything,  ///< may touch any object: conflicts with all but none
};

/// Conflicts with writes, not with its like.
constexpr bool is_quiet(Access access) {
  return access == Access::read || access == Access::shared_acquire;
}
/// Waits until its object is free.
constexpr bool acquires(Access access) {
  return access == Access::acquire || access == Access::shared_acquire;
}

/// A release and an acquisition do not conflict: they have one order only.
constexpr bool conflict(Access one, Access other) {
  if (one == Access::none || other == Access::none) return false;
  if (one == Access::everything || other == Access::everything) return true;
  if (one == Access::release) return other == Access::read || other == Access::write;
  if (other == Access::release) return one == Access::read || one == Access::write;
  return !(is_quiet(one) && is_quiet(other));
}

/// Who could not have acquired an object right before a step on it.
enum class Closed : std::uint8_t { nobody, writers, all };

/// The next step of a thread: what it is about to do, to what.
struct NextStep {
  Operation operation;
  Access access = Access::none;
};

constexpr bool dependent(const NextStep& one, const NextStep& other) {
  const bool may_meet = one.operation.object == other.operation.object ||
                        one.access == Access::everything || other.access == Access::everything;
  return may_meet && conflict(one.access, other.access);
}

/// A set of threads, one bit each.
using ThreadMask = std::uint64_t;

constexpr ThreadMask bit_of(std::uint32_t thread) {
  return ThreadMask{1} << thread;
}
constexpr std::uint32_t first_of(ThreadMask mask) {
  return static_cast<std::uint32_t>(std::countr_zero(mask));
}
/// How many there are in the set. Every x86-64 of this century has the instruction, but compilers
/// may not use it unasked.
constexpr std::uint32_t count_of(ThreadMask mask) {
#if defined(__x86_64__)
  if (!std::is_constant_evaluated()) {
    ThreadMask count = 0;
    asm("popcntq %1, %0" : "=r"(count) : "r"(mask) : "cc");
    return static_cast<std::uint32_t>(count);
  }
#endif
  return static_cast<std::uint32_t>(std::popcount(mask));
}
/// The `index`-th thread of the set, counted from 0. Requires index < size of the set. The first
/// steps have no branch: which way a random index goes cannot be predicted.
constexpr std::uint32_t nth_of(ThreadMask mask, std::uint32_t index) {
  const auto drop_if = [&mask](bool drop) { mask &= mask - static_cast<ThreadMask>(drop); };
  drop_if(index > 0);
  drop_if(index > 1);
  drop_if(index > 2);
  for (; index > 3; --index) mask &= mask - 1;
  return first_of(mask);
}
/// Any of the set, all equally likely.
inline std::uint32_t pick_any(ThreadMask mask, Random& random) {
  return nth_of(mask, static_cast<std::uint32_t>(random.below(count_of(mask))));
}

/// Several threads can go on; or, for a strategy that sees every step, at least one.
struct Crossroads {
  ThreadMask ready = 0;            ///< who can take the next step; never empty
  std::uint32_t current = 0;       ///< who took the last one; possibly not ready
  std::uint32_t threads = 0;       ///< how many there are so far
  const NextStep* next = nullptr;  ///< by thread; meaningless for those that have finished
  ThreadMask devices = 0;          ///< those that stand for what happens by itself, later
};

/// The plain choice: the current thread goes on; if it cannot, the next one in order; devices only
/// when nobody else can.
constexpr std::uint32_t plain_pick(const Crossroads& at) {
  const ThreadMask first = (at.ready & ~at.devices) != 0 ? at.ready & ~at.devices : at.ready;
  if ((first & bit_of(at.current)) != 0) return at.current;
  const ThreadMask later = first & ~(bit_of(at.current) - 1);
  return first_of(later != 0 ? later : first);
}

/// Picking it takes the turn from a thread that could go on.
constexpr bool preempts(const Crossroads& at, std::uint32_t picked) {
  return picked != at.current && (at.ready & ~at.devices & bit_of(at.current)) != 0;
}

/// Whether the end of an execution may change what the strategy knows.
enum class Learn : std::uint8_t { no, yes };

class Strategy : public Chooser {
 public:
  /// How often faults strike when nothing better is known: most executions should get somewhere.
  static constexpr double fault_rate = 0.05;

  /// Which crossroads a strategy must see: where there is a choice, or all.
  enum class Sees : std::uint8_t { choices, steps };
  /// Whether executions may run side by side, in any process, or one after the other.
  enum class Order : std::uint8_t { any, sequential };

  explicit Strategy(Sees sees = Sees::choices, Order order = Order::any)
      : sees_(sees), order_(order) {}

  /// A new execution begins.
  virtual void begin(std::uint64_t seed) { random_ = Random(seed); }
  /// The thread that takes the next step, one of at.ready.
  virtual std::uint32_t pick(const Crossroads& at) = 0;
  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation) override {
    if (kind == ChoiceKind::fault) return random_.chance(fault_rate) ? 1 : 0;
    return static_cast<std::uint32_t>(random_.below(options));
  }
  // What orders steps besides conflicts. Told only to strategies that see every step.

  /// `thread` lets go of a lock.
  virtual void released(std::uint32_t /*thread*/, std::uint32_t /*object*/) {}
  /// `thread` lets go of a lock that it held for reading.
  virtual void released_shared(std::uint32_t /*thread*/, std::uint32_t /*object*/) {}
  /// `thread` has waited for `other`, or was started by it.
  virtual void joined(std::uint32_t /*thread*/, std::uint32_t /*other*/) {}
  /// The step just taken found its object closed to those who acquire it: they could not have come
  /// before it.
  virtual void found_closed(Closed /*to*/) {}
  virtual void end(Learn) {}

  /// When every pick is uniform: what it is drawn from, so that the caller may draw by itself.
  [[nodiscard]] virtual Random* uniform() { return nullptr; }
  /// Every execution there is, within the bound if it has one, has been run.
  [[nodiscard]] virtual bool exhausted() const { return false; }
  /// Executions were left out for the sake of a bound: those that were run are not all.
  [[nodiscard]] virtual bool bounded() const { return false; }
  /// The last execution was cut short because it repeats an earlier one: it does not count.
  [[nodiscard]] virtual bool redundant() const { return false; }
  /// What runs the next execution: the strategy itself, or the part of a portfolio.
  [[nodiscard]] virtual std::string_view name() const = 0;

  [[nodiscard]] Sees sees() const { return sees_; }
  [[nodiscard]] Order order() const { return order_; }

 protected:
  [[nodiscard]] Random& random() { return random_; }
  void set_sees(Sees sees) { sees_ = sees; }

 private:
  Random random_{0};
  Sees sees_;
  Order order_;
};

/// pick() may answer this: no further step is worth taking, the execution repeats another one.
inline constexpr std::uint32_t nobody = threads_max;

}  // namespace sim
