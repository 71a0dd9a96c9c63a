// Functions of the C++ library that would block inside it, or look at what is not controlled.
// Whatever its headers do by themselves, they do in the program, through the other hooks.

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "sim/instrument/hook_time.hpp"
#include "sim/instrument/hooks.hpp"
#include "sim/instrument/locks.hpp"

namespace {

using sim::look_at_clock;
using sim::nanoseconds;

/// A std::thread holds nothing but its handle.
pthread_t& handle_of(std::thread* thread) {
  return *reinterpret_cast<pthread_t*>(thread);
}

void* run_state(void* state) {
  const std::unique_ptr<std::thread::_State> owner(static_cast<std::thread::_State*>(state));
  owner->_M_run();
  return nullptr;
}

sim::UserMutex& mutex_of(std::unique_lock<std::mutex>& lock) {
  return *reinterpret_cast<sim::UserMutex*>(lock.mutex()->native_handle());
}
sim::UserCondition& condition_of(std::condition_variable* condition) {
  return *reinterpret_cast<sim::UserCondition*>(condition->native_handle());
}

/// False: the time ran out.
bool wait_future(std::uint32_t* word, std::uint32_t value, bool timed, std::int64_t until,
                 const void* pc) {
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  if (timed) return wait_futex_timed(runtime, word, value, until, pc) != sim::FutexEnd::timed_out;
  wait_futex(runtime, word, value, pc);
  return true;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
#define KEVSIM_WRAP(name)
#define KEVSIM_WRAP_PROGRAM(name)
#define KEVSIM_WRAP_UNTIL(name)
#include "sim/instrument/wrapped.hpp"
#undef KEVSIM_WRAP
#undef KEVSIM_WRAP_PROGRAM
#undef KEVSIM_WRAP_UNTIL
#define KEVSIM_FUTURE_WAIT "_ZNSt28__atomic_futex_unsigned_base19_M_futex_wait_until" KEVSIM_UNTIL
#define KEVSIM_FUTURE_WAIT_STEADY \
  "_ZNSt28__atomic_futex_unsigned_base26_M_futex_wait_until_steady" KEVSIM_UNTIL

extern "C" {

void __wrap__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE(
    std::thread* self, std::unique_ptr<std::thread::_State>* state, void (*depend)()) {
  if (sim::active == nullptr) {
    using Start = void(std::thread*, std::unique_ptr<std::thread::_State>*, void (*)());
    return sim::original<Start>(
        "_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE")(
        self, state, depend);
  }
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  handle_of(self) = runtime.threads() + 1;
  runtime.create(&run_state, state->release());
}
void __wrap__ZNSt6thread4joinEv(std::thread* self) {
  if (sim::active == nullptr) return sim::original<void(std::thread*)>("_ZNSt6thread4joinEv")(self);
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  const auto id = static_cast<std::uint32_t>(handle_of(self) - 1);
  handle_of(self) = 0;
  runtime.join(id);
}
void __wrap__ZNSt6thread6detachEv(std::thread* self) {
  if (sim::active == nullptr)
    return sim::original<void(std::thread*)>("_ZNSt6thread6detachEv")(self);
  handle_of(self) = 0;
}
unsigned __wrap__ZNSt6thread20hardware_concurrencyEv() {
  return sim::active == nullptr
             ? sim::original<unsigned()>("_ZNSt6thread20hardware_concurrencyEv")()
             : 2;
}
void __wrap__ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE(
    std::condition_variable* self, std::unique_lock<std::mutex>* lock) {
  if (sim::active == nullptr)
    return sim::original<void(std::condition_variable*, std::unique_lock<std::mutex>*)>(
        "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE")(self, lock);
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  wait_condition(runtime, condition_of(self), mutex_of(*lock), KEVSIM_CALLER);
}
void __wrap__ZNSt18condition_variable10notify_oneEv(std::condition_variable* self) {
  if (sim::active == nullptr)
    return sim::original<void(std::condition_variable*)>("_ZNSt18condition_variable10notify_oneEv")(
        self);
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  signal_condition(runtime, condition_of(self), KEVSIM_CALLER);
}
void __wrap__ZNSt18condition_variable10notify_allEv(std::condition_variable* self) {
  if (sim::active == nullptr)
    return sim::original<void(std::condition_variable*)>("_ZNSt18condition_variable10notify_allEv")(
        self);
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  broadcast_condition(runtime, condition_of(self), KEVSIM_CALLER);
}
std::int64_t __wrap__ZNSt6chrono3_V212steady_clock3nowEv() {
  if (sim::active == nullptr)
    return sim::original<std::int64_t()>("_ZNSt6chrono3_V212steady_clock3nowEv")();
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  return nanoseconds(look_at_clock(runtime));
}
std::int64_t __wrap__ZNSt6chrono3_V212system_clock3nowEv() {
  if (sim::active == nullptr)
    return sim::original<std::int64_t()>("_ZNSt6chrono3_V212system_clock3nowEv")();
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  return nanoseconds(look_at_clock(runtime));
}

std::uint64_t __wrap__ZNSt13random_device9_M_getvalEv(void* self) {
  if (sim::active == nullptr)
    return sim::original<unsigned(void*)>("_ZNSt13random_device9_M_getvalEv")(self);
  return static_cast<unsigned>(sim::active->chance().next() >> 32);
}

// Futures wait inside the C++ library. The time is a clock's: seconds, then nanoseconds.

using FutureWait = bool(void* self, std::uint32_t* word, std::uint32_t value, bool timed,
                        std::int64_t seconds, std::int64_t more);
FutureWait wait_for_future asm("__wrap_" KEVSIM_FUTURE_WAIT);
FutureWait wait_for_future_steady asm("__wrap_" KEVSIM_FUTURE_WAIT_STEADY);

bool wait_for_future(void* self, std::uint32_t* word, std::uint32_t value, bool timed,
                     std::int64_t seconds, std::int64_t more) {
  if (sim::active == nullptr)
    return sim::original<FutureWait>(KEVSIM_FUTURE_WAIT)(self, word, value, timed, seconds, more);
  return wait_future(word, value, timed, sim::instant_of({seconds, more}), KEVSIM_CALLER);
}
bool wait_for_future_steady(void* self, std::uint32_t* word, std::uint32_t value, bool timed,
                            std::int64_t seconds, std::int64_t more) {
  if (sim::active == nullptr)
    return sim::original<FutureWait>(KEVSIM_FUTURE_WAIT_STEADY)(self, word, value, timed, seconds,
                                                                more);
  return wait_future(word, value, timed, sim::instant_of({seconds, more}), KEVSIM_CALLER);
}
void __wrap__ZNSt28__atomic_futex_unsigned_base19_M_futex_notify_allEPj(std::uint32_t* word) {
  if (sim::active == nullptr)
    return sim::original<void(std::uint32_t*)>(
        "_ZNSt28__atomic_futex_unsigned_base19_M_futex_notify_allEPj")(word);
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  wake_futex(runtime, word, sim::threads_max, KEVSIM_CALLER);
}

/// A guard's first byte says that the variable is ready; its second four are ours.
int __wrap___cxa_guard_acquire(std::uint64_t* guard) {
  if (sim::active == nullptr)
    return sim::original<int(std::uint64_t*)>("__cxa_guard_acquire")(guard);
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  auto& state = reinterpret_cast<sim::OnceState*>(guard)[1];
  if (*reinterpret_cast<const unsigned char*>(guard) != 0) {
    sim::acquire_object(runtime, &state);
    return 0;
  }
  return begin_once(runtime, state, KEVSIM_CALLER) ? 1 : 0;
}
void __wrap___cxa_guard_release(std::uint64_t* guard) {
  if (sim::active == nullptr)
    return sim::original<void(std::uint64_t*)>("__cxa_guard_release")(guard);
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  *reinterpret_cast<unsigned char*>(guard) = 1;
  // Who comes later does not call us: compiled code loads that byte itself.
  sim::release_object(runtime, guard);
  end_once(runtime, reinterpret_cast<sim::OnceState*>(guard)[1], sim::OnceState::done,
           KEVSIM_CALLER);
}
void __wrap___cxa_guard_abort(std::uint64_t* guard) {
  if (sim::active == nullptr)
    return sim::original<void(std::uint64_t*)>("__cxa_guard_abort")(guard);
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  end_once(runtime, reinterpret_cast<sim::OnceState*>(guard)[1], sim::OnceState::fresh,
           KEVSIM_CALLER);
}
}
// NOLINTEND(bugprone-reserved-identifier)
