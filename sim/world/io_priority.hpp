#pragma once
// Simulated programs that begin with an I/O priority, as under ionice(1).

#include <functional>
#include <string>
#include <string_view>

#include "sim/block/io_priority.hpp"
#include "sim/machine/sim_platform.hpp"

namespace sim {

/// Requires: a text that the loader has checked (sim/scenario/io_priority_text.hpp).
IoPriority io_priority_of(std::string_view text);

/// A thread of a process: as Kernel::spawn, and what it submits to the disk has that priority.
Thread& spawn_program(SimPlatform& platform, IoPriority priority, std::string name,
                      std::function<void()> body);

}  // namespace sim
