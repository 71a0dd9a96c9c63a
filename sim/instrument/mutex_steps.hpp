#pragma once
// Taking a mutex and letting go of it, in the frames of the hooks: what a program does most should
// cost least. The rare cases are in locks.cpp.

#include "sim/instrument/runtime.hpp"
#include "sim/instrument/sync_objects.hpp"

namespace sim {

/// Happens-before through an object at an address, when races are looked for.
void acquire_clock(Runtime& runtime, const volatile void* at);
void release_clock(Runtime& runtime, const volatile void* at);
inline void acquire_object(Runtime& runtime, const volatile void* at) {
  if (runtime.options().races) acquire_clock(runtime, at);
}
inline void release_object(Runtime& runtime, const volatile void* at) {
  if (runtime.options().races) release_clock(runtime, at);
}

/// Says that the thread waits, should it come to that.
inline void prepare_wait(Runtime& runtime, StepKind kind, const void* on, std::uint32_t object) {
  SimThread& self = runtime.current();
  self.waiting_kind = kind;
  self.waiting_on = on;
  self.waiting_id = object;
}

inline void check_object(Runtime& runtime, std::uint32_t id, const void* at, const char* what,
                         const void* pc) {
  if (MemoryMap::is_heap_id(id)) [[unlikely]]
    runtime.check_heap(at, what, pc);
}

inline bool is_mine(Runtime& runtime, const UserMutex& mutex) {
  return mutex.owner == runtime.current().id + 1;
}

inline void take(Runtime& runtime, UserMutex& mutex, std::uint32_t id) {
  mutex.owner = runtime.current().id + 1;
  mutex.depth = 1;
  runtime.set_waiting(mutex.pending);
  acquire_object(runtime, &mutex);
  runtime.lock_taken(id);
}

inline void give_up(Runtime& runtime, UserMutex& mutex, std::uint32_t id) {
  release_object(runtime, &mutex);
  if (runtime.sees_steps()) runtime.strategy()->released(runtime.current().id, id);
  mutex.owner = 0;
  mutex.depth = 0;
  runtime.set_ready(mutex.pending);
  runtime.lock_released(id);
}

/// Waits for its turn to take the mutex, as any other thread that wants it.
[[gnu::always_inline]] inline void queue_for(Runtime& runtime, UserMutex& mutex, std::uint32_t id) {
  const ThreadMask self = bit_of(runtime.current().id);
  prepare_wait(runtime, StepKind::lock, &mutex, id);
  if (mutex.owner != 0) runtime.set_waiting(self);
  mutex.pending |= self;
  runtime.point(StepKind::lock, id);
  mutex.pending &= ~self;
}

/// What the caller's own mutex answers when it is locked again; nothing: it waits for ever.
bool lock_again(UserMutex& mutex, int& result);
int unlock_not_mine(Runtime& runtime, UserMutex& mutex, std::uint32_t id, const void* pc);

[[gnu::always_inline]] inline int lock_mutex(Runtime& runtime, UserMutex& mutex, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&mutex);
  int result = 0;
  if (is_mine(runtime, mutex) && lock_again(mutex, result)) [[unlikely]]
    return result;
  queue_for(runtime, mutex, id);
  check_object(runtime, id, &mutex, "locks", pc);
  take(runtime, mutex, id);
  runtime.done(StepKind::lock, id, 0, pc);
  runtime.wrote();
  return 0;
}

[[gnu::always_inline]] inline int unlock_mutex(Runtime& runtime, UserMutex& mutex, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&mutex);
  check_object(runtime, id, &mutex, "unlocks", pc);
  if (!is_mine(runtime, mutex)) [[unlikely]]
    return unlock_not_mine(runtime, mutex, id, pc);
  if (mutex.depth > 1) [[unlikely]] {
    --mutex.depth;
    return 0;
  }
  if (runtime.options().unlock_is_step) runtime.point(StepKind::unlock, id);
  give_up(runtime, mutex, id);
  runtime.done(StepKind::unlock, id, 0, pc);
  runtime.wrote();
  return 0;
}

}  // namespace sim
