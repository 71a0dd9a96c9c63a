#pragma once
// One execution of a scenario in exploration mode: on a machine made for it, to the end of the
// workload, through the drain that follows, to the checks of what may not be left over.
//
// What the constructor makes does not depend on any choice; all that does belongs into explore().

#include <memory>
#include <string>

#include "sim/machine/machine.hpp"
#include "sim/machine/sim_platform.hpp"
#include "sim/scenario/scenario.hpp"

namespace sim {

class ExploredRun {
 public:
  virtual ~ExploredRun() = default;
  ExploredRun(const ExploredRun&) = delete;
  ExploredRun& operator=(const ExploredRun&) = delete;

  /// Once; to the end, or to the first violation, which the machine's kernel has.
  virtual void explore() = 0;
  [[nodiscard]] virtual Machine& machine() = 0;
  /// A number for what the program has seen, whatever the order in which independent things
  /// happened: executions that it tells apart differ in what matters.
  [[nodiscard]] virtual std::uint64_t outcome() const { return 0; }

 protected:
  ExploredRun() = default;
};

/// Which instantiation of the code under test runs, and who watches what it does to memory.
struct CodeToExplore {
  std::unique_ptr<SimPlatform> (*make_platform)(Machine& machine) = nullptr;  ///< null: plain code
  OrderWatch* watch = nullptr;
};

/// An explored execution that takes more does not end.
inline constexpr std::uint64_t most_steps = 200'000;

/// What every kind of workload makes its exploration from.
struct ExploredOptions {
  const Scenario* scenario = nullptr;
  std::string design;             ///< of the workload's list; empty: the kind has none
  PickRecorder* picks = nullptr;  ///< answers every choice
  std::uint64_t seed = 1;
  StackPool* stacks = nullptr;  ///< for the threads; null: a pool of the machine's own
  CodeToExplore code;
};

/// A machine of the scenario on which operations are free and every choice is asked of the picks.
[[nodiscard]] MachineOptions explored_machine(const ExploredOptions& options);

/// For a machine that runs the code which the options name; null options: plain code.
[[nodiscard]] std::unique_ptr<SimPlatform> platform_for(Machine& machine,
                                                        const ExploredOptions* options);

}  // namespace sim
