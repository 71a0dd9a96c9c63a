#include "sim/world/run.hpp"

#include <fmt/format.h>

#include "sim/engine/hash.hpp"
#include "sim/world/design_run.hpp"
#include "sim/world/stopwatch.hpp"

namespace sim {

namespace {

/// One trace file a design: `x.ktrace` becomes `x-sync-sendfile.ktrace` when there are several.
std::string trace_path_for(const std::string& path, const Design& design, std::size_t designs) {
  if (path.empty() || designs == 1) return path;
  const std::size_t slash = path.find_last_of('/');
  std::size_t dot = path.find_last_of('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) dot = path.size();
  return fmt::format("{}-{}{}", path.substr(0, dot), design.name, path.substr(dot));
}

/// What the machine cannot have, although the names are right.
kev::Result<bool> check_supported(const Scenario& scenario) {
  const auto only_one = [&](std::string_view section, std::size_t count) -> kev::Result<bool> {
    if (count == 1) return true;
    return kev::fail(fmt::format("workload '{}' uses one {}, but the scenario has {}",
                                 scenario.workload.kind, section, count),
                     {scenario.path, 0, 0}, fmt::format("keep one [{}.NAME] section", section));
  };
  if (const auto disks = only_one("disk", scenario.disks.size()); !disks) return disks;
  return only_one("link", scenario.links.size());
}

template <class MakeSource>
kev::Result<RunSummary> run_designs(const Scenario& scenario, const RunOptions& options,
                                    const MakeSource& make_source) {
  if (const auto supported = check_supported(scenario); !supported)
    return tl::unexpected(supported.error());
  RunSummary summary;
  summary.seed = options.seed;
  Fingerprint fingerprint;
  const std::size_t count = scenario.workload.designs.size();
  for (const std::string& name : scenario.workload.designs) {
    const Design* design = find_design(name);
    KEV_CHECK(design != nullptr);
    const std::unique_ptr<RequestSource> source = make_source();
    const Stopwatch watch;
    auto result = run_design(
        {&scenario, design, &options, trace_path_for(options.trace_path, *design, count)}, *source);
    if (!result) return tl::unexpected(result.error());
    result->wall_time = watch.elapsed();
    fingerprint.add(result->fingerprint);
    summary.designs.push_back(std::move(*result));
    if (options.interrupted != nullptr && options.interrupted->load()) break;
  }
  summary.fingerprint = fingerprint.value();
  return summary;
}

}  // namespace

kev::Result<RunSummary> run_scenario(const Scenario& scenario, const RunOptions& options) {
  const RandomStreams streams(options.seed);
  return run_designs(scenario, options,
                     [&] { return make_file_server(scenario.workload, streams); });
}

kev::Result<RunSummary> replay_trace(const Scenario& on, const std::string& trace_path,
                                     const ReplayOptions& options) {
  const kev::Result<ReplayPlan> plan = plan_from_strace(trace_path);
  if (!plan) return tl::unexpected(plan.error());
  Scenario scenario = on;
  // What the captured server had set itself holds here too.
  if (plan->send_buffer_bytes != 0) scenario.tcp.send_buffer_bytes = 2 * plan->send_buffer_bytes;
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
