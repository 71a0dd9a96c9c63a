// Reader-writer locks, semaphores, barriers, one-time initialisation, futexes.

#include <fmt/format.h>

#include <cerrno>

#include "sim/instrument/locks.hpp"

namespace sim {

namespace {

/// Who could take the lock if it had a turn.
void update_ready(Runtime& runtime, const UserRwLock& lock) {
  runtime.set_waiting(lock.pending_readers | lock.pending_writers);
  if (lock.writer != 0) return;
  runtime.set_ready(lock.pending_readers);
  if (lock.readers == 0) runtime.set_ready(lock.pending_writers);
}

/// How often the thread holds the lock for reading.
std::uint32_t holds(const UserRwLock& lock, std::uint32_t thread) {
  const auto bit = [&](ThreadMask mask) { return static_cast<std::uint32_t>(mask >> thread) & 1; };
  return bit(lock.readers) + bit(lock.more[0]) + 2 * bit(lock.more[1]);
}

void set_holds(UserRwLock& lock, std::uint32_t thread, std::uint32_t count) {
  const ThreadMask self = bit_of(thread);
  const auto set = [self](ThreadMask& mask, bool on) { mask = on ? mask | self : mask & ~self; };
  const std::uint32_t more = count == 0 ? 0 : count - 1;
  set(lock.readers, count != 0);
  set(lock.more[0], (more & 1) != 0);
  set(lock.more[1], (more & 2) != 0);
}

void take_shared(Runtime& runtime, UserRwLock& lock, std::uint32_t id) {
  const std::uint32_t self = runtime.current().id;
  const std::uint32_t now = holds(lock, self);
  if (now == read_holds_max)
    runtime.violate("lock_limit", fmt::format("{} takes {} for reading more than {} times at once",
                                              runtime.thread_name(self), runtime.name_object(id),
                                              read_holds_max));
  set_holds(lock, self, now + 1);
  update_ready(runtime, lock);
  acquire_object(runtime, &lock);
  runtime.lock_taken(id);
  runtime.wrote();
}

void take_exclusive(Runtime& runtime, UserRwLock& lock, std::uint32_t id) {
  lock.writer = runtime.current().id + 1;
  update_ready(runtime, lock);
  acquire_object(runtime, &lock);
  runtime.lock_taken(id);
  runtime.wrote();
}

}  // namespace

int read_lock(Runtime& runtime, UserRwLock& lock, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&lock);
  const std::uint32_t self = runtime.current().id;
  if (lock.writer == self + 1) return EDEADLK;
  prepare_wait(runtime, StepKind::read_lock, &lock, id);
  if (lock.writer != 0) runtime.set_waiting(bit_of(self));
  lock.pending_readers |= bit_of(self);
  runtime.point(StepKind::read_lock, id);
  lock.pending_readers &= ~bit_of(self);
  take_shared(runtime, lock, id);
  runtime.done(StepKind::read_lock, id, 0, pc);
  return 0;
}

int write_lock(Runtime& runtime, UserRwLock& lock, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&lock);
  const std::uint32_t self = runtime.current().id;
  if (lock.writer == self + 1) return EDEADLK;
  prepare_wait(runtime, StepKind::write_lock, &lock, id);
  if (lock.writer != 0 || lock.readers != 0) runtime.set_waiting(bit_of(self));
  lock.pending_writers |= bit_of(self);
  runtime.point(StepKind::write_lock, id);
  lock.pending_writers &= ~bit_of(self);
  take_exclusive(runtime, lock, id);
  runtime.done(StepKind::write_lock, id, 0, pc);
  return 0;
}

int try_read_lock(Runtime& runtime, UserRwLock& lock, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&lock);
  runtime.point(StepKind::try_read_lock, id);
  const bool free = lock.writer == 0;
  const bool others_read = lock.readers != 0;
  if (free)
    take_shared(runtime, lock, id);
  else
    runtime.spun(id, 0, pc);
  runtime.found_closed(!free ? Closed::all : others_read ? Closed::writers : Closed::nobody);
  runtime.done(StepKind::try_read_lock, id, free ? 1 : 0, pc);
  return free ? 0 : EBUSY;
}

int try_write_lock(Runtime& runtime, UserRwLock& lock, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&lock);
  runtime.point(StepKind::try_write_lock, id);
  const bool free = lock.writer == 0 && lock.readers == 0;
  if (free)
    take_exclusive(runtime, lock, id);
  else
    runtime.spun(id, 0, pc);
  if (!free) runtime.found_closed(lock.writer != 0 ? Closed::all : Closed::writers);
  runtime.done(StepKind::try_write_lock, id, free ? 1 : 0, pc);
  return free ? 0 : EBUSY;
}

