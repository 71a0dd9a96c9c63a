// Time, chance and the end of an explored program; and those functions of the C++ library that
// would otherwise block inside it. Time passes when somebody sleeps, and a microsecond with each
// look at a clock. A sleep may be as long or as short as any other step: who relies on its length
// to be in time has a bug.

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <fmt/format.h>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdarg>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "sim/instrument/hooks.hpp"
#include "sim/instrument/locks.hpp"

namespace {

using sim::StepKind;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t look = 1'000;
/// Clocks do not begin at 0: programs subtract from them.
constexpr std::int64_t boot = 1'000 * second;

void sleep_for(sim::Runtime& runtime, std::int64_t nanoseconds, StepKind kind, const void* pc) {
  runtime.point(kind, 0);
  runtime.pass_time(nanoseconds);
  runtime.done(kind, 0, 0, pc);
  runtime.spun(0, 0, pc);
}

timespec now(sim::Runtime& runtime) {
  runtime.pass_time(look);
  const std::int64_t at = boot + runtime.now();
  return {at / second, at % second};
}

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * second + time.tv_nsec;
}

[[noreturn]] void end_with(sim::Runtime& runtime, int status, const void* pc) {
  if (status != 0)
    runtime.violate("exit_status", fmt::format("{} ends the program with status {} at {}",
                                               runtime.thread_name(runtime.current().id), status,
                                               runtime.place(pc)));
  runtime.end_execution();
}

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

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
extern "C" {

int __wrap_sched_yield() {
  KEVSIM_HOOK(sched_yield);
  sleep_for(runtime, 0, StepKind::yield, KEVSIM_CALLER);
  return 0;
}
int __wrap_nanosleep(const timespec* time, timespec* left) {
  KEVSIM_HOOK(nanosleep, time, left);
  sleep_for(runtime, nanoseconds(*time), StepKind::sleep, KEVSIM_CALLER);
  return 0;
}
int __wrap_clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  KEVSIM_HOOK(clock_nanosleep, clock, flags, time, left);
  const std::int64_t until =
      (flags & TIMER_ABSTIME) != 0 ? nanoseconds(*time) - boot - runtime.now() : nanoseconds(*time);
  sleep_for(runtime, until > 0 ? until : 0, StepKind::sleep, KEVSIM_CALLER);
  return 0;
}
int __wrap_usleep(useconds_t time) {
  KEVSIM_HOOK(usleep, time);
  sleep_for(runtime, std::int64_t{time} * 1'000, StepKind::sleep, KEVSIM_CALLER);
  return 0;
}
unsigned __wrap_sleep(unsigned time) {
  KEVSIM_HOOK(sleep, time);
  sleep_for(runtime, std::int64_t{time} * second, StepKind::sleep, KEVSIM_CALLER);
  return 0;
}
int __wrap_clock_gettime(clockid_t clock, timespec* time) {
  KEVSIM_HOOK(clock_gettime, clock, time);
  *time = now(runtime);
  return 0;
}
int __wrap_gettimeofday(timeval* time, void* zone) {
  KEVSIM_HOOK(gettimeofday, time, zone);
  const timespec at = now(runtime);
  *time = {at.tv_sec, at.tv_nsec / 1'000};
  return 0;
}
time_t __wrap_time(time_t* seconds) {
  KEVSIM_HOOK(time, seconds);
  const timespec at = now(runtime);
  if (seconds != nullptr) *seconds = at.tv_sec;
  return at.tv_sec;
}
int __wrap_rand() {
  KEVSIM_HOOK(rand);
  return static_cast<int>(runtime.chance().next() >> 33);
}
void __wrap_srand(unsigned seed) {
  KEVSIM_HOOK(srand, seed);
  runtime.chance() = sim::Random(seed);
}

void __wrap___assert_fail(const char* expression, const char* file, unsigned line,
                          const char* function) {
  if (sim::active == nullptr)
    sim::original<void(const char*, const char*, unsigned, const char*)>("__assert_fail")(
        expression, file, line, function);
  sim::Runtime& runtime = *sim::active;
  sim::active = nullptr;
  runtime.fail(KEVSIM_CALLER);
  runtime.violate("assertion",
                  fmt::format("{}:{}: {}: '{}' does not hold in {}", file, line, function,
                              expression, runtime.thread_name(runtime.current().id)));
}
void __wrap_abort() {
  if (sim::active == nullptr) sim::original<decltype(abort)>("abort")();
  sim::Runtime& runtime = *sim::active;
  sim::active = nullptr;
  runtime.fail(KEVSIM_CALLER);
  runtime.violate("abort", fmt::format("{} aborts at {}", runtime.thread_name(runtime.current().id),
                                       runtime.place(KEVSIM_CALLER)));
}
/// A program's global objects are put back by restoring its memory, never by their destructors,
/// which would find the memory of an execution that is long over.
int __wrap___cxa_atexit(void (*)(void*), void*, void*) {
  return 0;
}
void __wrap_exit(int status) {
  if (sim::active == nullptr) sim::original<decltype(exit)>("exit")(status);
  sim::Runtime& runtime = *sim::active;
  sim::active = nullptr;
  end_with(runtime, status, KEVSIM_CALLER);
}
void __wrap__exit(int status) {
  if (sim::active == nullptr) sim::original<decltype(_exit)>("_exit")(status);
  sim::Runtime& runtime = *sim::active;
  sim::active = nullptr;
  end_with(runtime, status, KEVSIM_CALLER);
}

/// std::atomic waits and notifies, and latches, barriers and semaphores of the C++ library do so.
long __wrap_syscall(long number, ...) {
  std::va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  if (sim::active == nullptr || number != SYS_futex)
    return sim::original<decltype(syscall)>("syscall")(
        number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  constexpr long operation_mask = 127;
  constexpr long wait = 0;
  constexpr long wake = 1;
  constexpr long wait_bitset = 9;
  constexpr long wake_bitset = 10;
  const long operation = arguments[1] & operation_mask;
  auto* const word = reinterpret_cast<const volatile std::uint32_t*>(arguments[0]);
  const auto value = static_cast<std::uint32_t>(arguments[2]);
  if (operation == wake || operation == wake_bitset)
    return wake_futex(runtime, word, value, KEVSIM_CALLER);
  if (operation == wait || operation == wait_bitset) {
    if (wait_futex(runtime, word, value, KEVSIM_CALLER)) return 0;
    errno = EAGAIN;
    return -1;
  }
  errno = ENOSYS;
  return -1;
}

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
  return nanoseconds(now(runtime));
}
std::int64_t __wrap__ZNSt6chrono3_V212system_clock3nowEv() {
  if (sim::active == nullptr)
    return sim::original<std::int64_t()>("_ZNSt6chrono3_V212system_clock3nowEv")();
  sim::Runtime& runtime = *sim::active;
  const sim::Inside inside(runtime);
  return nanoseconds(now(runtime));
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
