// pthread functions of an explored program.

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include <cerrno>
#include <mutex>

#include "sim/instrument/hook_time.hpp"
#include "sim/instrument/hooks.hpp"
#include "sim/instrument/locks.hpp"

namespace {

/// Handles are thread + 1: never null.
sim::SimThread* thread_of(sim::Runtime& runtime, pthread_t handle) {
  return handle >= 1 && handle <= runtime.threads()
             ? &runtime.thread(static_cast<std::uint32_t>(handle - 1))
             : nullptr;
}

template <class User, class Theirs>
User& as(Theirs* object) {
  return *reinterpret_cast<User*>(object);
}

template <class User, class Theirs>
int zero(Theirs* object) {
  as<User>(object) = {};
  return 0;
}

/// A wait that is over at once, one way or the other: to wait longer is to take the step later.
int timed(sim::Runtime& runtime, int error, const timespec& until) {
  if (error == 0) return 0;
  runtime.time_out(sim::instant_of(until));
  return ETIMEDOUT;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
extern "C" {

int __wrap_pthread_create(pthread_t* handle, const pthread_attr_t* attributes,
                          void* (*start)(void*), void* argument) {
  KEVSIM_HOOK(pthread_create, handle, attributes, start, argument);
  *handle = runtime.threads() + 1;
  const std::uint32_t id = runtime.create(start, argument);
  int state = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) pthread_attr_getdetachstate(attributes, &state);
  runtime.thread(id).detached = state == PTHREAD_CREATE_DETACHED;
  return 0;
}

int __wrap_pthread_join(pthread_t handle, void** result) {
  KEVSIM_HOOK(pthread_join, handle, result);
  if (thread_of(runtime, handle) == nullptr) return ESRCH;
  void* const value = runtime.join(static_cast<std::uint32_t>(handle - 1));
  if (result != nullptr) *result = value;
  return 0;
}

int __wrap_pthread_detach(pthread_t handle) {
  KEVSIM_HOOK(pthread_detach, handle);
  sim::SimThread* const thread = thread_of(runtime, handle);
  if (thread == nullptr) return ESRCH;
  thread->detached = true;
  return 0;
}

pthread_t __wrap_pthread_self() {
  KEVSIM_HOOK(pthread_self);
  return runtime.current().id + 1;
}

void __wrap_pthread_exit(void* result) {
  if (sim::active == nullptr) sim::original<decltype(pthread_exit)>("pthread_exit")(result);
  sim::Runtime& runtime = *sim::active;
  runtime.run_exit_handlers();
  sim::active = nullptr;
  runtime.finish(result);
}

int __wrap_pthread_mutex_init(pthread_mutex_t* mutex, const pthread_mutexattr_t* attributes) {
  KEVSIM_HOOK(pthread_mutex_init, mutex, attributes);
  int kind = PTHREAD_MUTEX_NORMAL;
  if (attributes != nullptr) pthread_mutexattr_gettype(attributes, &kind);
  zero<sim::UserMutex>(mutex);
  as<sim::UserMutex>(mutex).kind = kind;
  return 0;
}
int __wrap_pthread_mutex_destroy(pthread_mutex_t* mutex) {
  KEVSIM_HOOK(pthread_mutex_destroy, mutex);
  return as<sim::UserMutex>(mutex).owner != 0 ? EBUSY : 0;
}
int __wrap_pthread_mutex_lock(pthread_mutex_t* mutex) {
  KEVSIM_HOOK(pthread_mutex_lock, mutex);
  return lock_mutex(runtime, as<sim::UserMutex>(mutex), KEVSIM_CALLER);
}
int __wrap_pthread_mutex_trylock(pthread_mutex_t* mutex) {
  KEVSIM_HOOK(pthread_mutex_trylock, mutex);
  return try_lock_mutex(runtime, as<sim::UserMutex>(mutex), KEVSIM_CALLER);
}
/// The time is over whenever the lock is not free.
int __wrap_pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) {
  KEVSIM_HOOK(pthread_mutex_timedlock, mutex, until);
  return timed(runtime, try_lock_mutex(runtime, as<sim::UserMutex>(mutex), KEVSIM_CALLER), *until);
}
int __wrap_pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
  KEVSIM_HOOK(pthread_mutex_clocklock, mutex, clock, until);
  return timed(runtime, try_lock_mutex(runtime, as<sim::UserMutex>(mutex), KEVSIM_CALLER), *until);
}
int __wrap_pthread_mutex_unlock(pthread_mutex_t* mutex) {
  KEVSIM_HOOK(pthread_mutex_unlock, mutex);
  return unlock_mutex(runtime, as<sim::UserMutex>(mutex), KEVSIM_CALLER);
}

