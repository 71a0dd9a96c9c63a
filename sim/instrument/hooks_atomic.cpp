// The compiler's hooks for atomic accesses. Values are sequentially consistent: what a load reads
// is what the last store in the order of steps wrote. The C++ memory orders decide what happens
// before what, and so what is a data race.

#include <cstdint>

#include "sim/instrument/hooks.hpp"

namespace {

using sim::Race;
using sim::Runtime;
using sim::StepKind;

constexpr int relaxed = 0;

/// Whether a write leaves another value. One that does not may be of a loop that waits.
enum class Changes : bool { no, yes };

/// Everything but the access itself.
class AtomicStep {
 public:
  [[gnu::always_inline]] AtomicStep(Runtime& runtime, StepKind kind, const volatile void* at,
                                    const void* pc)
      : runtime_(runtime), kind_(kind), at_(at), pc_(pc) {
    sim::active = nullptr;
    id_ = runtime.memory().id(at);
    runtime.point(kind, id_);
    if (sim::MemoryMap::is_heap_id(id_)) [[unlikely]]
      runtime.check_heap(at, kind == StepKind::load ? "reads" : "writes", pc);
  }
  ~AtomicStep() { sim::active = &runtime_; }
  AtomicStep(const AtomicStep&) = delete;
  AtomicStep& operator=(const AtomicStep&) = delete;

  [[gnu::always_inline]] void read(std::uint64_t value, int order) {
    if (runtime_.options().races) {
      Race race;
      sim::Cell& cell = runtime_.memory().cell_of(id_);
      if (runtime_.races().atomic_load(runtime_.current().id, cell, order, race)) [[unlikely]]
        runtime_.report_race(at_, race, false, pc_);
    }
    runtime_.done(kind_, id_, value, pc_);
    runtime_.spun(id_, value, pc_);
  }
  [[gnu::always_inline]] void wrote(std::uint64_t value, int order,
                                    Changes changes = Changes::yes) {
    if (runtime_.options().races) {
      Race race;
      sim::Cell& cell = runtime_.memory().cell_of(id_);
      const std::uint32_t self = runtime_.current().id;
      const bool met = kind_ == StepKind::store
                           ? runtime_.races().atomic_store(self, cell, order, race)
                           : runtime_.races().atomic_update(self, cell, order, race);
      if (met) [[unlikely]]
        runtime_.report_race(at_, race, true, pc_);
    }
    runtime_.done(kind_, id_, value, pc_);
    if (changes == Changes::yes)
      runtime_.wrote();
    else
      runtime_.spun(id_, value, pc_);
  }

