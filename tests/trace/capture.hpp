#pragma once
// Short strace captures, written in the test: adds process ids and times to lines.

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "model/base/check.hpp"
#include "sim/trace/replay_plan.hpp"

namespace trace_test {

/// Each line is one millisecond after the one before; the first is at 0 in the plan's time.
class Capture {
 public:
  Capture& line(int pid, std::string_view body) {
    text_ += fmt::format("{:<5} {}.{:06} {}\n", pid, 1'795'398'129, 100'000 + 1000 * lines_, body);
    ++lines_;
    return *this;
  }
  /// Of process 100.
  Capture& line(std::string_view body) { return line(100, body); }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] sim::ReplayPlan plan() const {
    auto plan = sim::plan_from_text(text_, "capture");
    KEV_CHECK(plan.has_value());
    return std::move(*plan);
  }

 private:
  std::string text_;
  int lines_ = 0;
};

inline kev::Instant at_ms(std::int64_t ms) {
  return kev::Instant(ms * 1'000'000);
}

/// Of the calls by this name, how many were matched.
inline std::int64_t matched(const sim::ReplayPlan& plan, std::string_view call) {
  std::int64_t count = 0;
  for (const sim::CallCount& row : plan.matched)
    if (row.call == call) count += row.count;
  return count;
}

inline std::int64_t ignored(const sim::ReplayPlan& plan, std::string_view call) {
  std::int64_t count = 0;
  for (const sim::CallCount& row : plan.ignored)
    if (row.call == call) count += row.count;
  return count;
}

}  // namespace trace_test