int __wrap_pthread_spin_init(pthread_spinlock_t* lock, int shared) {
  KEVSIM_HOOK(pthread_spin_init, lock, shared);
  *lock = 0;
  return 0;
}
int __wrap_pthread_spin_destroy(pthread_spinlock_t*) {
  return 0;
}
int __wrap_pthread_spin_lock(pthread_spinlock_t* lock) {
  KEVSIM_HOOK(pthread_spin_lock, lock);
  return lock_spin(runtime, *lock, KEVSIM_CALLER);
}
int __wrap_pthread_spin_trylock(pthread_spinlock_t* lock) {
  KEVSIM_HOOK(pthread_spin_trylock, lock);
  return try_lock_spin(runtime, *lock, KEVSIM_CALLER);
}
int __wrap_pthread_spin_unlock(pthread_spinlock_t* lock) {
  KEVSIM_HOOK(pthread_spin_unlock, lock);
  return unlock_spin(runtime, *lock, KEVSIM_CALLER);
}

int __wrap_pthread_cond_init(pthread_cond_t* condition, const pthread_condattr_t* attributes) {
  KEVSIM_HOOK(pthread_cond_init, condition, attributes);
  return zero<sim::UserCondition>(condition);
}
int __wrap_pthread_cond_destroy(pthread_cond_t* condition) {
  KEVSIM_HOOK(pthread_cond_destroy, condition);
  return 0;
}
int __wrap_pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  KEVSIM_HOOK(pthread_cond_wait, condition, mutex);
  return wait_condition(runtime, as<sim::UserCondition>(condition), as<sim::UserMutex>(mutex),
                        KEVSIM_CALLER);
}
int __wrap_pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                  const timespec* until) {
  KEVSIM_HOOK(pthread_cond_timedwait, condition, mutex, until);
  return wait_condition_timed(runtime, as<sim::UserCondition>(condition), as<sim::UserMutex>(mutex),
                              sim::instant_of(*until), KEVSIM_CALLER);
}
int __wrap_pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                  clockid_t clock, const timespec* until) {
  KEVSIM_HOOK(pthread_cond_clockwait, condition, mutex, clock, until);
  return wait_condition_timed(runtime, as<sim::UserCondition>(condition), as<sim::UserMutex>(mutex),
                              sim::instant_of(*until), KEVSIM_CALLER);
}
int __wrap_pthread_cond_signal(pthread_cond_t* condition) {
  KEVSIM_HOOK(pthread_cond_signal, condition);
  signal_condition(runtime, as<sim::UserCondition>(condition), KEVSIM_CALLER);
  return 0;
}
int __wrap_pthread_cond_broadcast(pthread_cond_t* condition) {
  KEVSIM_HOOK(pthread_cond_broadcast, condition);
  broadcast_condition(runtime, as<sim::UserCondition>(condition), KEVSIM_CALLER);
  return 0;
}

int __wrap_pthread_rwlock_init(pthread_rwlock_t* lock, const pthread_rwlockattr_t* attributes) {
  KEVSIM_HOOK(pthread_rwlock_init, lock, attributes);
  return zero<sim::UserRwLock>(lock);
}
int __wrap_pthread_rwlock_destroy(pthread_rwlock_t* lock) {
  KEVSIM_HOOK(pthread_rwlock_destroy, lock);
  return 0;
}
int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  KEVSIM_HOOK(pthread_rwlock_rdlock, lock);
  return read_lock(runtime, as<sim::UserRwLock>(lock), KEVSIM_CALLER);
}
int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  KEVSIM_HOOK(pthread_rwlock_wrlock, lock);
  return write_lock(runtime, as<sim::UserRwLock>(lock), KEVSIM_CALLER);
}
int __wrap_pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) {
  KEVSIM_HOOK(pthread_rwlock_tryrdlock, lock);
  return try_read_lock(runtime, as<sim::UserRwLock>(lock), KEVSIM_CALLER);
}
int __wrap_pthread_rwlock_trywrlock(pthread_rwlock_t* lock) {
  KEVSIM_HOOK(pthread_rwlock_trywrlock, lock);
  return try_write_lock(runtime, as<sim::UserRwLock>(lock), KEVSIM_CALLER);
}
int __wrap_pthread_rwlock_timedrdlock(pthread_rwlock_t* lock, const timespec* until) {
  KEVSIM_HOOK(pthread_rwlock_timedrdlock, lock, until);
  return timed(runtime, try_read_lock(runtime, as<sim::UserRwLock>(lock), KEVSIM_CALLER), *until);
}
int __wrap_pthread_rwlock_timedwrlock(pthread_rwlock_t* lock, const timespec* until) {
  KEVSIM_HOOK(pthread_rwlock_timedwrlock, lock, until);
  return timed(runtime, try_write_lock(runtime, as<sim::UserRwLock>(lock), KEVSIM_CALLER), *until);
}
int __wrap_pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                                      const timespec* until) {
  KEVSIM_HOOK(pthread_rwlock_clockrdlock, lock, clock, until);
  return timed(runtime, try_read_lock(runtime, as<sim::UserRwLock>(lock), KEVSIM_CALLER), *until);
}
int __wrap_pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                                      const timespec* until) {
  KEVSIM_HOOK(pthread_rwlock_clockwrlock, lock, clock, until);
  return timed(runtime, try_write_lock(runtime, as<sim::UserRwLock>(lock), KEVSIM_CALLER), *until);
}
int __wrap_pthread_rwlock_unlock(pthread_rwlock_t* lock) {
  KEVSIM_HOOK(pthread_rwlock_unlock, lock);
  return unlock_rw(runtime, as<sim::UserRwLock>(lock), KEVSIM_CALLER);
}

