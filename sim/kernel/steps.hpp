#pragma once
// What contexts of the simulated kernel do that others may see: the steps of exploration. A step
// begins at a point() and lasts to the context's next one. Its row says what it does to its object;
// what cannot be said so exactly - a device's event, the beginning of an interrupt - conflicts with
// everything.
//
// The names are part of findings: schedules are followed by them after the code has changed.
// Objects are numbered by Kernel::next_id(); what has numbers of its own (pages, requests) is told
// apart by an ObjectSpace.

#include <cstddef>
#include <cstdint>

#include "sim/schedule/strategy.hpp"

namespace sim {

enum class KernelStep : std::uint8_t {
  start,
  lock,
  unlocked,
  try_lock,
  mutex_lock,
  mutex_unlocked,
  wake,
  prepare,
  prepared,
  finish,
  sleep,
  woken,
  signal,
  signal_pending,
  send_signal,
  complete,
  completed,
  queue_work,
  work,
  spin,
  rcu_read_lock,
  rcu_read_unlock,
  call_rcu,
  grace_period,
  timer_start,
  timer_cancel,
  allocate,
  copy_from_user,
  copy_to_user,
  get_user_pages,
  user_load,
  clock,
  file_get,
  file_put,
  file_close,
  raise_softirq,
  event,
  call,
  result,
  process_call,
  process_leave,
  other,
};

struct KernelStepRow {
  const char* name;
  Access access;
};

/// By KernelStep.
inline constexpr KernelStepRow kernel_step_rows[] = {
    {"start", Access::read},
    {"lock", Access::acquire},
    // The lock is free again; what comes next needs none.
    {"unlocked", Access::none},
    {"trylock", Access::write},
    {"mutex lock", Access::acquire},
    {"mutex unlocked", Access::none},
    {"wake", Access::write},
    // On the thread: what it announces, finds and takes back, against who wakes it.
    {"prepare to wait", Access::write},
    {"prepared", Access::none},
    {"finish wait", Access::write},
    {"sleep", Access::write},
    {"woken", Access::write},
    {"signal", Access::write},
    {"signal pending?", Access::read},
    {"send signal", Access::everything},
    {"complete", Access::write},
    {"completed?", Access::write},
    {"queue work", Access::write},
    {"work", Access::write},
    {"spin", Access::write},
    // Readers do not mind each other; who asks for a grace period divides them into two kinds.
    {"rcu read lock", Access::read},
    {"rcu read unlock", Access::read},
    {"call_rcu", Access::write},
    {"grace period ends", Access::write},
    {"timer start", Access::write},
    {"timer cancel", Access::write},
    {"allocate", Access::none},
    {"copy_from_user", Access::read},
    {"copy_to_user", Access::write},
    {"get_user_pages", Access::read},
    {"user load", Access::read},
    {"clock", Access::read},
    {"file get", Access::read},
    // Of a file that is in the table, which has a reference of its own.
    {"file put", Access::read},
    {"file close", Access::write},
    {"raise softirq", Access::everything},
    {"event", Access::everything},
    {"call", Access::read},
    {"result", Access::write},
    // A call of a process that may be killed at it; a thread that makes no more calls.
    {"process call", Access::write},
    {"process leave", Access::write},
    {"other", Access::everything},
};

constexpr const KernelStepRow& row_of(KernelStep step) {
  return kernel_step_rows[static_cast<std::size_t>(step)];
}

/// Numbers of one kind of objects do not meet those of another. `model`: memory of the code under
/// test, if that is watched (sim/explored).
enum class ObjectSpace : std::uint32_t {
  kernel,
  page,
  inode,
  request,
  socket,
  user,
  model,
  count_
};

constexpr unsigned object_space_shift = 28;

constexpr std::uint32_t object_in(ObjectSpace space, std::uint64_t number) {
  constexpr std::uint64_t numbers = std::uint64_t{1} << object_space_shift;
  return (static_cast<std::uint32_t>(space) << object_space_shift) |
         static_cast<std::uint32_t>(number % numbers);
}

}  // namespace sim
