#include "sim/world/queue_program_run.hpp"

#include "model/bugs/bank.hpp"
#include "sim/world/fault_rules.hpp"
#include "sim/world/meter.hpp"

namespace sim {

namespace {

/// Small programs end soon; what has not ended by then runs in a circle.

MachineOptions machine_options(const QueueProgramOptions& options) {
  MachineOptions made;
  made.seed = options.run->seed;
  made.kernel.cpus = options.scenario->machine.cpus;
  made.kernel.explore = options.explore != nullptr;
  made.kernel.costs =
      find_cost_profile(made.kernel.explore ? "none" : options.scenario->machine.costs);
  KEV_CHECK(made.kernel.costs != nullptr);
  made.kernel.step_limit = most_steps;
  made.kernel.bug = bug_of(*options.scenario);
  return made;
}

/// Calls of the program's threads, as requests of a report.
void count_calls(const kev::spec::History& history, DesignSummary& summary) {
  for (const kev::spec::CallRecord& record : history.calls) {
    if (record.thread + 1 == history.threads) continue;
    ++summary.requests;
    if (!record.ended()) continue;
    if (record.answer.value < 0)
      ++summary.failed;
    else
      ++summary.completed;
  }
}

class ExploredQueueProgram final : public ExploredRun {
 public:
  explicit ExploredQueueProgram(const ExploredOptions& options)
      : program_(program_of(*options.scenario)),
        run_(program_, *options.picks, explored_machine(options), options.code.make_platform) {}
  void explore() override { run_.run(); }
  Machine& machine() override { return run_.machine(); }

 private:
  QueueProgram program_;
  QueueProgramRun run_;
};

}  // namespace

std::unique_ptr<ExploredRun> explore_queue_program(const ExploredOptions& options) {
  return std::make_unique<ExploredQueueProgram>(options);
}

QueueProgram program_of(const Scenario& scenario) {
  QueueProgram program;
  program.world.ring_slots = static_cast<std::uint32_t>(scenario.program.ring);
  program.world.sockets = static_cast<std::uint32_t>(scenario.program.sockets);
  for (const FaultSpec& fault : scenario.faults) program.world.faults.push_back(fault_rule(fault));
  program.before = scenario.program.before;
  for (const ThreadSpec& thread : scenario.threads) {
    program.threads.push_back(thread.does);
    program.names.push_back(thread.name);
  }
  return program;
}

kev::Bug bug_of(const Scenario& scenario) {
  const kev::BugRow* row = kev::find_bug(scenario.bug);
  return row == nullptr ? kev::Bug::none : row->bug;
}

kev::Result<DesignSummary> run_queue_program(const QueueProgramOptions& options) {
  const QueueProgram program = program_of(*options.scenario);
  PlainChooser plain;
  Chooser& chooser = options.explore != nullptr ? *options.explore : plain;
  QueueProgramRun run(program, chooser, machine_options(options));
  Machine& machine = run.machine();
  if (!options.run->trace_path.empty()) {
    const auto opened = machine.recorder.open(options.run->trace_path, options.run->seed,
                                              options.scenario->path + " queue-program");
    if (!opened) return tl::unexpected(opened.error());
  }
  const Meter begin(machine);
  run.run();
  if (const auto closed = machine.recorder.close(); !closed) return tl::unexpected(closed.error());
  DesignSummary summary = summarise(begin, Meter(machine), Ledger(), machine);
  summary.name = queue_program_workload;
  count_calls(run.history(), summary);
  summary.sim_time = machine.kernel.now() - begin.at;
  summary.violations = machine.kernel.violations();
  return summary;
}

}  // namespace sim
