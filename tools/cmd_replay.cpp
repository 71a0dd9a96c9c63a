#include <fmt/format.h>

#include "sim/scenario/loader.hpp"
#include "tools/commands.hpp"
#include "tools/interrupt.hpp"
#include "tools/option_values.hpp"
#include "tools/replay_on_disk.hpp"
#include "tools/simulate.hpp"

namespace sim {

ExitCode replay_command(const ReplayArguments& arguments) {
  if (replays_on_disk(arguments)) return replay_on_disk(arguments);
  const Console console(arguments.output);
  const std::optional<std::uint64_t> seed = begin(console, arguments.simulation);
  if (!seed) return ExitCode::bad_usage;
  Results results(console, *seed, JsonShape::object);

  const kev::Result<kev::Instant> until = parse_until(arguments.simulation.until);
  const kev::Result<Timing> timing = parse_timing(arguments.timing);
  const kev::Result<bool> apart =
      check_trace_path(arguments.simulation.trace_path, {arguments.trace, arguments.on});
  if (!until || !timing || !apart) {
    results.add_errors(arguments.on, !until    ? until.error()
                                     : !timing ? timing.error()
                                               : apart.error());
    return results.finish();
  }

  const Catalog names = catalog();
  const std::vector<Override> overrides = overrides_of(arguments.simulation, names);
  const kev::Result<Scenario> on = arguments.on.empty()
                                       ? default_scenario(names, overrides)
                                       : load_scenario(arguments.on, names, overrides);
  if (!on) {
    results.add_errors(arguments.on, on.error());
    return results.finish();
  }

  ReplayOptions options;
  options.seed = *seed;
  options.until = *until;
  options.trace_path = arguments.simulation.trace_path;
  options.interrupted = &interrupt_flag();
  options.timing = timing->kind;
  options.factor = timing->factor;
  catch_interrupts();
  const auto simulate = [&] {
    const Console::Status status(console, fmt::format("replaying {} ...", arguments.trace));
    return replay_trace(*on, arguments.trace, options);
  };
  results.add(*on, simulate_checked(arguments.simulation, simulate));
  return results.finish();
}

}  // namespace sim
