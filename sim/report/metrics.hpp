#pragma once
// The figures a run reports for each design: one table, from which come the rows of the text
// report, the names that [limits] may use, and `kevsim list metrics`.

#include <span>
#include <string>
#include <string_view>

#include "sim/report/summary.hpp"

namespace sim {

enum class MetricUnit { nanoseconds, bytes_per_s, ratio, count };

struct Metric {
  std::string_view name;   ///< as in [limits]: "latency.p99"
  std::string_view group;  ///< first word of the report's row: "latency"
  std::string_view label;  ///< second word of the report's row: "p99"; may be empty
  MetricUnit unit;
  std::string_view description;
  double (*value)(const DesignSummary&);
  /// Which workloads.
  enum class Concerns { all, files, events, writers, switched } concerns = Concerns::all;
  [[nodiscard]] bool says_something_of(const DesignSummary& design) const {
    if (concerns == Concerns::writers) return design.writers.any;
    if (concerns == Concerns::switched) return design.switched;
    return concerns == Concerns::all || (concerns == Concerns::files) == design.files;
  }
};

/// In the order of the report.
std::span<const Metric> metrics();

/// nullptr when there is none of that name.
const Metric* find_metric(std::string_view name);

/// "1.23 ms", "78.2 MB/s", "12.3 %", "12 345".
std::string format_metric(const Metric& metric, double value);

}  // namespace sim
