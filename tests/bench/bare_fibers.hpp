#pragma once
// The least that a random walk over threads can cost: fibers that give way to each other before
// each step, as the picks say, and add one to a number. No program, no hooks, no tape, no hash, no
// detectors. What the explorer takes longer for the same schedule is its own.

#include <cstdint>

namespace sim {

/// Executions of so many threads and steps each; the sum of all steps.
std::uint64_t run_bare_fibers(std::uint32_t threads, std::uint32_t steps, std::uint64_t executions);

}  // namespace sim
