#include "sim/world/meter.hpp"

#include <algorithm>

#include "sim/world/devices.hpp"

namespace sim {

using kev::Duration;
using kev::Instant;

Meter::Meter(Machine& machine) : at(machine.engine.now()), kernel(machine.kernel.stats()) {
  for (const auto& cpu : machine.kernel.cpus()) cpu_busy += cpu->busy();
  if (machine.devices == nullptr) return;
  Devices& devices = *machine.devices;
  disk_busy = devices.disk.queue().stats().busy;
  link_busy = devices.network.link().busy(LinkDirection::to_client);
  if (const Switch* ethernet = devices.network.ethernet(); ethernet != nullptr)
    switch_drops = ethernet->drops();
  cache_lookups = devices.cache.stats().lookups;
  cache_hits = devices.cache.stats().hits;
}

namespace {

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

/// The smallest latency that at least `percent` of all do not exceed. Requires: sorted, not empty.
Duration percentile(const std::vector<Duration>& sorted, std::size_t percent) {
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

LatencySummary latencies(const Ledger& ledger) {
  std::vector<Duration> sorted;
  for (const LedgerEntry& entry : ledger.entries())
    if (entry.fate == RequestFate::completed) sorted.push_back(entry.ended - entry.sent);
  if (sorted.empty()) return {};
  std::sort(sorted.begin(), sorted.end());
  return {percentile(sorted, 50), percentile(sorted, 90), percentile(sorted, 99), sorted.back()};
}

/// From the first request to the last answer, or to `end` when requests still wait for theirs.
void count_requests(const Ledger& ledger, DesignSummary& summary, Instant end) {
  Instant first = Instant::never();
  Instant last;
  for (const LedgerEntry& entry : ledger.entries()) {
    ++summary.requests;
    summary.bytes_sent += entry.body_received;
    if (entry.fate == RequestFate::completed) ++summary.completed;
    if (entry.fate == RequestFate::failed) ++summary.failed;
    first = std::min(first, entry.sent);
    last = std::max(last, entry.fate == RequestFate::waiting ? end : entry.ended);
  }
  if (summary.requests != 0) summary.sim_time = last - first;
}

}  // namespace

DesignSummary summarise(const Meter& begin, const Meter& end, const Ledger& ledger,
                        Machine& machine) {
  DesignSummary summary;
  count_requests(ledger, summary, end.at);
  summary.throughput_bytes_per_s =
      ratio(static_cast<double>(summary.bytes_sent), summary.sim_time.seconds());
  summary.requests_per_s =
      ratio(static_cast<double>(summary.completed), summary.sim_time.seconds());
  summary.latency = latencies(ledger);
  summary.files = machine.devices != nullptr;

  const double measured = (end.at - begin.at).seconds();
  const auto cpus = static_cast<double>(machine.kernel.cpus().size());
  summary.cpu_busy_ratio = ratio((end.cpu_busy - begin.cpu_busy).seconds(), measured * cpus);
  summary.disk_busy_ratio = ratio((end.disk_busy - begin.disk_busy).seconds(), measured);
  summary.link_busy_ratio = ratio((end.link_busy - begin.link_busy).seconds(), measured);
  summary.switched = summary.files && machine.devices->network.ethernet() != nullptr;
  summary.switch_drops = end.switch_drops - begin.switch_drops;
  summary.cache_hit_ratio = ratio(static_cast<double>(end.cache_hits - begin.cache_hits),
                                  static_cast<double>(end.cache_lookups - begin.cache_lookups));
  summary.context_switches = end.kernel.context_switches - begin.kernel.context_switches;
  summary.wakeups = end.kernel.wakeups - begin.kernel.wakeups;
  summary.interrupts = end.kernel.interrupts - begin.kernel.interrupts;
  summary.system_calls = end.kernel.system_calls - begin.kernel.system_calls;
  summary.events = machine.engine.fired();
  summary.fingerprint = machine.recorder.fingerprint();
  for (const FaultHits& hits : machine.faults.hits())
    summary.faults.push_back({std::string(hits.kind->name), hits.count});
  summary.bug_reached = machine.kernel.bugs().reached();
  return summary;
}

}  // namespace sim
