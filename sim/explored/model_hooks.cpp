// The compiler's hooks in the code under test: what CMakeLists.txt puts in the place of __tsan_*
// and of operator new and delete there, and only there. Values are sequentially consistent, memory
// orders decide what happens before what.

#include <cstdlib>
#include <cstring>
#include <new>

#include "sim/explored/model_access.hpp"

#define KEVSIM_CALLER __builtin_return_address(0)

namespace {

using sim::Access;
using sim::AtomicKind;
using sim::model_watch;
using sim::ModelWatch;

template <Access how, std::size_t size>
void access(const volatile void* at, const void* pc) {
  if (model_watch != nullptr) model_watch->access<how, size>(at, size, pc);
}
template <Access how>
void access_range(const volatile void* at, std::size_t bytes, const void* pc) {
  if (model_watch != nullptr && bytes != 0)
    model_watch->access<how, ModelWatch::any_size>(at, bytes, pc);
}

void before(AtomicKind kind, const volatile void* at, const void* pc) {
  if (model_watch != nullptr) model_watch->before_atomic(kind, at, pc);
}
template <class T>
void after(AtomicKind kind, const volatile T* at, int order, const void* pc) {
  if (model_watch == nullptr) return;
  model_watch->tell_value(static_cast<std::int64_t>(*at));
  model_watch->after_atomic(kind, at, order, pc);
}

template <class T>
T load(const volatile T* at, int order, const void* pc) {
  before(AtomicKind::load, at, pc);
  const T value = *at;
  after(AtomicKind::load, at, order, pc);
  return value;
}

template <class T>
void store(volatile T* at, T value, int order, const void* pc) {
  before(AtomicKind::store, at, pc);
  *at = value;
  after(AtomicKind::store, at, order, pc);
}

template <class T, class Change>
T update(volatile T* at, int order, const void* pc, Change change) {
  before(AtomicKind::update, at, pc);
  const T old = *at;
  *at = change(old);
  after(AtomicKind::update, at, order, pc);
  return old;
}

template <class T>
bool compare(volatile T* at, T* expected, T desired, int order, int fail_order, const void* pc) {
  before(AtomicKind::compare, at, pc);
  const T old = *at;
  const bool equal = old == *expected;
  if (equal)
    *at = desired;
  else
    *expected = old;
  after(equal ? AtomicKind::compare : AtomicKind::load, at, equal ? order : fail_order, pc);
  return equal;
}

void* allocate(std::size_t bytes, const void* pc) {
  constexpr std::size_t alignment = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
  void* block = model_watch != nullptr ? model_watch->allocate(bytes, alignment, pc) : nullptr;
  return block != nullptr ? block : ::operator new(bytes);
}
void* allocate_aligned(std::size_t bytes, std::align_val_t alignment, const void* pc) {
  const auto aligned = static_cast<std::size_t>(alignment);
  void* block = model_watch != nullptr ? model_watch->allocate(bytes, aligned, pc) : nullptr;
  return block != nullptr ? block : ::operator new(bytes, alignment);
}

bool release(void* block, const void* pc) {
  return block == nullptr || (model_watch != nullptr && model_watch->free(block, pc));
}

}  // namespace

// NOLINTBEGIN(misc-use-internal-linkage): called from the code under test, by name
extern "C" {

#define KEVSIM_ACCESS(name, bytes, how)    \
  void kevsim_model_##name(void* at) {     \
    access<how, bytes>(at, KEVSIM_CALLER); \
  }
