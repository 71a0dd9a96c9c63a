#include "sim/explore/explain.hpp"

#include <fmt/format.h>

#include <vector>

#include "sim/explore/passing.hpp"
#include "sim/explore/step_table.hpp"

namespace sim {

namespace {

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

std::vector<ShownStep> trace(Subject& subject, const Tape& tape) {
  TapeStrategy strategy(tape);
  strategy.begin(0);
  return subject.trace(strategy);
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
  explanation.critical_step = shown_step(subject, steps, certain);
  StepTable table(subject);
  for (std::uint32_t number = 1; number <= steps.size() && number <= to; ++number)
    table.add(number, steps[number - 1], explanation.critical_step == number ? '>' : ' ');
  explanation.table = table.text();
  if (done.violated() && !done.violation->details.empty())
    explanation.table += "\n" + done.violation->details;
  if (certain != 0) explanation.switches = table.switches(explanation.critical_step.value_or(to));
  if (explanation.critical_step)
    explanation.conclusion =
        fmt::format("From step {} on no schedule avoids it.\n", *explanation.critical_step);
  if (passing && steps.size() <= to) {
    subject.stop_after(0);
    explanation.conclusion += "The nearest execution that passes:\n\n" +
                              diff_of(subject, steps, trace(subject, *passing));
  }
  return explanation;
}

}  // namespace sim
