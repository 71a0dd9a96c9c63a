#pragma once
// What a run amounts to: the sentence at the end of a report and the exit code.

#include <string>
#include <string_view>
#include <vector>

#include "sim/report/summary.hpp"

namespace sim {

/// In order of what matters more when several runs are reported together.
enum class Outcome {
  met,         ///< what the scenario expects happened, every limit is met
  incomplete,  ///< planned or recorded work was not carried out
  violated,    ///< a property was broken, an expected violation did not happen, a limit is not met
  diverged,    ///< one seed gave two runs
};

/// "met", "incomplete", "violated", "nondeterminism".
std::string_view outcome_name(Outcome outcome);

/// `reasons` are sentences for people, most important first; empty when all is well.
struct Judgement {
  Outcome outcome = Outcome::met;
  std::vector<std::string> reasons;
};

Judgement judge(const RunSummary& summary);

/// The property of "violation:PROPERTY"; empty when none is expected.
std::string_view expected_violation(const RunSummary& summary);

/// Unmatched calls that carry the workload.
std::int64_t unmatched_workload(const ReplaySummary& replay);

}  // namespace sim
