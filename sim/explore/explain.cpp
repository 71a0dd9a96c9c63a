#include "sim/explore/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/schedule/strategies.hpp"

namespace sim {

namespace {

/// Executions tried for each step when the critical one is looked for.
constexpr int tries_per_step = 2000;
/// Long executions are tried less often.
constexpr std::uint64_t steps_tried_max = 400'000;

/// Whether some execution that begins with the first `follow` choices does not fail. Searches
/// within a budget; what it cannot find in time counts as found, so that no step is called critical
/// without proof.
bool avoidable(Subject& subject, const Tape& tape, std::size_t follow) {
  constexpr std::uint32_t preemptions_enough = 64;
  auto search = make_dfs(preemptions_enough);
  if (!search) return true;
  Strategy& rest = *search->front();
  std::uint64_t steps = 0;
  for (int i = 0; i < tries_per_step && steps < steps_tried_max; ++i) {
    TapeStrategy strategy(tape, follow, rest);
    strategy.begin(0);
    steps += subject.run(strategy).steps;
    rest.end(Learn::no);
    if (!subject.last().violated()) return true;
    if (rest.exhausted()) return false;
  }
  return true;
}

/// How many choices are enough to make the failure certain.
std::size_t certain_after(Subject& subject, const Tape& tape) {
  std::size_t low = 0;
  std::size_t high = tape.size();
  if (avoidable(subject, tape, high)) return high + 1;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (avoidable(subject, tape, middle))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::string text_of(const ShownStep& step) {
  std::string text = step.operation;
  if (!step.object.empty()) text += " " + step.object;
  if (step.value) text += fmt::format(" = {}", *step.value);
  if (step.waits) text += ": waits for ever";
  if (!step.place.empty()) text += "  " + step.place;
  return text;
}

class Table {
 public:
  Table(const Subject& subject, const std::vector<ShownStep>& steps, std::uint32_t to)
      : subject_(subject) {
    for (const ShownStep& step : steps) {
      if (++number_ > to) break;
      std::size_t column = column_of(step.thread);
      std::string row = text_of(step);
      if (!rows_.empty() && rows_.back().column == column && rows_.back().text == row) {
        ++rows_.back().times;
        continue;
      }
      rows_.push_back({number_, column, std::move(row), 1});
      widths_[column] = std::max(widths_[column], rows_.back().text.size());
    }
  }

  [[nodiscard]] std::string text(const std::optional<std::uint32_t>& critical) const {
    std::string out = fmt::format("{:>6}", "step");
    for (std::size_t i = 0; i < threads_.size(); ++i)
      out += fmt::format(" | {:<{}}", subject_.thread_name(threads_[i]), widths_[i]);
    trim(out);
    for (std::size_t at = 0; at < rows_.size(); ++at) {
      if (rows_.size() > rows_max && at == rows_max / 2) {
        out += fmt::format("       ({} rows left out)\n", rows_.size() - rows_max);
        at = rows_.size() - rows_max / 2;
      }
      const Row& row = rows_[at];
      out += fmt::format("{}{:>5}", critical == row.number ? ">" : " ", row.number);
      for (std::size_t i = 0; i < threads_.size(); ++i)
        out += fmt::format(" | {:<{}}", i == row.column ? row.text : "", widths_[i]);
      if (row.times > 1) out += fmt::format(" | {} times", row.times);
      trim(out);
    }
    return out;
  }

  [[nodiscard]] std::uint32_t switches() const {
    std::uint32_t count = 0;
    for (std::size_t i = 1; i < rows_.size(); ++i)
      if (rows_[i].column != rows_[i - 1].column) ++count;
    return count;
  }

 private:
  struct Row {
    std::uint32_t number;
    std::size_t column;
    std::string text;
    std::uint32_t times;  ///< in a row
  };
  static constexpr std::size_t rows_max = 80;

  static void trim(std::string& text) {
    while (text.back() == ' ') text.pop_back();
    text += '\n';
  }

  std::size_t column_of(std::uint32_t thread) {
    const auto at = std::find(threads_.begin(), threads_.end(), thread);
    const auto column = static_cast<std::size_t>(at - threads_.begin());
    if (at == threads_.end()) {
      threads_.push_back(thread);
      widths_.push_back(subject_.thread_name(thread).size());
    }
    return column;
  }

  const Subject& subject_;
  std::uint32_t number_ = 0;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> threads_;
  std::vector<std::size_t> widths_;
};

/// The number of the shown step that the tape's entry `index` decided.
std::optional<std::uint32_t> shown_step(const Subject& subject, const std::vector<ShownStep>& steps,
                                        std::size_t index) {
  const std::span<const RecordedPick> picks = subject.last().picks;
  if (index == 0 || index > picks.size()) return std::nullopt;
  std::uint32_t number = 0;
  for (const ShownStep& step : steps) {
    ++number;
    if (step.at >= picks[index - 1].at) return number;
  }
  return std::nullopt;
}

}  // namespace

Explanation explain(Subject& subject, const Tape& tape, const std::string& property,
                    std::uint32_t to) {
  Explanation explanation;
  TapeStrategy strategy(tape);
  strategy.begin(0);
  const Execution& done = subject.run(strategy);
  // The tape of the whole execution: shrinking cuts plain choices off the end.
  const Tape whole = tape_of(subject);
  const bool fails = done.violated() && done.violation->property == property;
  const std::size_t certain = fails ? certain_after(subject, whole) : whole.size() + 1;

  subject.name_lines();
  strategy.begin(0);
  const std::vector<ShownStep> steps = subject.trace(strategy);
  if (done.violated()) explanation.message = done.violation->message;
  explanation.critical_step = shown_step(subject, steps, certain);
  const Table table(subject, steps, to);
  explanation.table = table.text(explanation.critical_step);
  if (subject.last().violated() && !subject.last().violation->details.empty())
    explanation.table += "\n" + subject.last().violation->details;
  explanation.switches = table.switches();
  return explanation;
}

}  // namespace sim
