#include "sim/instrument/locks.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace sim {

namespace {

constexpr int kind_mask = 3;

void check_object(Runtime& runtime, const void* at, const char* what, const void* pc) {
  check_object(runtime, runtime.memory().id(at), at, what, pc);
}

}  // namespace

void acquire_clock(Runtime& runtime, const volatile void* at) {
  RaceDetector& races = runtime.races();
  races.acquire(runtime.current().id, races.sync_of(runtime.memory().cell(at)));
}

void release_clock(Runtime& runtime, const volatile void* at) {
  RaceDetector& races = runtime.races();
  races.release_join(runtime.current().id, races.sync_of(runtime.memory().cell(at)));
}

bool lock_again(UserMutex& mutex, int& result) {
  switch (mutex.kind & kind_mask) {
    case PTHREAD_MUTEX_RECURSIVE:
      ++mutex.depth;
      result = 0;
      return true;
    case PTHREAD_MUTEX_ERRORCHECK:
      result = EDEADLK;
      return true;
    default:
      return false;
  }
}

int unlock_not_mine(Runtime& runtime, UserMutex& mutex, std::uint32_t id, const void* pc) {
  if ((mutex.kind & kind_mask) != PTHREAD_MUTEX_NORMAL) return EPERM;
  runtime.violate("unlock_not_owned", fmt::format("{} unlocks {}, which it does not hold, at {}",
                                                  runtime.thread_name(runtime.current().id),
                                                  runtime.name_object(id), runtime.place(pc)));
}

int try_lock_mutex(Runtime& runtime, UserMutex& mutex, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&mutex);
  if (is_mine(runtime, mutex) && (mutex.kind & kind_mask) == PTHREAD_MUTEX_RECURSIVE) {
    ++mutex.depth;
    return 0;
  }
  runtime.point(StepKind::try_lock, id);
  check_object(runtime, &mutex, "tries to lock", pc);
  const bool free = mutex.owner == 0;
  if (free) {
    take(runtime, mutex, id);
    runtime.wrote();
  } else {
    runtime.found_closed(Closed::all);
    runtime.spun(id, mutex.owner, pc);
  }
  runtime.done(StepKind::try_lock, id, free ? 1 : 0, pc);
  return free ? 0 : EBUSY;
}

namespace {

/// Takes the mutex, which is free.
void relock(Runtime& runtime, UserMutex& mutex, std::uint32_t id, std::uint32_t depth,
            const void* pc) {
  mutex.pending &= ~bit_of(runtime.current().id);
  take(runtime, mutex, id);
  mutex.depth = depth;
  runtime.done(StepKind::lock, id, 0, pc);
}

/// Whether this wait is one that ends without a signal, if such are asked for: a choice, as a fault
/// is, and made at most once by a thread.
bool wakes_by_itself(Runtime& runtime, std::uint32_t id) {
  SimThread& self = runtime.current();
  if (!runtime.options().spurious || self.spurious_done) return false;
  self.spurious_done = runtime.choose(ChoiceKind::fault, 2, {"spurious-wake-up", id}) != 0;
  return self.spurious_done;
}

/// Becomes a waiter and lets go of the mutex. Where others may ask whether that is free, they may
/// do so in between; who signals meanwhile wakes this waiter.
void begin_wait(Runtime& runtime, UserCondition& condition, UserMutex& mutex, StepKind kind,
                const void* pc) {
  SimThread& self = runtime.current();
  const std::uint32_t id = runtime.memory().id(&condition);
  const std::uint32_t mutex_id = runtime.memory().id(&mutex);
  runtime.point(kind, id);
  check_object(runtime, &condition, "waits on", pc);
  condition.waiters |= bit_of(self.id);
  self.signalled_by = nobody;
  self.asleep = false;
  self.relock = &mutex;
  runtime.done(kind, id, 0, pc);
  if (runtime.options().unlock_is_step) {
    runtime.point(StepKind::unlock, mutex_id);
    give_up(runtime, mutex, mutex_id);
    runtime.done(StepKind::unlock, mutex_id, 0, pc);
  } else {
    give_up(runtime, mutex, mutex_id);
  }
  runtime.wrote();
}

}  // namespace

