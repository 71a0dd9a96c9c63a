#pragma once
// `kevsim replay` of traces of disks: requests that reached a real disk, on a modelled one.

#include <string_view>

#include "tools/arguments.hpp"
#include "tools/exit_code.hpp"

namespace sim {

/// The format whose lines have measured service times (sim/validate/disk_trace.hpp).
inline constexpr std::string_view disksim_validate = "disksim-validate";

/// It is a trace of a disk: its format is, or a disk was named for a trace of whatever format.
bool replays_on_disk(const ReplayArguments& arguments);

/// Prints mean service times, and the demerit figure where the trace has times to compare with.
/// Formats: disksim-validate and those of sim/validate/block_trace.hpp.
ExitCode replay_on_disk(const ReplayArguments& arguments);

}  // namespace sim
