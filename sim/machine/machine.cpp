#include "sim/machine/machine.hpp"

namespace sim {

Machine::Machine(Chooser& chooser, const MachineOptions& options)
    : streams(options.seed),
      recorder(engine),
      stacks(options.stacks != nullptr ? *options.stacks : own_stacks),
      kernel(engine, recorder, chooser, stacks, options.kernel),
      faults(recorder, chooser, streams.stream("faults"), options.kernel.explore),
      rcu(kernel, options.grace_period),
      allocator(kernel, faults),
      user(kernel, faults),
      files(kernel),
      process(kernel, faults, user, files),
      signals(kernel) {}

// Fibers first: their stacks refer to everything else.
Machine::~Machine() {
  kernel.shut_down();
  files.abandon();
  allocator.destroy_all();
}

}  // namespace sim
