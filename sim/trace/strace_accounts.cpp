#include "sim/trace/strace_accounts.hpp"

#include <algorithm>

#include "sim/trace/strace_fields.hpp"

namespace sim {

namespace {

constexpr std::size_t text_bytes = 160;

}  // namespace

void CallAccounts::add(Rows& rows, std::string_view call, std::string_view reason,
                       std::int64_t count) {
  rows[{std::string(call), std::string(reason)}] += count;
}

void CallAccounts::unmatched(int line, std::string_view text, std::string reason, Carries carries) {
  unmatched_.push_back(UnmatchedCall{line, printable(text, text_bytes), std::move(reason),
                                     carries == Carries::workload});
}

void CallAccounts::finish(ReplayPlan& plan) const {
  for (const auto& [row, count] : matched_) {
    plan.matched.push_back(CallCount{row.first, row.second, count});
    plan.calls_matched += count;
  }
  for (const auto& [row, count] : ignored_) {
    plan.ignored.push_back(CallCount{row.first, row.second, count});
    plan.calls_ignored += count;
  }
  plan.unmatched = unmatched_;
  // A call that began earlier may have been handed over later, with its second half. No two have
  // one line.
  std::sort(plan.unmatched.begin(), plan.unmatched.end(),
            [](const UnmatchedCall& a, const UnmatchedCall& b) { return a.line < b.line; });
}

}  // namespace sim
