#pragma once
// A thread of an explored program: the fiber that it is, and what the runtime knows of it. What
// each switch of threads looks at lies together at its beginning.

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/instrument/fiber_context.hpp"
#include "sim/instrument/steps.hpp"
#include "sim/schedule/strategy.hpp"

namespace sim {

/// Called when a thread ends: the destructor of a thread_local variable.
struct ExitHandler {
  void (*call)(void*);
  void* object;
};

/// What a thread begins with.
struct FreshThread {
  std::uint32_t creator = nobody;  ///< who goes on when this has reached its first step
  std::uint32_t held_count = 0;
  std::uint32_t reads = 0;
  std::uint32_t writes_seen = 0;
  std::uint32_t spins = 0;
  bool finished = false;
  bool detached = false;
  bool asleep = false;       ///< in a wait on a condition variable that a signal ends
  bool futex_timed = false;  ///< in a wait on `futex` that may run out
  ThreadMask joiners = 0;
  std::uint64_t turns_seen = 0;  ///< when it last yielded
  bool spurious_done = false;
};

struct alignas(64) SimThread : FreshThread {
  FiberContext fiber;
  NextStep* next = nullptr;  ///< what it is about to do
  std::uint32_t id = 0;
  std::uint32_t signalled_by = nobody;
  std::uint32_t futex = 0;
  StepKind waiting_kind = StepKind::load;  ///< what it waits in, while it is not ready
  std::uint32_t waiting_id = 0;
  const void* waiting_on = nullptr;
  void* relock = nullptr;  ///< the mutex to take again after a wait
  void* (*start)(void*) = nullptr;
  void* argument = nullptr;
  void* result = nullptr;
  std::uint32_t yields = 0;                ///< in a row, while nobody else took a step
  std::array<std::uint32_t, 8> held{};     ///< the locks it holds
  std::array<std::uint64_t, 8> recent{};   ///< what it read since anybody wrote
  std::vector<ExitHandler> exit_handlers;  ///< due when it ends
  std::vector<std::pair<std::uint32_t, void*>> specific;  ///< values by pthread_key_t
};

}  // namespace sim
