#include "sim/report/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>

#include "model/base/check.hpp"
#include "sim/report/figures.hpp"

namespace sim {

namespace {

/// Reasons are kept with their outcome, so that the worst come first.
class Judge {
 public:
  void add(Outcome outcome, std::string reason) { reasons_[outcome].push_back(std::move(reason)); }

  Judgement judgement() && {
    Judgement result;
    for (auto& [outcome, reasons] : reasons_) {
      result.outcome = std::max(result.outcome, outcome);
      std::move(reasons.begin(), reasons.end(), std::back_inserter(result.reasons));
    }
    return result;
  }

 private:
  std::map<Outcome, std::vector<std::string>, std::greater<>> reasons_;
};

std::string plural(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", format_count(static_cast<double>(count)), noun,
                     count == 1 ? "" : "s");
}

void judge_violations(const RunSummary& summary, Judge& bench) {
  const std::string_view expected = expected_violation(summary);
  bool found = false;
  for (const DesignSummary& design : summary.designs) {
    for (const Violation& violation : design.violations) {
      if (violation.property == expected)
        found = true;
      else
        bench.add(Outcome::violated, fmt::format("{} broke {}", design.name, violation.property));
    }
  }
  if (!expected.empty() && !found && !summary.designs.empty())
    bench.add(Outcome::violated,
              fmt::format("the expected violation of {} did not happen", expected));
}

/// A run that --until cut short, or that ended for any other reason with work left.
void judge_work(const RunSummary& summary, Judge& bench) {
  if (summary.designs.empty()) bench.add(Outcome::incomplete, "nothing ran");
  const std::int64_t planned =
      summary.replayed ? summary.replay.requests_recorded : summary.requests_planned;
  for (const DesignSummary& design : summary.designs) {
    const std::int64_t answered = design.completed + design.failed;
    if (design.completed == 0 && design.violations.empty())
      bench.add(Outcome::incomplete, fmt::format("{} completed no request", design.name));
    else if (answered < planned && design.violations.empty())
      bench.add(Outcome::incomplete, fmt::format("{} answered {} of {}", design.name,
                                                 format_count(static_cast<double>(answered)),
                                                 plural(planned, "request")));
  }
}

void judge_replay(const ReplaySummary& replay, Judge& bench) {
  const std::int64_t unmatched = unmatched_workload(replay);
  if (unmatched > 0)
    bench.add(Outcome::incomplete,
              fmt::format("{} of the workload {} unmatched", plural(unmatched, "call"),
                          unmatched == 1 ? "is" : "are"));
}

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::met:
      return "met";
    case Outcome::incomplete:
      return "incomplete";
    case Outcome::violated:
      return "violated";
    case Outcome::diverged:
      return "nondeterminism";
  }
  kev::check_failed("every outcome has a name", __FILE__, __LINE__);
}

std::string_view expected_violation(const RunSummary& summary) {
  constexpr std::string_view opening = "violation:";
  const std::string_view expect = summary.expect;
  return expect.substr(0, opening.size()) == opening ? expect.substr(opening.size()) : "";
}

std::int64_t unmatched_workload(const ReplaySummary& replay) {
  return std::count_if(replay.unmatched.begin(), replay.unmatched.end(),
                       [](const UnmatchedCall& call) { return call.workload; });
}

Judgement judge(const RunSummary& summary) {
  Judge bench;
  judge_violations(summary, bench);
  for (const LimitResult& limit : summary.limits)
    if (!limit.met)
      bench.add(Outcome::violated,
                fmt::format("{} misses the limit {}: {}", limit.design, limit.text, limit.value));
  judge_work(summary, bench);
  if (summary.replayed) judge_replay(summary.replay, bench);
  if (!summary.divergence.empty()) bench.add(Outcome::diverged, summary.divergence);
  return std::move(bench).judgement();
}

}  // namespace sim
