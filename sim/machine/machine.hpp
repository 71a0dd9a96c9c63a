#pragma once
// One simulated machine: engine, kernel, memory, descriptors, and, when asked for, its devices.
//
// The parts are built in the order listed and torn down in the opposite one, after every context
// has been unwound. A machine belongs to one execution; nothing in it is global.

#include <memory>

#include "sim/engine/engine.hpp"
#include "sim/engine/random.hpp"
#include "sim/engine/stack_pool.hpp"
#include "sim/faults/faults.hpp"
#include "sim/kernel/file.hpp"
#include "sim/kernel/kernel.hpp"
#include "sim/kernel/memory.hpp"
#include "sim/kernel/process.hpp"
#include "sim/kernel/rcu.hpp"
#include "sim/kernel/signals.hpp"
#include "sim/schedule/choice.hpp"
#include "sim/trace/recorder.hpp"

namespace sim {

struct Devices;

struct MachineOptions {
  KernelOptions kernel;
  std::uint64_t seed = 1;
  /// Classic RCU waits for a tick on every CPU: a few ticks of HZ=1000 in 2.6.18.
  kev::Duration grace_period{3'000'000};
  StackPool* stacks = nullptr;  ///< of others, which outlives the machine; null: one of its own
};

struct Machine {
  /// In exploration options.kernel.picks, if given, is asked for threads.
  Machine(Chooser& chooser, const MachineOptions& options);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  RandomStreams streams;
  Engine engine;
  Recorder recorder;
  StackPool own_stacks;
  StackPool& stacks;
  Kernel kernel;
  Faults faults;
  Rcu rcu;
  Allocator allocator;
  UserMemory user;
  FileTable files;
  Process process;
  Signals signals;
  /// Disk, page cache, files, network (sim/world/devices.hpp); null when there are none.
  std::unique_ptr<Devices, void (*)(Devices*)> devices{nullptr, nullptr};
};

}  // namespace sim
