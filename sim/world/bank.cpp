#include "sim/world/bank.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/explore/campaign.hpp"
#include "sim/explore/explain.hpp"
#include "sim/explore/shrink.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/world/run.hpp"
#include "sim/world/world_subject.hpp"

namespace sim {

namespace {

constexpr std::uint64_t reach_executions = 1000;
constexpr std::uint32_t replays = 100;
/// Shrinking ends by what it has run, not by time.
constexpr ShrinkOptions shrink_options{1e9, 200'000, 10'000'000};

bool tells(const kev::BugRow& row, std::string_view property) {
  if (property == "data_race") return true;
  return fmt::format(" {} ", row.oracles).find(fmt::format(" {} ", property)) != std::string::npos;
}

bool ignores_seed(const std::string& strategy) {
  return strategy.starts_with("dfs") || strategy.starts_with("odpor");
}

std::uint32_t operations_of(const Scenario& scenario) {
  if (scenario.workload.kind != queue_program_workload)
    return static_cast<std::uint32_t>(scenario.workload.requests);
  std::size_t count = scenario.program.before.size();
  for (const ThreadSpec& thread : scenario.threads) count += thread.does.size();
  return static_cast<std::uint32_t>(count);
}

/// One at a time: so it is with watches.
kev::Result<std::unique_ptr<WorldSubject>> subject_of(const kev::BugRow& bug, std::string_view on,
                                                      const BankOptions& options) {
  const auto scenario = load_scenario(options.scenarios + "/" + scenario_of(bug), catalog(),
                                      {{fmt::format("bug={}", on), "--set"}});
  if (!scenario) return tl::unexpected(scenario.error());
  const bool program = scenario->workload.kind == queue_program_workload;
  return WorldSubject::make(*scenario, program ? "" : scenario->workload.designs.front(),
                            options.code == nullptr ? WatchedCode() : options.code());
}

/// Runs it from its tape, makes it plain, explains it.
BankFinding examine(WorldSubject& subject, const Hit& hit) {
  BankFinding finding;
  finding.property = hit.property;
  finding.execution = hit.execution;
  finding.steps = hit.steps;
  finding.preemptions = preemptions(hit.tape);
  TapeStrategy again(hit.tape);
  for (; finding.replays < replays; ++finding.replays) {
    again.begin(0);
    const Execution& done = subject.run(again);
    const bool same = done.violated() && done.violation->property == hit.property &&
                      done.fingerprint == hit.fingerprint && !again.diverged();
    finding.same += same ? 1 : 0;
  }
  std::vector<std::int64_t> whole;
  for (const WorkloadPart& part : subject.parts()) whole.push_back(part.value);
  const Shrunk shrunk = shrink(subject, hit.tape, hit.property, shrink_options);
  finding.verified = shrunk.verified;
  finding.operations = operations_of(subject.scenario());
  finding.shrunk_steps = shrunk.steps;
  finding.shrunk_preemptions = preemptions(shrunk.tape);
  const Explanation explanation = explain(subject, shrunk.tape, hit.property);
  finding.switches = explanation.switches;
  finding.critical_step = explanation.critical_step;
  finding.table = explanation.table;
  subject.set_parts(whole);
  return finding;
}

/// Everything about one bug.
class Measurement {
 public:
  Measurement(const BankOptions& options, const kev::BugRow& bug) : options_(options) {
    result_.bug = &bug;
  }

  kev::Result<BankBug> measure(const std::function<void(const BankCell&)>& progress) {
    auto on = subject_of(bug(), bug().name, options_);
    if (!on) return tl::unexpected(on.error());
    subject_ = std::move(*on);
    result_.operations = operations_of(subject_->scenario());
    for (const std::string& strategy : options_.strategies) {
      const auto cell = measure_cell(strategy);
      if (!cell) return tl::unexpected(cell.error());
      progress(*cell);
      result_.cells.push_back(*cell);
    }
    if (first_hit_) result_.finding = examine(*subject_, *first_hit_);
    measure_reach();
    if (const auto control = run_control(); !control) return tl::unexpected(control.error());
    return std::move(result_);
  }

 private:
  [[nodiscard]] const kev::BugRow& bug() const { return *result_.bug; }
  [[nodiscard]] bool interrupted() const {
    return options_.interrupted != nullptr && options_.interrupted->load();
  }

  [[nodiscard]] CampaignOptions campaign(const std::string& strategy, std::uint64_t seed,
                                         std::uint64_t executions) const {
    CampaignOptions made;
    made.strategy = strategy;
    made.seed = seed;
    made.executions = executions;
    made.jobs = options_.jobs;
    made.interrupted = options_.interrupted;
    return made;
  }

  kev::Result<BankCell> measure_cell(const std::string& strategy) {
    BankCell cell;
    cell.bug = &bug();
    cell.strategy = strategy;
    const std::uint64_t runs = ignores_seed(strategy) ? 1 : options_.seeds;
    std::vector<std::uint64_t> executions;
    for (std::uint64_t seed = 1; seed <= runs && !interrupted(); ++seed) {
      if (options_.hopeless != 0 && cell.found == 0 && cell.runs == options_.hopeless) break;
      const auto run =
          run_campaign(*subject_, campaign(strategy, seed, options_.budget_for(bug())));
      if (!run) return tl::unexpected(run.error());
      ++cell.runs;
      const bool hit = !run->hits.empty();
      const bool found = hit && tells(bug(), run->hits.front().property);
      cell.found += found ? 1 : 0;
      cell.wrong += hit && !found ? 1 : 0;
      if (run->end == CampaignEnd::complete || run->end == CampaignEnd::bounded)
        cell.complete = run->executions;
      executions.push_back(found ? run->hits.front().execution + 1 : 0);
      if (found && !first_hit_) first_hit_ = run->hits.front();
    }
    if (!executions.empty()) cell.executions = median_of(std::move(executions));
    return cell;
  }

  void measure_reach() {
    auto strategies = make_strategies("random");
    KEV_CHECK(strategies.has_value());
    Strategy& random = *strategies->front();
    while (result_.random_executions < reach_executions && !interrupted()) {
      random.begin(++result_.random_executions);
      subject_->run(random);
      if (subject_->bug_reached() != 0) ++result_.reached;
    }
  }

  kev::Result<bool> run_control() {
    if (options_.control == 0 || interrupted()) return true;
    subject_.reset();
    auto off = subject_of(bug(), "none", options_);
    if (!off) return tl::unexpected(off.error());
    CampaignOptions made = campaign("portfolio", 1, options_.control * options_.budget_for(bug()));
    made.keep_going = true;
    const auto run = run_campaign(**off, made);
    if (!run) return tl::unexpected(run.error());
    result_.control_executions = run->executions;
    for (const Hit& hit : run->hits)
      result_.control_violations.push_back(fmt::format("{} in execution {} ({}): {}", hit.property,
                                                       hit.execution, hit.strategy, hit.message));
    if (!run->divergence.empty()) result_.control_violations.push_back(run->divergence);
    return true;
  }

  const BankOptions& options_;
  BankBug result_;
  std::unique_ptr<WorldSubject> subject_;
  std::optional<Hit> first_hit_;
};

}  // namespace

MedianOf median_of(std::vector<std::uint64_t> executions) {
  KEV_CHECK(!executions.empty());
  // What was not found (0) comes last.
  std::sort(executions.begin(), executions.end(),
            [](std::uint64_t a, std::uint64_t b) { return a - 1 < b - 1; });
  const std::size_t count = executions.size();
  const double half = static_cast<double>(count) / 2;
  const double least = half - 0.98 * std::sqrt(static_cast<double>(count));
  const auto low = static_cast<std::size_t>(std::max(least, 0.0));
  return {executions[(count - 1) / 2], executions[low], executions[count - 1 - low]};
}

kev::Result<BankResult> measure_bank(const BankOptions& options,
                                     const std::function<void(const BankCell&)>& progress) {
  BankResult result;
  const auto interrupted = [&] {
    return options.interrupted != nullptr && options.interrupted->load();
  };
  for (const kev::BugRow* bug : options.bugs) {
    if (interrupted()) break;
    auto measured = Measurement(options, *bug).measure(progress);
    if (!measured) return tl::unexpected(measured.error());
    result.bugs.push_back(std::move(*measured));
  }
  result.interrupted = interrupted();
  return result;
}

}  // namespace sim
