#include "sim/explore/shown_trace.hpp"

#include "sim/explore/tape.hpp"

namespace sim {

namespace {

ShownStep row_of(const RecordedPick& pick, std::size_t index, const ShownStep& step) {
  ShownStep row;
  row.thread = step.thread;
  row.at = pick.at;
  row.choice = index + 1;
  row.by_machine = step.by_machine;
  row.operation = name_of(pick.kind);
  row.object = pick.step;
  // A fault strikes or does not; of the others there are more ways.
  if (pick.kind != ChoiceKind::fault) row.value = pick.picked;
  return row;
}

}  // namespace

std::vector<ShownStep> shown_trace(Subject& subject, Strategy& strategy) {
  std::vector<ShownStep> steps = subject.trace(strategy);
  if (steps.empty()) return steps;
  const std::span<const RecordedPick> picks = subject.last().picks;
  std::vector<ShownStep> rows;
  std::size_t next = 0;
  for (std::size_t i = 0; i < picks.size(); ++i) {
    const RecordedPick& pick = picks[i];
    if (pick.kind == ChoiceKind::thread || pick.picked == 0) continue;
    while (next < steps.size() && steps[next].at <= pick.at && !steps[next].waits)
      rows.push_back(std::move(steps[next++]));
    rows.push_back(row_of(pick, i, rows.empty() ? steps.front() : rows.back()));
  }
  while (next < steps.size()) rows.push_back(std::move(steps[next++]));
  return rows;
}

std::vector<std::uint32_t> numbers_of(const std::vector<ShownStep>& rows) {
  std::vector<std::uint32_t> numbers;
  std::uint32_t number = 0;
  for (const ShownStep& row : rows) numbers.push_back(row.choice == 0 ? ++number : 0);
  return numbers;
}

}  // namespace sim
