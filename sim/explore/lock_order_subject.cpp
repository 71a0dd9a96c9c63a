#include "sim/explore/lock_order_subject.hpp"

#include <fmt/format.h>

#include "sim/explore/follow.hpp"
#include "sim/explore/shown_trace.hpp"
#include "sim/explore/step_table.hpp"

namespace sim {

namespace {

/// By its names where it does not fit any more as it stands.
void play(Subject& subject, const Tape& tape) {
  TapeStrategy exactly(tape);
  exactly.begin(0);
  subject.run(exactly);
  if (!exactly.diverged()) return;
  FollowStrategy by_names(tape, subject, nullptr);
  by_names.begin(0);
  subject.run(by_names);
}

std::string table_of(Subject& subject, const Tape& tape) {
  TapeStrategy strategy(tape);
  strategy.begin(0);
  const std::vector<ShownStep> rows = shown_trace(subject, strategy);
  const std::vector<std::uint32_t> numbers = numbers_of(rows);
  StepTable table(subject);
  for (std::size_t row = 0; row < rows.size(); ++row) table.add(numbers[row], rows[row], ' ');
  return table.text();
}

}  // namespace

std::vector<std::size_t> showing_inversion(Subject& subject, const std::vector<Tape>& tapes) {
  std::vector<std::size_t> needed;
  const auto shows = [&](std::size_t index) {
    play(subject, tapes[index]);
    return !subject.lock_order_inversion().empty();
  };
  // Each round finds one more, the last of those that are needed with the ones known before.
  while (needed.size() <= tapes.size()) {
    subject.forget_lock_orders();
    bool enough = false;
    for (const std::size_t index : needed) enough = shows(index);
    if (enough) return needed;
    std::size_t next = 0;
    while (next < tapes.size() && !shows(next)) ++next;
    if (next == tapes.size()) return {};
    needed.push_back(next);
  }
  return {};
}

void LockOrderSubject::execute(Strategy& strategy, Execution& execution) {
  subject_.forget_lock_orders();
  for (const Tape& tape : earlier_) play(subject_, tape);
  execution = subject_.run(strategy);
  judge(execution);
}

std::vector<ShownStep> LockOrderSubject::execute_traced(Strategy& strategy, Execution& execution) {
  subject_.forget_lock_orders();
  std::string tables;
  for (const Tape& tape : earlier_)
    tables += "In an earlier execution:\n\n" + table_of(subject_, tape);
  subject_.stop_after(stop_after_);
  std::vector<ShownStep> steps = subject_.trace(strategy);
  subject_.stop_after(0);
  execution = subject_.last();
  judge(execution);
  if (execution.violation == &broken_) broken_.details = std::move(tables);
  return steps;
}

Subject& judged_alone(Subject& subject, const std::string& property,
                      const std::vector<Tape>& earlier, std::optional<LockOrderSubject>& place) {
  if (property != inversion_property) return subject;
  return place.emplace(subject, earlier);
}

void LockOrderSubject::judge(Execution& execution) {
  const std::string inversion = subject_.lock_order_inversion();
  if (execution.violated() || inversion.empty()) return;
  broken_ = {inversion_property, inversion};
  execution.violation = &broken_;
}

}  // namespace sim