int unlock_rw(Runtime& runtime, UserRwLock& lock, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&lock);
  const std::uint32_t self = runtime.current().id;
  if (lock.writer != self + 1 && (lock.readers & bit_of(self)) == 0)
    runtime.violate("unlock_not_owned", fmt::format("{} unlocks {}, which it does not hold, at {}",
                                                    runtime.thread_name(self),
                                                    runtime.name_object(id), runtime.place(pc)));
  if (runtime.options().unlock_is_step) runtime.point(StepKind::rw_unlock, id);
  release_object(runtime, &lock);
  if (lock.writer == self + 1) {
    if (runtime.sees_steps()) runtime.strategy()->released(self, id);
    lock.writer = 0;
  } else {
    set_holds(lock, self, holds(lock, self) - 1);
    if (runtime.sees_steps() && (lock.readers & bit_of(self)) == 0)
      runtime.strategy()->released_shared(self, id);
  }
  update_ready(runtime, lock);
  runtime.lock_released(id);
  runtime.done(StepKind::rw_unlock, id, 0, pc);
  runtime.wrote();
  return 0;
}

void wait_semaphore(Runtime& runtime, UserSemaphore& semaphore, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&semaphore);
  const ThreadMask self = bit_of(runtime.current().id);
  prepare_wait(runtime, StepKind::sem_wait, &semaphore, id);
  if (semaphore.value == 0) runtime.set_waiting(self);
  semaphore.pending |= self;
  runtime.point(StepKind::sem_wait, id);
  semaphore.pending &= ~self;
  if (--semaphore.value == 0) runtime.set_waiting(semaphore.pending);
  acquire_object(runtime, &semaphore);
  runtime.done(StepKind::sem_wait, id, semaphore.value, pc);
  runtime.wrote();
}

bool try_wait_semaphore(Runtime& runtime, UserSemaphore& semaphore, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&semaphore);
  runtime.point(StepKind::sem_try_wait, id);
  const bool taken = semaphore.value != 0;
  if (taken) {
    if (--semaphore.value == 0) runtime.set_waiting(semaphore.pending);
    acquire_object(runtime, &semaphore);
    runtime.wrote();
  } else {
    runtime.found_closed(Closed::all);
    runtime.spun(id, 0, pc);
  }
  runtime.done(StepKind::sem_try_wait, id, taken ? 1 : 0, pc);
  return taken;
}

void post_semaphore(Runtime& runtime, UserSemaphore& semaphore, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&semaphore);
  runtime.point(StepKind::sem_post, id);
  release_object(runtime, &semaphore);
  if (runtime.sees_steps()) runtime.strategy()->released(runtime.current().id, id);
  if (semaphore.value == 0) runtime.found_closed(Closed::all);
  ++semaphore.value;
  runtime.set_ready(semaphore.pending);
  runtime.done(StepKind::sem_post, id, semaphore.value, pc);
  runtime.wrote();
}

std::uint32_t value_of(Runtime& runtime, UserSemaphore& semaphore, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&semaphore);
  runtime.point(StepKind::sem_value, id);
  if (semaphore.value == 0) runtime.found_closed(Closed::all);
  runtime.done(StepKind::sem_value, id, semaphore.value, pc);
  runtime.spun(id, semaphore.value, pc);
  return semaphore.value;
}

bool wait_barrier(Runtime& runtime, UserBarrier& barrier, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&barrier);
  runtime.point(StepKind::barrier, id);
  release_object(runtime, &barrier);
  runtime.done(StepKind::barrier, id, barrier.arrived, pc);
  runtime.wrote();
  const bool last = ++barrier.arrived == barrier.count;
  if (last) {
    barrier.arrived = 0;
    for (ThreadMask rest = barrier.waiters; rest != 0 && runtime.sees_steps(); rest &= rest - 1)
      runtime.strategy()->joined(first_of(rest), runtime.current().id);
    runtime.set_ready(barrier.waiters);
    barrier.waiters = 0;
  } else {
    barrier.waiters |= bit_of(runtime.current().id);
    runtime.block(StepKind::barrier, &barrier, id);
  }
  acquire_object(runtime, &barrier);
  return last;
}

