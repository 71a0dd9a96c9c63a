#include "tools/simulate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/outcome.hpp"
#include "sim/report/text_report.hpp"
#include "sim/scenario/limits.hpp"
#include "sim/scenario/loader.hpp"
#include "tools/build_info.hpp"
#include "tools/interrupt.hpp"
#include "tools/option_values.hpp"

namespace sim {

namespace {

ExitCode code_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::met:
      return ExitCode::ok;
    case Outcome::incomplete:
      return ExitCode::incomplete;
    case Outcome::violated:
      return ExitCode::violated;
    case Outcome::diverged:
      return ExitCode::divergence;
  }
  return ExitCode::internal;
}

/// The first design that was not the same in both runs; empty when all were.
std::string divergence_of(const RunSummary& once, const RunSummary& again) {
  const std::size_t designs = std::min(once.designs.size(), again.designs.size());
  for (std::size_t i = 0; i < designs; ++i) {
    const DesignSummary& one = once.designs[i];
    const DesignSummary& other = again.designs[i];
    if (one.fingerprint != other.fingerprint)
      return fmt::format(
          "{} was another run the second time: {} events and fingerprint {}, then "
          "{} and {}",
          one.name, one.events, fingerprint_text(one.fingerprint), other.events,
          fingerprint_text(other.fingerprint));
  }
  return once.designs.size() == again.designs.size() ? "" : "the second run had other designs";
}

/// What the scenario says about itself, where the run left it out.
void complete(RunSummary& summary, const Scenario& scenario, std::uint64_t seed) {
  summary.seed = seed;
  summary.expect = scenario.expect;
  if (!summary.replayed && scenario.workload.kind != queue_program_workload)
    summary.requests_planned = scenario.workload.requests;
  summary.interrupted = summary.interrupted || interrupt_flag().load();
  if (summary.scenario.empty()) summary.scenario = scenario.path;
  if (summary.description.empty()) summary.description = scenario.description;
  if (summary.machine.empty()) summary.machine = describe_machine(scenario);
  if (summary.limits.empty()) summary.limits = check_limits(scenario.limits, summary.designs);
}

}  // namespace

Results::Results(const Console& console, std::uint64_t seed, JsonShape shape)
    : console_(console), seed_(seed), shape_(shape) {}

void Results::add(const Scenario& scenario, kev::Result<RunSummary> result) {
  if (!result) return add_errors(scenario.path, result.error());
  complete(*result, scenario, seed_);
  code_ = worse(code_, code_of(judge(*result).outcome));
  if (result->interrupted) code_ = worse(code_, ExitCode::interrupted);
  if (console_.json())
    json_.push_back(json_report(*result));
  else
    console_.print((first_ ? "" : "\n") + text_report(*result, console_.style()));
  first_ = false;
}

void Results::add_errors(const std::string& path, const kev::Errors& errors) {
  console_.print_errors(errors);
  code_ = worse(code_, ExitCode::bad_usage);
  if (console_.json()) json_.push_back(json_errors(seed_, path, errors));
}

ExitCode Results::finish() {
  if (console_.json()) console_.print(json_document(json_, shape_));
  return code_;
}

kev::Result<RunSummary> simulate_checked(const SimulationArguments& arguments,
                                         const std::function<kev::Result<RunSummary>()>& simulate) {
  kev::Result<RunSummary> result = simulate();
  if (!result || !arguments.check_determinism) return result;
  const kev::Result<RunSummary> again = simulate();
  // A run that was stopped by hand ends anywhere.
  if (!again || interrupt_flag().load()) return result;
  result->repeated = true;
  result->divergence = divergence_of(*result, *again);
  return result;
}

std::optional<std::uint64_t> begin(const Console& console, const SimulationArguments& arguments) {
  const kev::Result<std::uint64_t> seed = parse_seed(arguments.seed);
  if (!seed) {
    console.print_errors(seed.error());
    return std::nullopt;
  }
  if (!console.json()) console.print(seed_line(*seed, version_line()));
  return *seed;
}

}  // namespace sim