int wait_condition(Runtime& runtime, UserCondition& condition, UserMutex& mutex, const void* pc) {
  SimThread& self = runtime.current();
  const std::uint32_t depth = mutex.depth;
  const std::uint32_t mutex_id = runtime.memory().id(&mutex);
  begin_wait(runtime, condition, mutex, StepKind::wait, pc);
  if (wakes_by_itself(runtime, runtime.memory().id(&condition))) {
    runtime.point(StepKind::wake_up, runtime.memory().id(&condition));
    condition.waiters &= ~bit_of(self.id);
    runtime.done(StepKind::wake_up, runtime.memory().id(&condition), 2, pc);
    queue_for(runtime, mutex, mutex_id);
  } else if (self.signalled_by == nobody) {
    // The waker makes this thread one that wants the mutex.
    self.asleep = true;
    runtime.block(StepKind::wait, &condition, runtime.memory().id(&condition));
    self.asleep = false;
  } else {
    if (runtime.sees_steps()) runtime.strategy()->joined(self.id, self.signalled_by);
    queue_for(runtime, mutex, mutex_id);
  }
  acquire_object(runtime, &condition);
  relock(runtime, mutex, mutex_id, depth, pc);
  return 0;
}

int wait_condition_timed(Runtime& runtime, UserCondition& condition, UserMutex& mutex,
                         std::int64_t until, const void* pc) {
  SimThread& self = runtime.current();
  const std::uint32_t depth = mutex.depth;
  const std::uint32_t id = runtime.memory().id(&condition);
  const std::uint32_t mutex_id = runtime.memory().id(&mutex);
  begin_wait(runtime, condition, mutex, StepKind::timed_wait, pc);
  runtime.point(StepKind::wake_up, id);
  const bool signalled = self.signalled_by != nobody;
  condition.waiters &= ~bit_of(self.id);
  runtime.done(StepKind::wake_up, id, signalled ? 1 : 0, pc);
  if (signalled)
    acquire_object(runtime, &condition);
  else
    runtime.time_out(until);
  queue_for(runtime, mutex, mutex_id);
  relock(runtime, mutex, mutex_id, depth, pc);
  return signalled ? 0 : ETIMEDOUT;
}

namespace {

/// From now on the waiter wants its mutex, if it sleeps.
void wake(Runtime& runtime, UserCondition& condition, std::uint32_t id) {
  SimThread& waiter = runtime.thread(id);
  condition.waiters &= ~bit_of(id);
  waiter.signalled_by = runtime.current().id;
  if (!waiter.asleep) return;  // it will see that for itself
  auto& mutex = *static_cast<UserMutex*>(waiter.relock);
  const std::uint32_t object = runtime.memory().id(&mutex);
  waiter.waiting_kind = StepKind::lock;
  waiter.waiting_on = &mutex;
  waiter.waiting_id = object;
  mutex.pending |= bit_of(id);
  runtime.announce(id, StepKind::lock, object);
  if (runtime.sees_steps()) runtime.strategy()->joined(id, runtime.current().id);
  if (mutex.owner == 0)
    runtime.set_ready(bit_of(id));
  else
    runtime.set_waiting(bit_of(id));
}

}  // namespace

void signal_condition(Runtime& runtime, UserCondition& condition, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&condition);
  runtime.point(StepKind::signal, id);
  check_object(runtime, &condition, "signals", pc);
  const auto waiters = static_cast<std::uint32_t>(std::popcount(condition.waiters));
  runtime.done(StepKind::signal, id, waiters, pc);
  runtime.wrote();
  if (waiters == 0) return;
  const std::uint32_t picked = runtime.choose(ChoiceKind::waiter, waiters, {"signal", id});
  wake(runtime, condition, nth_of(condition.waiters, picked));
  release_object(runtime, &condition);
}

void broadcast_condition(Runtime& runtime, UserCondition& condition, const void* pc) {
  const std::uint32_t id = runtime.memory().id(&condition);
  runtime.point(StepKind::broadcast, id);
  check_object(runtime, &condition, "signals", pc);
  runtime.done(StepKind::broadcast, id, condition.waiters, pc);
  runtime.wrote();
  while (condition.waiters != 0) wake(runtime, condition, first_of(condition.waiters));
  release_object(runtime, &condition);
}

}  // namespace sim
