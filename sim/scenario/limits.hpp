#pragma once
// Limits: "latency.p99" = "< 500ms". What a scenario demands of every design; decides the exit
// code. The metrics are those of the report (sim/report/metrics.hpp).
//
// Units of bounds: a duration ("500ms"), a rate ("70MB/s", "560Mbit/s"), a share ("0.5" or "50%"),
// a count ("1000").

#include <string>
#include <string_view>
#include <vector>

#include "sim/report/metrics.hpp"
#include "sim/report/summary.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/units.hpp"

namespace sim {

/// `text` is "< 500ms". The error is the tail of a sentence that begins with the metric's name.
Parsed<LimitSpec> parse_limit(const Metric& metric, std::string_view text);

/// An example of a limit on this metric, for hints.
std::string example_limit(const Metric& metric);

/// Every limit against every design, in that order. A design that completed nothing meets no limit.
std::vector<LimitResult> check_limits(const std::vector<LimitSpec>& limits,
                                      const std::vector<DesignSummary>& designs);

}  // namespace sim
