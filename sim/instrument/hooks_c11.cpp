// <threads.h> of C11, in glibc a thin layer over POSIX threads, and so here: the same objects with
// other names and results.

#include <threads.h>

#include <cerrno>
#include <cstdint>

#include "sim/instrument/hook_time.hpp"
#include "sim/instrument/hooks.hpp"
#include "sim/instrument/locks.hpp"

namespace {

template <class User, class Theirs>
User& as(Theirs* object) {
  static_assert(sizeof(User) <= sizeof(Theirs));
  return *reinterpret_cast<User*>(object);
}

int answer(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case EBUSY:
      return thrd_busy;
    case ETIMEDOUT:
      return thrd_timedout;
    default:
      return thrd_error;
  }
}

/// Handles are thread + 1, as for POSIX threads.
bool is_thread(const sim::Runtime& runtime, thrd_t handle) {
  return handle >= 1 && handle <= runtime.threads();
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
extern "C" {

int __wrap_pthread_key_create(pthread_key_t* key, void (*destroy)(void*));
int __wrap_pthread_key_delete(pthread_key_t key);
void* __wrap_pthread_getspecific(pthread_key_t key);
int __wrap_pthread_setspecific(pthread_key_t key, const void* value);

int __wrap_thrd_create(thrd_t* handle, thrd_start_t start, void* argument) {
  KEVSIM_HOOK(thrd_create, handle, start, argument);
  *handle = runtime.threads() + 1;
  // Its int comes back in the register that a pointer would.
  auto* const any = reinterpret_cast<void*>(start);
  runtime.create(reinterpret_cast<void* (*)(void*)>(any), argument);
  return thrd_success;
}
int __wrap_thrd_join(thrd_t handle, int* result) {
  KEVSIM_HOOK(thrd_join, handle, result);
  if (!is_thread(runtime, handle)) return thrd_error;
  void* const value = runtime.join(static_cast<std::uint32_t>(handle - 1));
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
  return thrd_success;
}
int __wrap_thrd_detach(thrd_t handle) {
  KEVSIM_HOOK(thrd_detach, handle);
  if (!is_thread(runtime, handle)) return thrd_error;
  runtime.thread(static_cast<std::uint32_t>(handle - 1)).detached = true;
  return thrd_success;
}
thrd_t __wrap_thrd_current() {
  KEVSIM_HOOK(thrd_current);
  return runtime.current().id + 1;
}
void __wrap_thrd_exit(int result) {
  if (sim::active == nullptr) sim::original<decltype(thrd_exit)>("thrd_exit")(result);
  sim::Runtime& runtime = *sim::active;
  runtime.run_exit_handlers();
  sim::active = nullptr;
  runtime.finish(reinterpret_cast<void*>(static_cast<std::intptr_t>(result)));
}
void __wrap_thrd_yield() {
  KEVSIM_HOOK(thrd_yield);
  sim::sleep_until(runtime, runtime.now(), sim::StepKind::yield, KEVSIM_CALLER);
}
int __wrap_thrd_sleep(const timespec* time, timespec* left) {
  KEVSIM_HOOK(thrd_sleep, time, left);
  sim::sleep_until(runtime, runtime.now() + sim::nanoseconds(*time), sim::StepKind::sleep,
                   KEVSIM_CALLER);
  return 0;
}

int __wrap_mtx_init(mtx_t* mutex, int type) {
  KEVSIM_HOOK(mtx_init, mutex, type);
  as<sim::UserMutex>(mutex) = {};
  if ((type & mtx_recursive) != 0) as<sim::UserMutex>(mutex).kind = PTHREAD_MUTEX_RECURSIVE;
  return thrd_success;
}
void __wrap_mtx_destroy(mtx_t* mutex) {
  KEVSIM_HOOK(mtx_destroy, mutex);
}
int __wrap_mtx_lock(mtx_t* mutex) {
  KEVSIM_HOOK(mtx_lock, mutex);
  return answer(lock_mutex(runtime, as<sim::UserMutex>(mutex), KEVSIM_CALLER));
}
int __wrap_mtx_trylock(mtx_t* mutex) {
  KEVSIM_HOOK(mtx_trylock, mutex);
  return answer(try_lock_mutex(runtime, as<sim::UserMutex>(mutex), KEVSIM_CALLER));
}
/// The time is over whenever the lock is not free.
int __wrap_mtx_timedlock(mtx_t* mutex, const timespec* until) {
  KEVSIM_HOOK(mtx_timedlock, mutex, until);
  if (try_lock_mutex(runtime, as<sim::UserMutex>(mutex), KEVSIM_CALLER) == 0) return thrd_success;
  runtime.time_out(sim::instant_of(*until));
  return thrd_timedout;
}
int __wrap_mtx_unlock(mtx_t* mutex) {
  KEVSIM_HOOK(mtx_unlock, mutex);
  return answer(unlock_mutex(runtime, as<sim::UserMutex>(mutex), KEVSIM_CALLER));
}

int __wrap_cnd_init(cnd_t* condition) {
  KEVSIM_HOOK(cnd_init, condition);
  as<sim::UserCondition>(condition) = {};
  return thrd_success;
}
void __wrap_cnd_destroy(cnd_t* condition) {
  KEVSIM_HOOK(cnd_destroy, condition);
}
int __wrap_cnd_wait(cnd_t* condition, mtx_t* mutex) {
  KEVSIM_HOOK(cnd_wait, condition, mutex);
  return answer(wait_condition(runtime, as<sim::UserCondition>(condition),
                               as<sim::UserMutex>(mutex), KEVSIM_CALLER));
}
int __wrap_cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  KEVSIM_HOOK(cnd_timedwait, condition, mutex, until);
  return answer(wait_condition_timed(runtime, as<sim::UserCondition>(condition),
                                     as<sim::UserMutex>(mutex), sim::instant_of(*until),
                                     KEVSIM_CALLER));
}
int __wrap_cnd_signal(cnd_t* condition) {
  KEVSIM_HOOK(cnd_signal, condition);
  signal_condition(runtime, as<sim::UserCondition>(condition), KEVSIM_CALLER);
  return thrd_success;
}
int __wrap_cnd_broadcast(cnd_t* condition) {
  KEVSIM_HOOK(cnd_broadcast, condition);
  broadcast_condition(runtime, as<sim::UserCondition>(condition), KEVSIM_CALLER);
  return thrd_success;
}

void __wrap_call_once(once_flag* once, void (*initialise)()) {
  KEVSIM_HOOK(call_once, once, initialise);
  auto& state = as<sim::OnceState>(once);
  if (!begin_once(runtime, state, KEVSIM_CALLER)) return;
  sim::active = &runtime;
  initialise();
  sim::active = nullptr;
  end_once(runtime, state, sim::OnceState::done, KEVSIM_CALLER);
}

int __wrap_tss_create(tss_t* key, tss_dtor_t destroy) {
  return answer(__wrap_pthread_key_create(key, destroy));
}
void __wrap_tss_delete(tss_t key) {
  __wrap_pthread_key_delete(key);
}
void* __wrap_tss_get(tss_t key) {
  return __wrap_pthread_getspecific(key);
}
int __wrap_tss_set(tss_t key, void* value) {
  return answer(__wrap_pthread_setspecific(key, value));
}
}
// NOLINTEND(bugprone-reserved-identifier)
