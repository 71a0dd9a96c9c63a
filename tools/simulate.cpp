#include "tools/simulate.hpp"

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
  }
  return ExitCode::internal;
}

/// What the scenario says about itself, where the run left it out.
void complete(RunSummary& summary, const Scenario& scenario, std::uint64_t seed) {
  summary.seed = seed;
  summary.expect = scenario.expect;
  if (!summary.replayed) summary.requests_planned = scenario.workload.requests;
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
