// A world that simulates nothing: what a run "finds" is said by the scenario's description, so that
// the command line can be tested with every kind of ending. Linked in place of sim_world.

#include <csignal>
#include <stdexcept>

#include "model/base/check.hpp"
#include "sim/explored/explored.hpp"
#include "sim/world/bank.hpp"
#include "sim/world/run.hpp"
#include "sim/world/world_subject.hpp"
#include "tests/scenario/sample_catalog.hpp"

namespace sim {

namespace {

DesignSummary design_summary(const std::string& name, std::int64_t requests, std::int64_t rank) {
  DesignSummary design;
  design.name = name;
  design.requests = requests;
  design.completed = requests;
  design.bytes_sent = requests << 20;
  design.throughput_bytes_per_s = 20e6 * static_cast<double>(rank);
  design.latency = {kev::Duration(1'000'000), kev::Duration(2'000'000), kev::Duration(3'000'000),
                    kev::Duration(4'000'000)};
  design.sim_time = kev::Duration(5'000'000'000);
  design.wall_time = kev::Duration(50'000'000);
  design.events = 1000;
  return design;
}

/// What the description asks for, done to an otherwise good run.
kev::Result<RunSummary> end_as_asked(RunSummary summary, const std::string& wish,
                                     const RunOptions& options) {
  if (wish == "violate")
    summary.designs.front().violations.push_back(
        {"no_lost_wakeup", "kaio/0 waits although work is queued", kev::Instant(1'500'000)});
  if (wish == "complete nothing")
    for (DesignSummary& design : summary.designs) design.completed = 0;
  if (wish == "run nothing") summary.designs.clear();
  if (wish == "refuse") return kev::fail("cannot be created", kev::Place{options.trace_path, 0, 0});
  if (wish == "interrupt") {
    std::raise(SIGINT);
    KEV_CHECK(options.interrupted->load());
  }
  if (wish == "fail a check") KEV_CHECK(summary.designs.empty());
  if (wish == "be another run each time") {
    static std::uint64_t runs = 0;
    summary.designs.back().fingerprint = ++runs;
  }
  if (wish == "throw") throw std::runtime_error("thrown on purpose");
  return summary;
}

}  // namespace

Catalog catalog() {
  return sim_test::sample_catalog();
}

kev::Result<RunSummary> run_scenario(const Scenario& scenario, const RunOptions& options) {
  RunSummary summary;
  summary.fingerprint = options.seed * 0x9e3779b97f4a7c15u;
  std::int64_t rank = 0;
  for (const std::string& name : scenario.workload.designs)
    summary.designs.push_back(design_summary(name, scenario.workload.requests, ++rank));
  return end_as_asked(std::move(summary), scenario.description, options);
}

kev::Result<std::unique_ptr<Subject>> explored_scenario(const Scenario& scenario,
                                                        const std::string&, const WatchOptions&) {
  return kev::fail("this world cannot be explored", kev::Place{scenario.path, 0, 0});
}

WatchedCode watched_code(const WatchOptions&) {
  return {};
}

kev::Result<BankResult> measure_bank(const BankOptions& options,
                                     const std::function<void(const BankCell&)>& progress) {
  BankResult result;
  for (const kev::BugRow* bug : options.bugs) {
    BankBug row;
    row.bug = bug;
    for (const std::string& strategy : options.strategies) {
      row.cells.push_back({bug, strategy, options.seeds, options.seeds, {7, 5, 9}});
      progress(row.cells.back());
    }
    row.control_executions = options.control * options.budget_for(*bug);
    result.bugs.push_back(std::move(row));
  }
  return result;
}

kev::Result<RunSummary> replay_trace(const Scenario& on, const std::string& trace_path,
                                     const ReplayOptions& options) {
  if (trace_path.find("missing") != std::string::npos)
    return kev::fail("no such file", kev::Place{trace_path, 0, 0});
  kev::Result<RunSummary> summary = run_scenario(on, options);
  if (!summary) return summary;
  summary->replayed = true;
  ReplaySummary& replay = summary->replay;
  replay.trace = trace_path;
  replay.timing = options.timing == ReplayTiming::asap ? "asap" : "recorded";
  if (options.timing == ReplayTiming::scaled) replay.timing = "x" + std::to_string(options.factor);
  replay.requests_recorded = on.workload.requests;
  replay.connections = 8;
  replay.files = 200;
  replay.calls_matched = 2;
  replay.matched = {{"sendfile", "body of an answer", 2}};
  if (trace_path.find("unmatched") != std::string::npos)
    replay.unmatched = {{7, "sendfile(9, 8, ...)", "descriptor 9 is unknown", true}};
  return summary;
}

}  // namespace sim
