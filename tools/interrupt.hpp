#pragma once
// Ctrl-C: the first one asks the run to stop and report what it knows; the second one kills as
// usual.

#include <atomic>

namespace sim {

/// From now on SIGINT sets the flag instead of ending the process.
void catch_interrupts();

/// The flag, for the run to poll.
const std::atomic<bool>& interrupt_flag();

}  // namespace sim
