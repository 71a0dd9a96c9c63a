#pragma once
// What one run found out, design by design: the data behind the text and the JSON report.
// Units are in the names. Ratios are in 0..1.

#include <cstdint>
#include <string>
#include <vector>

#include "model/base/time.hpp"
#include "sim/kernel/violation.hpp"

namespace sim {

struct LatencySummary {
  kev::Duration p50, p90, p99, max;
};

/// A kind of fault that the scenario has, and how often it struck.
struct FaultCount {
  std::string name;
  std::int64_t count = 0;
};

/// What processes beside the server wrote.
struct WriterSummary {
  bool any = false;  ///< the scenario has some
  double bytes_per_s = 0;
  double held_up_ratio = 0;  ///< share of their time that they were above the limit of dirty pages
  kev::Duration fsync_p50{0};
  kev::Duration fsync_max{0};
  std::int64_t errors = 0;  ///< writes and fsyncs that failed
};

struct DesignSummary {
  std::string name;
  /// Files were served over a network; otherwise requests are events, and what concerns bytes,
  /// disk, link and page cache says nothing.
  bool files = true;
  std::int64_t requests = 0;    ///< sent by clients
  std::int64_t completed = 0;   ///< answered in full, every byte position checked
  std::int64_t failed = 0;      ///< answered short or with an error
  std::int64_t bytes_sent = 0;  ///< file bytes received by clients
  double throughput_bytes_per_s = 0;
  double requests_per_s = 0;  ///< completed ones
  LatencySummary latency;
  double cpu_busy_ratio = 0;  ///< of all simulated CPUs
  double disk_busy_ratio = 0;
  double link_busy_ratio = 0;
  bool switched = false;          ///< clients are behind a switch
  std::int64_t switch_drops = 0;  ///< packets that found one of its ports full
  double cache_hit_ratio = 0;     ///< pages found up to date when first looked for
  std::int64_t context_switches = 0;
  std::int64_t wakeups = 0;
  std::int64_t interrupts = 0;
  std::int64_t system_calls = 0;
  kev::Duration sim_time{0};   ///< from the first request to the last answer
  kev::Duration wall_time{0};  ///< how long simulating took (never part of the fingerprint)
  std::uint64_t events = 0;    ///< events fired by the engine
  std::uint64_t fingerprint = 0;
  std::uint64_t bug_reached = 0;  ///< how often places of the bug that is on were reached
  WriterSummary writers;
  std::vector<FaultCount> faults;
  std::vector<Violation> violations;
};

/// One kind of system call in a replayed trace and what became of its calls.
struct CallCount {
  std::string call;
  std::string reason;  ///< what it was matched with, or why it was ignored
  std::int64_t count = 0;
};

/// A call that could not be placed; `workload` ones make the replay incomplete (exit code 3).
struct UnmatchedCall {
  int line = 0;
  std::string text;
  std::string reason;
  bool workload = false;
};

struct ReplaySummary {
  std::string trace;
  std::string timing;  ///< recorded | asap | xFACTOR
  std::int64_t calls_matched = 0;
  std::int64_t calls_ignored = 0;
  std::vector<CallCount> matched;
  std::vector<CallCount> ignored;
  std::vector<UnmatchedCall> unmatched;
  std::int64_t requests_recorded = 0;
  std::int64_t connections = 0;
  std::int64_t files = 0;
};

struct LimitResult {
  std::string text;  ///< `latency.p99 < 500ms`
  std::string design;
  std::string value;  ///< measured, in readable units
  bool met = false;
};

struct RunSummary {
  std::uint64_t seed = 0;
  std::uint64_t fingerprint = 0;  ///< over all designs, in order
  std::string scenario;
  std::string description;
  std::string machine;  ///< one line: CPU, disk, cache, link, for the heading
  std::string expect = "ok";
  std::vector<DesignSummary> designs;
  std::vector<LimitResult> limits;
  std::int64_t requests_planned = 0;  ///< by the scenario, for each design; 0: nobody said
  bool interrupted = false;           ///< stopped by the user: the figures are of the part that ran
  bool repeated = false;              ///< run twice, to see that both runs are the same
  std::string divergence;             ///< and they were not: where they differ first
  bool replayed = false;
  ReplaySummary replay;  ///< meaningful when `replayed`
};

}  // namespace sim