#define KEVSIM_ACCESSES(bytes)                              \
  KEVSIM_ACCESS(read##bytes, bytes, Access::read)           \
  KEVSIM_ACCESS(write##bytes, bytes, Access::write)         \
  KEVSIM_ACCESS(unaligned_read##bytes, bytes, Access::read) \
  KEVSIM_ACCESS(unaligned_write##bytes, bytes, Access::write)

KEVSIM_ACCESSES(1)
KEVSIM_ACCESSES(2)
KEVSIM_ACCESSES(4)
KEVSIM_ACCESSES(8)
KEVSIM_ACCESSES(16)

void kevsim_model_init() {}
void kevsim_model_func_entry(void* pc) {
  if (model_watch != nullptr) model_watch->enter_function(pc);
}
void kevsim_model_func_exit() {
  if (model_watch != nullptr) model_watch->leave_function();
}
void kevsim_model_read_range(void* at, std::size_t bytes) {
  access_range<Access::read>(at, bytes, KEVSIM_CALLER);
}
void kevsim_model_write_range(void* at, std::size_t bytes) {
  access_range<Access::write>(at, bytes, KEVSIM_CALLER);
}
void kevsim_model_vptr_update(void** at, void* value) {
  // Constructors and destructors of a hierarchy set the same pointer again and again.
  if (*at != value) access<Access::write, sizeof(void*)>(at, KEVSIM_CALLER);
}
void kevsim_model_vptr_read(void** at) {
  access<Access::read, sizeof(void*)>(at, KEVSIM_CALLER);
}

void* kevsim_model_memcpy(void* to, const void* from, std::size_t bytes) {
  access_range<Access::read>(from, bytes, KEVSIM_CALLER);
  access_range<Access::write>(to, bytes, KEVSIM_CALLER);
  return std::memcpy(to, from, bytes);
}
void* kevsim_model_memmove(void* to, const void* from, std::size_t bytes) {
  access_range<Access::read>(from, bytes, KEVSIM_CALLER);
  access_range<Access::write>(to, bytes, KEVSIM_CALLER);
  return std::memmove(to, from, bytes);
}
void* kevsim_model_memset(void* to, int value, std::size_t bytes) {
  access_range<Access::write>(to, bytes, KEVSIM_CALLER);
  return std::memset(to, value, bytes);
}

#define KEVSIM_UPDATE(bits, T, name, expression)                             \
  T kevsim_model_atomic##bits##_##name(volatile T* at, T value, int order) { \
    return update<T>(at, order, KEVSIM_CALLER,                               \
                     [value](T old) { return static_cast<T>(expression); }); \
  }
#define KEVSIM_ATOMICS(bits, T)                                                                   \
  T kevsim_model_atomic##bits##_load(const volatile T* at, int order) {                           \
    return load<T>(at, order, KEVSIM_CALLER);                                                     \
  }                                                                                               \
  void kevsim_model_atomic##bits##_store(volatile T* at, T value, int order) {                    \
    store<T>(at, value, order, KEVSIM_CALLER);                                                    \
  }                                                                                               \
  KEVSIM_UPDATE(bits, T, exchange, (static_cast<void>(old), value))                               \
  KEVSIM_UPDATE(bits, T, fetch_add, old + value)                                                  \
  KEVSIM_UPDATE(bits, T, fetch_sub, old - value)                                                  \
  KEVSIM_UPDATE(bits, T, fetch_and, old& value)                                                   \
  KEVSIM_UPDATE(bits, T, fetch_or, old | value)                                                   \
  KEVSIM_UPDATE(bits, T, fetch_xor, old ^ value)                                                  \
  int kevsim_model_atomic##bits##_compare_exchange_strong(volatile T* at, T* expected, T desired, \
                                                          int order, int fail) {                  \
    return compare<T>(at, expected, desired, order, fail, KEVSIM_CALLER) ? 1 : 0;                 \
  }                                                                                               \
  int kevsim_model_atomic##bits##_compare_exchange_weak(volatile T* at, T* expected, T desired,   \
                                                        int order, int fail) {                    \
    return compare<T>(at, expected, desired, order, fail, KEVSIM_CALLER) ? 1 : 0;                 \
  }                                                                                               \
  T kevsim_model_atomic##bits##_compare_exchange_val(volatile T* at, T expected, T desired,       \
                                                     int order, int fail) {                       \
    compare<T>(at, &expected, desired, order, fail, KEVSIM_CALLER);                               \
    return expected;                                                                              \
  }

KEVSIM_ATOMICS(8, std::uint8_t)
KEVSIM_ATOMICS(16, std::uint16_t)
KEVSIM_ATOMICS(32, std::uint32_t)
KEVSIM_ATOMICS(64, std::uint64_t)

void kevsim_model_atomic_thread_fence(int order) {
  if (model_watch != nullptr) model_watch->fence(order);
}
void kevsim_model_atomic_signal_fence(int) {}

void* kevsim_model_new(std::size_t bytes) {
  return allocate(bytes, KEVSIM_CALLER);
}
void* kevsim_model_new_aligned(std::size_t bytes, std::align_val_t alignment) {
  return allocate_aligned(bytes, alignment, KEVSIM_CALLER);
}
void kevsim_model_delete(void* block) {
  if (!release(block, KEVSIM_CALLER)) ::operator delete(block);
}
void kevsim_model_delete_sized(void* block, std::size_t) {
  if (!release(block, KEVSIM_CALLER)) ::operator delete(block);
}
void kevsim_model_delete_aligned(void* block, std::align_val_t alignment) {
  if (!release(block, KEVSIM_CALLER)) ::operator delete(block, alignment);
}
void kevsim_model_delete_sized_aligned(void* block, std::size_t, std::align_val_t alignment) {
  if (!release(block, KEVSIM_CALLER)) ::operator delete(block, alignment);
}
}
// NOLINTEND(misc-use-internal-linkage)
