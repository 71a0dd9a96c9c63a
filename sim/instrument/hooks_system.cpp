// Time, chance and the end of an explored program. Time passes when somebody sleeps or a wait runs
// out, and a microsecond with each look at a clock. A sleep may be as long or as short as any other
// step: who relies on its length to be in time has a bug.

#include <pthread.h>
#include <sched.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

#include "sim/instrument/hook_time.hpp"
#include "sim/instrument/hooks.hpp"
#include "sim/instrument/locks.hpp"

namespace {

using sim::look_at_clock;
using sim::nanoseconds;
using sim::StepKind;

void sleep_for(sim::Runtime& runtime, std::int64_t time, StepKind kind, const void* pc) {
  sleep_until(runtime, runtime.now() + time, kind, pc);
}

[[noreturn]] void end_with(sim::Runtime& runtime, int status, const void* pc) {
  if (status != 0)
    runtime.violate("exit_status", fmt::format("{} ends the program with status {} at {}",
                                               runtime.thread_name(runtime.current().id), status,
                                               runtime.place(pc)));
  runtime.end_execution();
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
      (flags & TIMER_ABSTIME) != 0 ? sim::instant_of(*time) : runtime.now() + nanoseconds(*time);
  sleep_until(runtime, until, StepKind::sleep, KEVSIM_CALLER);
  return 0;
}
int __wrap_usleep(useconds_t time) {
  KEVSIM_HOOK(usleep, time);
  sleep_for(runtime, std::int64_t{time} * 1'000, StepKind::sleep, KEVSIM_CALLER);
  return 0;
}
unsigned __wrap_sleep(unsigned time) {
  KEVSIM_HOOK(sleep, time);
  sleep_for(runtime, std::int64_t{time} * sim::second_ns, StepKind::sleep, KEVSIM_CALLER);
  return 0;
}
int __wrap_clock_gettime(clockid_t clock, timespec* time) {
  KEVSIM_HOOK(clock_gettime, clock, time);
  *time = look_at_clock(runtime);
  return 0;
}
int __wrap_gettimeofday(timeval* time, void* zone) {
  KEVSIM_HOOK(gettimeofday, time, zone);
  const timespec at = look_at_clock(runtime);
  *time = {at.tv_sec, at.tv_nsec / 1'000};
  return 0;
}
time_t __wrap_time(time_t* seconds) {
  KEVSIM_HOOK(time, seconds);
  const timespec at = look_at_clock(runtime);
  if (seconds != nullptr) *seconds = at.tv_sec;
  return at.tv_sec;
}
int __wrap_timespec_get(timespec* time, int base) {
  KEVSIM_HOOK(timespec_get, time, base);
  *time = look_at_clock(runtime);
  return base;
}
clock_t __wrap_clock() {
  KEVSIM_HOOK(clock);
  const timespec at = look_at_clock(runtime);
  return (nanoseconds(at) - sim::boot_ns) / (sim::second_ns / CLOCKS_PER_SEC);
}
long __wrap_random() {
  KEVSIM_HOOK(random);
  return static_cast<long>(runtime.chance().next() >> 33);
}
void __wrap_srandom(unsigned seed) {
  KEVSIM_HOOK(srandom, seed);
  runtime.chance() = sim::Random(seed);
}
ssize_t __wrap_getrandom(void* to, std::size_t bytes, unsigned flags) {
  KEVSIM_HOOK(getrandom, to, bytes, flags);
  for (std::size_t i = 0; i < bytes; ++i)
    static_cast<unsigned char*>(to)[i] = static_cast<unsigned char>(runtime.chance().next() >> 56);
  return static_cast<ssize_t>(bytes);
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
    if (arguments[3] != 0) {
      const auto& time = *reinterpret_cast<const timespec*>(arguments[3]);
      const std::int64_t until =
          operation == wait ? runtime.now() + nanoseconds(time) : sim::instant_of(time);
      const sim::FutexEnd end = wait_futex_timed(runtime, word, value, until, KEVSIM_CALLER);
      if (end == sim::FutexEnd::woken) return 0;
      errno = end == sim::FutexEnd::timed_out ? ETIMEDOUT : EAGAIN;
      return -1;
    }
    if (wait_futex(runtime, word, value, KEVSIM_CALLER)) return 0;
    errno = EAGAIN;
    return -1;
  }
  errno = ENOSYS;
  return -1;
}
}
// NOLINTEND(bugprone-reserved-identifier)