 private:
  Runtime& runtime_;
  StepKind kind_;
  const volatile void* at_;
  const void* pc_;
  std::uint32_t id_;
};

/// What becomes part of the fingerprint.
template <class T>
std::uint64_t word_of(T value) {
  if constexpr (sizeof(T) > sizeof(std::uint64_t))
    return static_cast<std::uint64_t>(value) ^ static_cast<std::uint64_t>(value >> 64);
  else
    return static_cast<std::uint64_t>(value);
}

// When the program is not running. Sixteen bytes have no instructions but this one.

template <class T>
[[gnu::target("cx16")]] bool pass_compare(volatile T* at, T* expected, T desired) {
  if constexpr (sizeof(T) > sizeof(std::uint64_t)) {
    const T old = __sync_val_compare_and_swap(at, *expected, desired);
    if (old == *expected) return true;
    *expected = old;
    return false;
  } else {
    return __atomic_compare_exchange_n(at, expected, desired, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
  }
}
template <class T>
T pass_load(const volatile T* at) {
  if constexpr (sizeof(T) > sizeof(std::uint64_t)) {
    T value = 0;
    pass_compare(const_cast<volatile T*>(at), &value, value);
    return value;
  } else {
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);
  }
}
template <class T, class Change>
T pass_update(volatile T* at, Change change) {
  T old = pass_load(at);
  while (!pass_compare(at, &old, change(old))) {
  }
  return old;
}

template <class T>
T load(const volatile T* at, int order, const void* pc) {
  Runtime* const runtime = sim::active;
  if (runtime == nullptr) return pass_load(at);
  AtomicStep step(*runtime, StepKind::load, at, pc);
  const T value = *at;
  step.read(word_of(value), order);
  return value;
}

template <class T>
void store(volatile T* at, T value, int order, const void* pc) {
  Runtime* const runtime = sim::active;
  if (runtime == nullptr) {
    pass_update(at, [value](T) { return value; });
    return;
  }
  AtomicStep step(*runtime, StepKind::store, at, pc);
  *at = value;
  step.wrote(word_of(value), order);
}

template <class T, class Change>
T update(volatile T* at, int order, const void* pc, Change change) {
  Runtime* const runtime = sim::active;
  if (runtime == nullptr) return pass_update(at, change);
  AtomicStep step(*runtime, StepKind::update, at, pc);
  const T old = *at;
  const T now = change(old);
  *at = now;
  step.wrote(word_of(old), order, now != old ? Changes::yes : Changes::no);
  return old;
}

template <class T>
bool compare(volatile T* at, T* expected, T desired, int order, int fail_order, const void* pc) {
  Runtime* const runtime = sim::active;
  if (runtime == nullptr) return pass_compare(at, expected, desired);
  AtomicStep step(*runtime, StepKind::compare, at, pc);
  const T old = *at;
  if (old == *expected) {
    *at = desired;
    step.wrote(word_of(old), order);
    return true;
  }
  *expected = old;
  step.read(word_of(old), fail_order);
  return false;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the compiler's names
#define KEVSIM_UPDATE(bits, T, name, expression)                             \
  T __tsan_atomic##bits##_##name(volatile T* at, T value, int order) {       \
    return update<T>(at, order, KEVSIM_CALLER,                               \
                     [value](T old) { return static_cast<T>(expression); }); \
  }
#define KEVSIM_ATOMICS(bits, T)                                                                  \
  T __tsan_atomic##bits##_load(const volatile T* at, int order) {                                \
    return load<T>(at, order, KEVSIM_CALLER);                                                    \
  }                                                                                              \
  void __tsan_atomic##bits##_store(volatile T* at, T value, int order) {                         \
    store<T>(at, value, order, KEVSIM_CALLER);                                                   \
  }                                                                                              \
  KEVSIM_UPDATE(bits, T, exchange, (static_cast<void>(old), value))                              \
  KEVSIM_UPDATE(bits, T, fetch_add, old + value)                                                 \
  KEVSIM_UPDATE(bits, T, fetch_sub, old - value)                                                 \
  KEVSIM_UPDATE(bits, T, fetch_and, old& value)                                                  \
  KEVSIM_UPDATE(bits, T, fetch_or, old | value)                                                  \
  KEVSIM_UPDATE(bits, T, fetch_xor, old ^ value)                                                 \
  KEVSIM_UPDATE(bits, T, fetch_nand, ~(old & value))                                             \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile T* at, T* expected, T desired,      \
                                                    int order, int fail) {                       \
    return compare<T>(at, expected, desired, order, fail, KEVSIM_CALLER) ? 1 : 0;                \
  }                                                                                              \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile T* at, T* expected, T desired,        \
                                                  int order, int fail) {                         \
    return compare<T>(at, expected, desired, order, fail, KEVSIM_CALLER) ? 1 : 0;                \
  }                                                                                              \
  T __tsan_atomic##bits##_compare_exchange_val(volatile T* at, T expected, T desired, int order, \
                                               int fail) {                                       \
    compare<T>(at, &expected, desired, order, fail, KEVSIM_CALLER);                              \
    return expected;                                                                             \
  }

extern "C" {

KEVSIM_ATOMICS(8, std::uint8_t)
KEVSIM_ATOMICS(16, std::uint16_t)
KEVSIM_ATOMICS(32, std::uint32_t)
KEVSIM_ATOMICS(64, std::uint64_t)
KEVSIM_ATOMICS(128, sim::Uint128)

void __tsan_atomic_thread_fence(int order) {
  Runtime* const runtime = sim::active;
  if (runtime == nullptr || order == relaxed) return;
  sim::active = nullptr;
  if (runtime->options().races) runtime->races().fence(runtime->current().id, order);
  runtime->done(StepKind::fence, 0, static_cast<std::uint64_t>(order), KEVSIM_CALLER);
  sim::active = runtime;
}
void __tsan_atomic_signal_fence(int) {}
}
// NOLINTEND(bugprone-reserved-identifier)
