#include "sim/report/metrics.hpp"

#include "model/base/check.hpp"
#include "sim/report/figures.hpp"

namespace sim {

namespace {

using Design = const DesignSummary&;
using enum MetricUnit;
using enum Metric::Concerns;

double number(std::int64_t value) {
  return static_cast<double>(value);
}
double number(kev::Duration value) {
  return static_cast<double>(value.ns());
}

constexpr Metric metric_rows[] = {
    {"throughput", "throughput", "", bytes_per_s, "file bytes received by clients, a second",
     [](Design d) { return d.throughput_bytes_per_s; }, files},
    {"rate", "completed a second", "", count, "requests or events completed, a second",
     [](Design d) { return d.requests_per_s; }, events},
    {"requests", "requests", "sent", count, "requests sent by clients",
     [](Design d) { return number(d.requests); }},
    {"completed", "", "completed", count, "requests answered in full, every byte checked",
     [](Design d) { return number(d.completed); }},
    {"failed", "", "failed", count, "requests answered short or with an error",
     [](Design d) { return number(d.failed); }},
    {"latency.p50", "latency", "p50", nanoseconds, "half of the requests took at most this long",
     [](Design d) { return number(d.latency.p50); }},
    {"latency.p90", "", "p90", nanoseconds, "nine requests in ten took at most this long",
     [](Design d) { return number(d.latency.p90); }},
    {"latency.p99", "", "p99", nanoseconds, "99 requests in 100 took at most this long",
     [](Design d) { return number(d.latency.p99); }},
    {"latency.max", "", "max", nanoseconds, "the slowest request",
     [](Design d) { return number(d.latency.max); }},
    {"cpu_busy", "busy", "CPU", ratio, "share of the time of all CPUs that was used",
     [](Design d) { return d.cpu_busy_ratio; }},
    {"disk_busy", "", "disk", ratio, "share of the time in which the disk worked",
     [](Design d) { return d.disk_busy_ratio; }, files},
    {"link_busy", "", "link", ratio, "share of the time in which the link sent",
     [](Design d) { return d.link_busy_ratio; }, files},
    {"switch_drops", "switch drops", "", count, "packets that found a port of the switch full",
     [](Design d) { return number(d.switch_drops); }, switched},
    {"cache_hit", "cache hits", "", ratio, "share of the pages found up to date when looked for",
     [](Design d) { return d.cache_hit_ratio; }, files},
    {"context_switches", "context switches", "", count, "times a CPU changed to another thread",
     [](Design d) { return number(d.context_switches); }},
    {"wakeups", "wake-ups", "", count, "sleeping threads made runnable",
     [](Design d) { return number(d.wakeups); }},
    {"interrupts", "interrupts", "", count, "hardware interrupts taken",
     [](Design d) { return number(d.interrupts); }},
    {"system_calls", "system calls", "", count, "system calls made by the server",
     [](Design d) { return number(d.system_calls); }},
    {"written", "writers", "written", bytes_per_s, "bytes written by processes beside the server",
     [](Design d) { return d.writers.bytes_per_s; }, writers},
    {"held_up", "", "held up", ratio, "share of their time that writers were above the dirty limit",
     [](Design d) { return d.writers.held_up_ratio; }, writers},
    {"fsync.p50", "", "fsync p50", nanoseconds, "half of the fsync calls took at most this long",
     [](Design d) { return number(d.writers.fsync_p50); }, writers},
    {"fsync.max", "", "fsync max", nanoseconds, "the slowest fsync",
     [](Design d) { return number(d.writers.fsync_max); }, writers},
    {"write_errors", "", "errors", count, "writes and fsyncs that failed",
     [](Design d) { return number(d.writers.errors); }, writers},
    {"sim_time", "simulated time", "", nanoseconds, "from the first request to the last answer",
     [](Design d) { return number(d.sim_time); }},
};

}  // namespace

std::span<const Metric> metrics() {
  return metric_rows;
}

const Metric* find_metric(std::string_view name) {
  for (const Metric& metric : metric_rows)
    if (metric.name == name) return &metric;
  return nullptr;
}

std::string format_metric(const Metric& metric, double value) {
  switch (metric.unit) {
    case nanoseconds:
      return format_duration(value);
    case bytes_per_s:
      return format_rate(value);
    case ratio:
      return format_ratio(value);
    case count:
      return format_count(value);
  }
  kev::check_failed("every unit has a format", __FILE__, __LINE__);
}

}  // namespace sim
