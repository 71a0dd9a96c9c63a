#pragma once
// What run and replay have in common after their arguments are read: seed first, then options, then
// results to stdout in the chosen format.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "sim/report/json_report.hpp"
#include "sim/report/summary.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/world/run.hpp"
#include "tools/arguments.hpp"
#include "tools/console.hpp"
#include "tools/exit_code.hpp"

namespace sim {

/// The results of one command, as they come: text at once, JSON as one document at the end.
class Results {
 public:
  Results(const Console& console, std::uint64_t seed, JsonShape shape);

  /// Adds one run of `scenario`: its summary, or why there is none.
  void add(const Scenario& scenario, kev::Result<RunSummary> result);
  /// Input that could not be used at all.
  void add_errors(const std::string& path, const kev::Errors& errors);

  /// Writes what is left to write and says how to exit.
  ExitCode finish();

 private:
  const Console& console_;
  std::uint64_t seed_;
  JsonShape shape_;
  std::vector<std::string> json_;
  ExitCode code_ = ExitCode::ok;
  bool first_ = true;
};

/// Simulates; with --check-determinism once more, to compare.
kev::Result<RunSummary> simulate_checked(const SimulationArguments& arguments,
                                         const std::function<kev::Result<RunSummary>()>& simulate);

/// The seed, printed before anything else can fail; nothing when it is not a seed.
std::optional<std::uint64_t> begin(const Console& console, const SimulationArguments& arguments);

}  // namespace sim
