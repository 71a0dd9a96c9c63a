#pragma once
// `kevsim replay --format disksim-validate`: requests measured on a real disk, on a modelled one.

#include "tools/arguments.hpp"
#include "tools/exit_code.hpp"

namespace sim {

/// Prints both mean service times and the demerit figure (sim/validate/disk_trace.hpp).
ExitCode replay_on_disk(const ReplayArguments& arguments);

}  // namespace sim
