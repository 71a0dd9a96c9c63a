#pragma once
// How the program's own synchronisation objects are used: our state lies in the bytes of its
// pthread_mutex_t and so on, which the program only ever initialises. All zero is the initial
// state, as it is for glibc's static initialisers. A mutex keeps its kind where glibc has it.

#include <pthread.h>
#include <semaphore.h>

#include <cstddef>
#include <cstdint>

#include "sim/schedule/strategy.hpp"

namespace sim {

struct UserMutex {
  std::uint32_t owner;  ///< thread + 1
  std::uint32_t depth;  ///< of a recursive one
  ThreadMask pending;   ///< threads whose next step is to take it
  int kind;
};
static_assert(sizeof(UserMutex) <= sizeof(pthread_mutex_t));
static_assert(offsetof(UserMutex, kind) == 16);

struct UserCondition {
  ThreadMask waiters;
};
static_assert(sizeof(UserCondition) <= sizeof(pthread_cond_t));

struct UserRwLock {
  std::uint32_t writer;  ///< thread + 1
  std::uint32_t unused;
  ThreadMask readers;
  ThreadMask pending_readers;
  ThreadMask pending_writers;
  /// How often a thread holds it for reading, beyond once: a bit of the number in each.
  ThreadMask more[2];
};
/// Beyond this many times a thread's holds are not counted.
inline constexpr std::uint32_t read_holds_max = 4;
static_assert(sizeof(UserRwLock) <= sizeof(pthread_rwlock_t));

struct UserSemaphore {
  std::uint32_t value;
  std::uint32_t unused;
  ThreadMask pending;
};
static_assert(sizeof(UserSemaphore) <= sizeof(sem_t));

struct UserBarrier {
  std::uint32_t count;
  std::uint32_t arrived;
  ThreadMask waiters;
};
static_assert(sizeof(UserBarrier) <= sizeof(pthread_barrier_t));

/// pthread_once_t and the guard of a function's static variable are four bytes of state.
enum class OnceState : int { fresh = 0, running = 1, done = 2 };

}  // namespace sim
