#include "sim/report/replay_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/figures.hpp"
#include "sim/report/outcome.hpp"

namespace sim {

namespace {

constexpr std::size_t most_unmatched_shown = 20;

std::string count_text(std::int64_t count) {
  return format_count(static_cast<double>(count));
}

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : "s");
}

std::string rows_text(const std::vector<CallCount>& rows) {
  std::size_t widest = 0;
  for (const CallCount& row : rows) widest = std::max(widest, row.call.size());
  std::string text;
  for (const CallCount& row : rows)
    text +=
        fmt::format("    {:>9}  {:<{}}  {}\n", count_text(row.count), row.call, widest, row.reason);
  return text;
}

std::string unmatched_text(const ReplaySummary& replay, const TextStyle& style) {
  std::string text;
  const std::size_t shown = std::min(replay.unmatched.size(), most_unmatched_shown);
  for (std::size_t i = 0; i < shown; ++i) {
    const UnmatchedCall& call = replay.unmatched[i];
    text +=
        fmt::format("    line {}: {}\n      {}{}\n", call.line, call.text, call.reason,
                    call.workload ? paint(style.colour, Ink::bad, " (part of the workload)") : "");
  }
  if (replay.unmatched.size() > shown)
    text += fmt::format("    ... and {} more\n", replay.unmatched.size() - shown);
  return text;
}

}  // namespace

std::string replay_text(const ReplaySummary& replay, const TextStyle& style) {
  const auto unmatched = static_cast<std::int64_t>(replay.unmatched.size());
  std::string text = paint(style.colour, Ink::heading, "replay");
  text += fmt::format("  {}, timing {}\n", replay.trace, replay.timing);
  text += fmt::format("  recorded: {}, {}, {}\n", counted(replay.requests_recorded, "request"),
                      counted(replay.connections, "connection"), counted(replay.files, "file"));
  text += fmt::format("  calls: {} matched, {} ignored, {} unmatched\n",
                      count_text(replay.calls_matched), count_text(replay.calls_ignored),
                      count_text(unmatched));
  if (style.detail == Detail::brief) return text + unmatched_text(replay, style);
  if (!replay.matched.empty()) text += "  matched\n" + rows_text(replay.matched);
  if (!replay.ignored.empty()) text += "  ignored\n" + rows_text(replay.ignored);
  if (!replay.unmatched.empty()) text += "  unmatched\n" + unmatched_text(replay, style);
  return text;
}

}  // namespace sim