bool begin_once(Runtime& runtime, OnceState& state, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&state);
  if (state == OnceState::done) {
    acquire_object(runtime, &state);
    return false;
  }
  for (;;) {
    runtime.point(StepKind::once, id);
    if (state == OnceState::fresh) {
      state = OnceState::running;
      runtime.done(StepKind::once, id, 1, pc);
      runtime.wrote();
      return true;
    }
    if (state == OnceState::done) break;
    runtime.wait_for_once(id);
  }
  acquire_object(runtime, &state);
  runtime.done(StepKind::once, id, 0, pc);
  return false;
}

void end_once(Runtime& runtime, OnceState& state, OnceState end, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&state);
  state = end;
  release_object(runtime, &state);
  if (runtime.sees_steps()) runtime.strategy()->released(runtime.current().id, id);
  runtime.wake_waiting(StepKind::once, id, threads_max);
  runtime.done(StepKind::once, id, 2, pc);
  runtime.wrote();
}

int lock_spin(Runtime& runtime, volatile int& lock, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&lock);
  prepare_wait(runtime, StepKind::lock, nullptr, id);
  if (lock != 0) runtime.set_waiting(bit_of(runtime.current().id));
  runtime.point(StepKind::lock, id);
  lock = 1;
  runtime.set_waiting(runtime.about_to(StepKind::lock, id));
  acquire_object(runtime, &lock);
  runtime.lock_taken(id);
  runtime.done(StepKind::lock, id, 0, pc);
  runtime.wrote();
  return 0;
}

int try_lock_spin(Runtime& runtime, volatile int& lock, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&lock);
  runtime.point(StepKind::try_lock, id);
  const bool free = lock == 0;
  runtime.done(StepKind::try_lock, id, free ? 1 : 0, pc);
  if (!free) {
    runtime.found_closed(Closed::all);
    runtime.spun(id, 0, pc);
    return EBUSY;
  }
  lock = 1;
  runtime.set_waiting(runtime.about_to(StepKind::lock, id));
  runtime.lock_taken(id);
  acquire_object(runtime, &lock);
  runtime.wrote();
  return 0;
}

int unlock_spin(Runtime& runtime, volatile int& lock, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&lock);
  if (runtime.options().unlock_is_step) runtime.point(StepKind::unlock, id);
  release_object(runtime, &lock);
  if (runtime.sees_steps()) runtime.strategy()->released(runtime.current().id, id);
  lock = 0;
  runtime.set_ready(runtime.about_to(StepKind::lock, id));
  runtime.lock_released(id);
  runtime.done(StepKind::unlock, id, 0, pc);
  runtime.wrote();
  return 0;
}

bool wait_futex(Runtime& runtime, const volatile std::uint32_t* word, std::uint32_t expected,
                const void* pc) {
  const std::uint32_t id = runtime.memory().id(word);
  runtime.point(StepKind::futex_wait, id);
  const bool waits = *word == expected;
  runtime.done(StepKind::futex_wait, id, waits ? 1 : 0, pc);
  if (!waits) return false;
  runtime.block(StepKind::futex_wait, const_cast<const std::uint32_t*>(word), id);
  return true;
}

FutexEnd wait_futex_timed(Runtime& runtime, const volatile std::uint32_t* word,
                          std::uint32_t expected, std::int64_t until, const void* pc) {
  SimThread& self = runtime.current();
  const std::uint32_t id = runtime.memory().id(word);
  runtime.point(StepKind::futex_wait, id);
  const bool waits = *word == expected;
  runtime.done(StepKind::futex_wait, id, waits ? 1 : 0, pc);
  if (!waits) return FutexEnd::differed;
  self.signalled_by = nobody;
  self.futex = id;
  self.futex_timed = true;
  runtime.point(StepKind::wake_up, id);
  self.futex_timed = false;
  const bool woken = self.signalled_by != nobody;
  runtime.done(StepKind::wake_up, id, woken ? 1 : 0, pc);
  if (!woken) runtime.time_out(until);
  return woken ? FutexEnd::woken : FutexEnd::timed_out;
}

std::uint32_t wake_futex(Runtime& runtime, const volatile std::uint32_t* word, std::uint32_t count,
                         const void* pc) {
  const std::uint32_t id = runtime.memory().id(word);
  runtime.point(StepKind::futex_wake, id);
  const std::uint32_t woken = runtime.wake_waiting(StepKind::futex_wait, id, count);
  runtime.done(StepKind::futex_wake, id, woken, pc);
  runtime.wrote();
  return woken;
}

}  // namespace sim
