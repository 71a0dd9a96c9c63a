#include "sim/explore/tape.hpp"

#include <algorithm>
#include <array>

namespace sim {

namespace {

/// By ChoiceKind.
constexpr std::array<std::string_view, 9> kind_names = {"thread",     "waiter",       "tie",
                                                        "completion", "latency",      "fault",
                                                        "interrupt",  "grace_period", "workload"};

}  // namespace

std::string_view name_of(ChoiceKind kind) {
  return kind_names.at(static_cast<std::size_t>(kind));
}

ChoiceKind choice_kind(std::string_view name) {
  const auto at = std::find(kind_names.begin(), kind_names.end(), name);
  return at == kind_names.end() ? ChoiceKind::thread
                                : static_cast<ChoiceKind>(at - kind_names.begin());
}

Tape tape_of(const Subject& subject) {
  Tape tape;
  for (const RecordedPick& pick : subject.last().picks) {
    TapeEntry entry;
    entry.kind = pick.kind;
    entry.picked = pick.picked;
    entry.step = pick.step;
    entry.object_id = pick.object;
    if (pick.kind == ChoiceKind::thread) {
      const Crossroads at{pick.ready, pick.current, 0, nullptr, pick.devices};
      entry.options = count_of(pick.ready);
      entry.plain = pick.picked == plain_pick(at);
      entry.preempts = preempts(at, pick.picked);
      entry.thread = subject.thread_name(pick.picked);
    } else {
      entry.options = static_cast<std::uint32_t>(pick.ready);
      entry.plain = pick.picked == 0;
    }
    if (pick.object != 0) entry.object = subject.object_name(pick.object);
    tape.push_back(std::move(entry));
  }
  return tape;
}

std::size_t preemptions(const Tape& tape) {
  return static_cast<std::size_t>(
      std::count_if(tape.begin(), tape.end(), [](const TapeEntry& e) { return e.preempts; }));
}

void TapeStrategy::begin(std::uint64_t seed) {
  Strategy::begin(seed);
  next_ = 0;
  diverged_.reset();
  if (rest_ != nullptr) rest_->begin(seed);
}

std::uint32_t TapeStrategy::pick(const Crossroads& at) {
  if (next_ >= follow_ && rest_ != nullptr) return rest_->pick(at);
  const std::size_t index = next_++;
  if (index >= tape_.size() || tape_[index].plain) return plain_pick(at);
  const TapeEntry& entry = tape_[index];
  const bool fits = entry.kind == ChoiceKind::thread && entry.picked < threads_max &&
                    (at.ready & bit_of(entry.picked)) != 0;
  const bool same =
      fits && (entry.step.empty() || entry.step == at.next[entry.picked].operation.name);
  if (!same && !diverged_) diverged_ = index;
  return fits ? entry.picked : plain_pick(at);
}

std::uint32_t TapeStrategy::choose(ChoiceKind kind, std::uint32_t options, Operation operation) {
  if (next_ >= follow_ && rest_ != nullptr) return rest_->choose(kind, options, operation);
  const std::size_t index = next_++;
  if (index >= tape_.size()) return 0;
  const TapeEntry& entry = tape_[index];
  const bool fits = entry.kind == kind && entry.picked < options;
  if (!fits && !diverged_) diverged_ = index;
  return fits ? entry.picked : 0;
}

}  // namespace sim
