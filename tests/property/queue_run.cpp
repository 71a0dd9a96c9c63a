#include "tests/property/queue_run.hpp"

#include "sim/world/queue_program.hpp"
#include "tests/support/machine_fixture.hpp"

namespace test {

namespace {

sim::MachineOptions options(sim::OrderWatch* watch) {
  sim::MachineOptions options = exploring(2, watch);
  options.kernel.step_limit = 200'000;
  return options;
}

}  // namespace

std::unique_ptr<sim::OrderWatch> run_watch() {
  return sim::make_watch();
}

std::string run_program(const QueueProgram& program, sim::Chooser& chooser,
                        sim::OrderWatch* watch) {
  sim::QueueProgramRun run(program, chooser, options(watch),
                           watch == nullptr ? nullptr : &sim::make_explored_platform);
  run.run();
  return run.undecided() ? "the search for an explanation was given up\n" : run.failure();
}

kev::spec::History history_of(const QueueProgram& program, sim::Chooser& chooser) {
  sim::QueueProgramRun run(program, chooser, options(nullptr));
  run.run();
  KEV_CHECK(run.failure().empty());
  return run.history();
}

}  // namespace test
