#include "sim/explore/explain.hpp"

#include <fmt/format.h>

#include <vector>

#include "sim/explore/passing.hpp"
#include "sim/explore/shown_trace.hpp"
#include "sim/explore/step_table.hpp"

namespace sim {

namespace {

/// The row that the tape's entry `index` decided.
std::optional<std::size_t> decided_row(const Subject& subject, const std::vector<ShownStep>& rows,
                                       std::size_t index) {
  const std::span<const RecordedPick> picks = subject.last().picks;
  if (index == 0 || index > picks.size()) return std::nullopt;
  const bool is_turn = picks[index - 1].kind == ChoiceKind::thread;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows[row].choice == index) return row;
    if (is_turn && rows[row].choice == 0 && rows[row].at >= picks[index - 1].at) return row;
  }
  return std::nullopt;
}

/// Its number, or that of the step it was in.
std::uint32_t step_of(const std::vector<std::uint32_t>& numbers, std::size_t row) {
  while (row > 0 && numbers[row] == 0) --row;
  return numbers[row];
}

std::vector<ShownStep> trace(Subject& subject, const Tape& tape) {
  TapeStrategy strategy(tape);
  strategy.begin(0);
  return shown_trace(subject, strategy);
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
  const std::optional<Tape> passing = certain > 0 && certain <= whole.size()
                                          ? nearest_passing(subject, whole, certain - 1)
                                          : std::nullopt;

  subject.name_lines();
  const std::vector<ShownStep> steps = trace(subject, tape);
  if (done.violated()) explanation.message = done.violation->message;
  const std::vector<std::uint32_t> numbers = numbers_of(steps);
  const std::optional<std::size_t> critical = decided_row(subject, steps, certain);
  if (critical) explanation.critical_step = step_of(numbers, *critical);
  StepTable table(subject);
  for (std::size_t row = 0; row < steps.size() && numbers[row] <= to; ++row)
    table.add(numbers[row], steps[row], critical == row ? '>' : ' ');
  explanation.table = table.text();
  if (done.violated() && !done.violation->details.empty())
    explanation.table += "\n" + done.violation->details;
  if (certain != 0) explanation.switches = table.switches(explanation.critical_step.value_or(to));
  if (explanation.critical_step)
    explanation.conclusion =
        fmt::format("From step {} on no schedule avoids it.\n", *explanation.critical_step);
  if (fails && certain == 0) explanation.conclusion = "No schedule avoids it.\n";
  if (passing && steps.size() <= to) {
    subject.stop_after(0);
    explanation.conclusion += "The nearest execution that passes:\n\n" +
                              diff_of(subject, steps, trace(subject, *passing));
  }
  return explanation;
}

}  // namespace sim
