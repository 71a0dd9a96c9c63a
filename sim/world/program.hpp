#pragma once
// Small concurrent programs of one event queue as plain data: a world, and what each thread does.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/faults/faults.hpp"
#include "sim/scenario/operation.hpp"

namespace sim {

inline constexpr std::uint32_t call_capacity = 8;  ///< requests or events of one call

struct ProgramWorld {
  std::uint32_t ring_slots = 0;
  std::uint32_t sockets = 0;
  std::vector<FaultRule> faults = {};  ///< from when the threads start, until nothing happens
};

struct QueueProgram {
  ProgramWorld world;
  std::vector<std::vector<ProgramStep>> threads;
  std::vector<ProgramStep> before = {};  ///< by the program's first thread, before it starts these
  std::vector<std::string> names = {};   ///< of the threads
};

}  // namespace sim