int __wrap_pthread_barrier_init(pthread_barrier_t* barrier, const pthread_barrierattr_t* attributes,
                                unsigned count) {
  KEVSIM_HOOK(pthread_barrier_init, barrier, attributes, count);
  zero<sim::UserBarrier>(barrier);
  as<sim::UserBarrier>(barrier).count = count;
  return count == 0 ? EINVAL : 0;
}
int __wrap_pthread_barrier_destroy(pthread_barrier_t* barrier) {
  KEVSIM_HOOK(pthread_barrier_destroy, barrier);
  return 0;
}
int __wrap_pthread_barrier_wait(pthread_barrier_t* barrier) {
  KEVSIM_HOOK(pthread_barrier_wait, barrier);
  return wait_barrier(runtime, as<sim::UserBarrier>(barrier), KEVSIM_CALLER)
             ? PTHREAD_BARRIER_SERIAL_THREAD
             : 0;
}

int __wrap_pthread_once(pthread_once_t* once, void (*initialise)()) {
  KEVSIM_HOOK(pthread_once, once, initialise);
  auto& state = as<sim::OnceState>(once);
  // std::call_once leaves what is to be called in variables of the machine's thread, which is that
  // of all the program's.
  void* const callable = std::__once_callable;
  void (*const call)() = std::__once_call;
  if (!begin_once(runtime, state, KEVSIM_CALLER)) return 0;
  std::__once_callable = callable;
  std::__once_call = call;
  sim::active = &runtime;
  try {
    initialise();
  } catch (...) {
    sim::active = nullptr;
    end_once(runtime, state, sim::OnceState::fresh, KEVSIM_CALLER);
    throw;
  }
  sim::active = nullptr;
  end_once(runtime, state, sim::OnceState::done, KEVSIM_CALLER);
  return 0;
}

int __wrap_sem_init(sem_t* semaphore, int shared, unsigned value) {
  KEVSIM_HOOK(sem_init, semaphore, shared, value);
  zero<sim::UserSemaphore>(semaphore);
  as<sim::UserSemaphore>(semaphore).value = value;
  return 0;
}
int __wrap_sem_destroy(sem_t* semaphore) {
  KEVSIM_HOOK(sem_destroy, semaphore);
  return 0;
}
int __wrap_sem_wait(sem_t* semaphore) {
  KEVSIM_HOOK(sem_wait, semaphore);
  wait_semaphore(runtime, as<sim::UserSemaphore>(semaphore), KEVSIM_CALLER);
  return 0;
}
int __wrap_sem_trywait(sem_t* semaphore) {
  KEVSIM_HOOK(sem_trywait, semaphore);
  if (try_wait_semaphore(runtime, as<sim::UserSemaphore>(semaphore), KEVSIM_CALLER)) return 0;
  errno = EAGAIN;
  return -1;
}
int __wrap_sem_timedwait(sem_t* semaphore, const timespec* until) {
  KEVSIM_HOOK(sem_timedwait, semaphore, until);
  if (try_wait_semaphore(runtime, as<sim::UserSemaphore>(semaphore), KEVSIM_CALLER)) return 0;
  errno = timed(runtime, ETIMEDOUT, *until);
  return -1;
}
int __wrap_sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  KEVSIM_HOOK(sem_clockwait, semaphore, clock, until);
  if (try_wait_semaphore(runtime, as<sim::UserSemaphore>(semaphore), KEVSIM_CALLER)) return 0;
  errno = timed(runtime, ETIMEDOUT, *until);
  return -1;
}
int __wrap_sem_post(sem_t* semaphore) {
  KEVSIM_HOOK(sem_post, semaphore);
  post_semaphore(runtime, as<sim::UserSemaphore>(semaphore), KEVSIM_CALLER);
  return 0;
}
int __wrap_sem_getvalue(sem_t* semaphore, int* value) {
  KEVSIM_HOOK(sem_getvalue, semaphore, value);
  *value = static_cast<int>(value_of(runtime, as<sim::UserSemaphore>(semaphore), KEVSIM_CALLER));
  return 0;
}
}
// NOLINTEND(bugprone-reserved-identifier)
