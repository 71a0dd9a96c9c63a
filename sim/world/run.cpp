#include "sim/world/run.hpp"

#include <fmt/format.h>

#include "sim/engine/hash.hpp"
#include "sim/world/design_run.hpp"
#include "sim/world/event_run.hpp"
#include "sim/world/queue_program_run.hpp"
#include "sim/world/stopwatch.hpp"

namespace sim {

namespace {

/// One trace file a design: `x.ktrace` becomes `x-sync-sendfile.ktrace` when there are several.
std::string trace_path_for(const std::string& path, std::string_view design, std::size_t designs) {
  if (path.empty() || designs == 1) return path;
  const std::size_t slash = path.find_last_of('/');
  std::size_t dot = path.find_last_of('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) dot = path.size();
  return fmt::format("{}-{}{}", path.substr(0, dot), design, path.substr(dot));
}

/// Runs the designs one after the other: `run(name, trace path)` gives a design's figures.
template <class Run>
kev::Result<RunSummary> run_each(const Scenario& scenario, const RunOptions& options,
                                 const Run& run) {
  RunSummary summary;
  summary.seed = options.seed;
  Fingerprint fingerprint;
  const std::size_t count = scenario.workload.designs.size();
  for (const std::string& name : scenario.workload.designs) {
    const Stopwatch watch;
    kev::Result<DesignSummary> result = run(name, trace_path_for(options.trace_path, name, count));
    if (!result) return tl::unexpected(result.error());
    result->wall_time = watch.elapsed();
    fingerprint.add(result->fingerprint);
    summary.designs.push_back(std::move(*result));
    if (options.interrupted != nullptr && options.interrupted->load()) break;
  }
  summary.fingerprint = fingerprint.value();
  return summary;
}

template <class MakeSource>
kev::Result<RunSummary> run_designs(const Scenario& scenario, const RunOptions& options,
                                    const MakeSource& make_source) {
  return run_each(scenario, options, [&](const std::string& name, const std::string& trace_path) {
    const Design* design = find_design(name);
    KEV_CHECK(design != nullptr);
    const std::unique_ptr<RequestSource> source = make_source();
    return run_design({&scenario, design, &options, trace_path}, *source);
  });
}

kev::Result<RunSummary> run_file_server(const Scenario& scenario, const RunOptions& options) {
  const RandomStreams streams(options.seed);
  return run_designs(scenario, options,
                     [&] { return make_file_server(scenario.workload, streams); });
}

kev::Result<RunSummary> run_event_queue(const Scenario& scenario, const RunOptions& options) {
  return run_each(scenario, options, [&](const std::string& name, const std::string& trace_path) {
    const EventProgramRow* program = find_event_program(name);
    KEV_CHECK(program != nullptr);
    return run_event_program({&scenario, program, &options, trace_path});
  });
}

kev::Result<RunSummary> run_program(const Scenario& scenario, const RunOptions& options) {
  Scenario one = scenario;
  one.workload.designs = {std::string(queue_program_workload)};
  return run_each(one, options, [&](const std::string&, const std::string&) {
    return run_queue_program({&scenario, &options});
  });
}

constexpr WorkloadKind kinds[] = {
    {file_server_workload,
     "clients fetch whole files over kept-alive connections, one after another", run_file_server,
     explore_design},
    {event_queue_workload, "threads raise and consume events on one queue: no disk, no network",
     run_event_queue, explore_event_program},
    {queue_program_workload, "the threads that the scenario spells out, on one queue", run_program,
     explore_queue_program},
};

}  // namespace

std::span<const WorkloadKind> workloads() {
  return kinds;
}

kev::Result<RunSummary> run_scenario(const Scenario& scenario, const RunOptions& options) {
  for (const WorkloadKind& kind : kinds)
    if (kind.name == scenario.workload.kind) return kind.run(scenario, options);
  kev::check_failed("the loader knows the kinds of workload", __FILE__, __LINE__);
}

kev::Result<RunSummary> replay_trace(const Scenario& on, const std::string& trace_path,
                                     const ReplayOptions& options) {
  if (on.workload.kind != file_server_workload)
    return kev::fail(fmt::format("a capture cannot be replayed on workload '{}'", on.workload.kind),
                     {on.path, 0, 0}, "use a scenario of workload 'file-server'");
  const kev::Result<ReplayPlan> plan = plan_from_strace(trace_path);
  if (!plan) return tl::unexpected(plan.error());
  Scenario scenario = on;
  // What the captured server had set itself holds here too.
  if (plan->send_buffer_bytes != 0) {
    scenario.tcp.send_buffer_bytes = 2 * plan->send_buffer_bytes;
    scenario.tcp.send_buffer_max_bytes = 0;
  }
  kev::Result<RunSummary> summary =
      run_designs(scenario, options, [&] { return make_replay(*plan, options); });
  if (!summary) return summary;
  summary->replayed = true;
  ReplaySummary& replay = summary->replay;
  replay.trace = trace_path;
  replay.timing = options.timing == ReplayTiming::recorded ? "recorded"
                  : options.timing == ReplayTiming::asap   ? "asap"
                                                           : fmt::format("x{}", options.factor);
  replay.calls_matched = plan->calls_matched;
  replay.calls_ignored = plan->calls_ignored;
  replay.matched = plan->matched;
  replay.ignored = plan->ignored;
  replay.unmatched = plan->unmatched;
  replay.connections = static_cast<std::int64_t>(plan->connections.size());
  replay.files = static_cast<std::int64_t>(plan->files.size());
  for (const ReplayConnection& connection : plan->connections)
    replay.requests_recorded += static_cast<std::int64_t>(connection.requests.size());
  return summary;
}

}  // namespace sim
