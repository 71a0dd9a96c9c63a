#pragma once
// Counts what became of each system call of a capture, in rows ready for the report.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/trace/replay_plan.hpp"

namespace sim {

/// Whether a call that could not be placed makes the replay incomplete.
enum class Carries : std::uint8_t { nothing, workload };

class CallAccounts {
 public:
  void matched(std::string_view call, std::string_view with, std::int64_t count = 1) {
    add(matched_, call, with, count);
  }
  void ignored(std::string_view call, std::string_view why, std::int64_t count = 1) {
    add(ignored_, call, why, count);
  }
  void unmatched(int line, std::string_view text, std::string reason, Carries carries);

  /// Fills the rows and sums of the plan.
  void finish(ReplayPlan& plan) const;

 private:
  using Rows = std::map<std::pair<std::string, std::string>, std::int64_t>;
  static void add(Rows& rows, std::string_view call, std::string_view reason, std::int64_t count);

  Rows matched_;
  Rows ignored_;
  std::vector<UnmatchedCall> unmatched_;
};

}  // namespace sim
