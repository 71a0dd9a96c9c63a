// The compiler's hooks for plain accesses, as -fsanitize=thread of g++ and clang emits them.

#include <cstdint>
#include <cstring>

#include "sim/instrument/hooks.hpp"

namespace {

/// Others may take steps before the access.
void plain_step(sim::Runtime& runtime, const volatile void* at, bool write, const void* pc) {
  if (runtime.is_own_local(at)) return;
  const sim::StepKind kind = write ? sim::StepKind::write : sim::StepKind::read;
  const std::uint32_t id = runtime.memory().id(at);
  runtime.point(kind, id);
  if (runtime.memory().in_heap(at)) runtime.check_heap(at, write ? "writes" : "reads", pc);
  runtime.done(kind, id, 0, pc);
  if (write)
    runtime.wrote();
  else
    runtime.spun(id, 0, pc);
}

[[gnu::always_inline]] inline void watched(sim::Runtime& runtime, const volatile void* at,
                                           std::size_t bytes, bool write, const void* pc) {
  sim::MemoryMap& memory = runtime.memory();
  if (memory.is_foreign(at) && memory.is_machine_local(at)) return;
  sim::active = nullptr;
  if (memory.in_heap(at)) runtime.check_heap(at, write ? "writes" : "reads", pc);
  if (runtime.options().plain_points) [[unlikely]]
    plain_step(runtime, at, write, pc);
  else
    runtime.note_access(at, write, pc);
  if (runtime.options().races) runtime.check_race(at, bytes, write, pc);
  sim::active = &runtime;
}

// Not in line: most accesses are not watched, and those need no registers saved.
template <std::size_t bytes, bool write>
[[gnu::noinline]] void watched_word(sim::Runtime& runtime, const volatile void* at,
                                    const void* pc) {
  watched(runtime, at, bytes, write, pc);
}

template <std::size_t bytes, bool write>
[[gnu::always_inline]] inline void access(const volatile void* at, const void* pc) {
  sim::Runtime* const runtime = sim::active;
  if (runtime != nullptr && runtime->watches(at)) watched_word<bytes, write>(*runtime, at, pc);
}

template <bool write>
void range(const volatile void* at, std::size_t bytes, const void* pc) {
  if (bytes == 0) return;
  access<1, write>(static_cast<const volatile char*>(at) + bytes - 1, pc);
  sim::Runtime* const runtime = sim::active;
  if (runtime != nullptr && runtime->watches(at)) watched(*runtime, at, bytes, write, pc);
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the compiler's names
#define KEVSIM_ACCESS(name, bytes, write)    \
  extern "C" void __tsan_##name(void* at) {  \
    access<bytes, write>(at, KEVSIM_CALLER); \
  }
#define KEVSIM_ACCESSES(bytes)                                \
  KEVSIM_ACCESS(read##bytes, bytes, false)                    \
  KEVSIM_ACCESS(write##bytes, bytes, true)                    \
  KEVSIM_ACCESS(unaligned_read##bytes, bytes, false)          \
  KEVSIM_ACCESS(unaligned_write##bytes, bytes, true)          \
  KEVSIM_ACCESS(volatile_read##bytes, bytes, false)           \
  KEVSIM_ACCESS(volatile_write##bytes, bytes, true)           \
  KEVSIM_ACCESS(unaligned_volatile_read##bytes, bytes, false) \
  KEVSIM_ACCESS(unaligned_volatile_write##bytes, bytes, true) \
  KEVSIM_ACCESS(read_write##bytes, bytes, true)               \
  KEVSIM_ACCESS(unaligned_read_write##bytes, bytes, true)

KEVSIM_ACCESSES(1)
KEVSIM_ACCESSES(2)
KEVSIM_ACCESSES(4)
KEVSIM_ACCESSES(8)
KEVSIM_ACCESSES(16)

extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_ignore_thread_begin() {}
void __tsan_ignore_thread_end() {}

void __tsan_read_range(void* at, std::size_t bytes) {
  range<false>(at, bytes, KEVSIM_CALLER);
}
void __tsan_write_range(void* at, std::size_t bytes) {
  range<true>(at, bytes, KEVSIM_CALLER);
}

void __tsan_vptr_update(void** at, void* value) {
  // Constructors and destructors of a hierarchy set the same pointer again and again.
  if (*at != value) access<sizeof(void*), true>(at, KEVSIM_CALLER);
}
void __tsan_vptr_read(void** at) {
  access<sizeof(void*), false>(at, KEVSIM_CALLER);
}

void* __tsan_memcpy(void* to, const void* from, std::size_t bytes) {
  range<false>(from, bytes, KEVSIM_CALLER);
  range<true>(to, bytes, KEVSIM_CALLER);
  return std::memcpy(to, from, bytes);
}
void* __tsan_memmove(void* to, const void* from, std::size_t bytes) {
  range<false>(from, bytes, KEVSIM_CALLER);
  range<true>(to, bytes, KEVSIM_CALLER);
  return std::memmove(to, from, bytes);
}
void* __tsan_memset(void* to, int value, std::size_t bytes) {
  range<true>(to, bytes, KEVSIM_CALLER);
  return std::memset(to, value, bytes);
}

void* __wrap_memcpy(void* to, const void* from, std::size_t bytes) {
  return __tsan_memcpy(to, from, bytes);
}
void* __wrap_memmove(void* to, const void* from, std::size_t bytes) {
  return __tsan_memmove(to, from, bytes);
}
void* __wrap_memset(void* to, int value, std::size_t bytes) {
  return __tsan_memset(to, value, bytes);
}
}
// NOLINTEND(bugprone-reserved-identifier)
