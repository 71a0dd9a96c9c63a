#pragma once
// What a thread of an explored program can do that others may see. The names are part of findings:
// schedules are followed by them after the program has changed.

#include <cstdint>

#include "sim/schedule/strategy.hpp"

namespace sim {

enum class StepKind : std::uint8_t {
  load,
  store,
  update,
  compare,
  fence,
  lock,
  try_lock,
  unlock,
  read_lock,
  try_read_lock,
  write_lock,
  try_write_lock,
  rw_unlock,
  wait,
  timed_wait,
  wake_up,
  signal,
  broadcast,
  sem_wait,
  sem_try_wait,
  sem_post,
  sem_value,
  futex_wait,
  futex_wake,
  barrier,
  once,
  yield,
  sleep,
  join,
  read,
  write,
  fail,
};

struct StepRow {
  const char* name;
  Access access;
};

/// By StepKind.
inline constexpr StepRow step_rows[] = {
    {"load", Access::read},
    {"store", Access::write},
    {"update", Access::write},
    {"compare-exchange", Access::write},
    {"fence", Access::none},
    {"lock", Access::acquire},
    {"try-lock", Access::write},
    {"unlock", Access::release},
    {"read-lock", Access::shared_acquire},
    {"try-read-lock", Access::write},
    {"write-lock", Access::acquire},
    {"try-write-lock", Access::write},
    {"rw-unlock", Access::release},
    {"wait", Access::write},
    {"timed-wait", Access::write},
    {"wake-up", Access::write},
    {"signal", Access::write},
    {"broadcast", Access::write},
    {"sem-wait", Access::acquire},
    {"sem-try-wait", Access::write},
    {"sem-post", Access::write},
    {"sem-value", Access::read},
    {"futex-wait", Access::write},
    {"futex-wake", Access::write},
    {"barrier", Access::write},
    {"once", Access::acquire},
    {"yield", Access::none},
    {"sleep", Access::none},
    {"join", Access::none},
    {"read", Access::read},
    {"write", Access::write},
    {"fail", Access::none},
};

constexpr const StepRow& row_of(StepKind kind) {
  return step_rows[static_cast<std::size_t>(kind)];
}

}  // namespace sim
