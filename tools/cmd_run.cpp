#include <fmt/format.h>

#include "sim/scenario/loader.hpp"
#include "tools/commands.hpp"
#include "tools/interrupt.hpp"
#include "tools/option_values.hpp"
#include "tools/simulate.hpp"

namespace sim {

namespace {

/// All scenarios, or nothing runs: a mistake in the last file is told before the first one is run.
std::vector<Scenario> load_all(const RunArguments& arguments, const Catalog& names,
                               Results& results) {
  std::vector<Scenario> scenarios;
  const std::vector<Override> overrides = overrides_of(arguments.simulation, names);
  for (const std::string& path : arguments.scenarios) {
    kev::Result<Scenario> scenario = load_scenario(path, names, overrides);
    if (scenario)
      scenarios.push_back(std::move(*scenario));
    else
      results.add_errors(path, scenario.error());
  }
  if (scenarios.size() < arguments.scenarios.size()) scenarios.clear();
  return scenarios;
}

}  // namespace

ExitCode run_command(const RunArguments& arguments) {
  const Console console(arguments.output);
  const std::optional<std::uint64_t> seed = begin(console, arguments.simulation);
  if (!seed) return ExitCode::bad_usage;
  Results results(console, *seed,
                  arguments.scenarios.size() > 1 ? JsonShape::list : JsonShape::object);

  const kev::Result<kev::Instant> until = parse_until(arguments.simulation.until);
  if (!until) {
    results.add_errors({}, until.error());
    return results.finish();
  }
  const std::string& trace_path = arguments.simulation.trace_path;
  if (!trace_path.empty() && arguments.scenarios.size() > 1) {
    results.add_errors({}, kev::fail("a trace is of one run, but several scenarios are given",
                                     {"--trace", 0, 0}, "run them one by one")
                               .value());
    return results.finish();
  }
  if (const auto apart = check_trace_path(trace_path, arguments.scenarios); !apart) {
    results.add_errors({}, apart.error());
    return results.finish();
  }
  const std::vector<Scenario> scenarios = load_all(arguments, catalog(), results);

  RunOptions options;
  options.seed = *seed;
  options.until = *until;
  options.trace_path = trace_path;
  options.interrupted = &interrupt_flag();
  catch_interrupts();
  for (const Scenario& scenario : scenarios) {
    const auto simulate = [&] {
      const Console::Status status(console, fmt::format("simulating {} ...", scenario.path));
      return run_scenario(scenario, options);
    };
    results.add(scenario, simulate_checked(arguments.simulation, simulate));
    if (interrupt_flag().load()) break;
  }
  return results.finish();
}

}  // namespace sim
