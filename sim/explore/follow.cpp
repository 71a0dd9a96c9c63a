#include "sim/explore/follow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sim {

namespace {

/// Names of what has no name: where it lies changes with every edit.
bool is_place(std::string_view object) {
  constexpr std::array<std::string_view, 7> beginnings = {
      "stack of ", "local of ", "block ", "heap+", "memory ", "data+", "object "};
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return object.starts_with(beginning); });
}

}  // namespace

FollowStrategy::FollowStrategy(const Tape& tape, const Subject& subject, Strategy* rest)
    : tape_(tape), subject_(subject), rest_(rest) {}

void FollowStrategy::begin(std::uint64_t seed) {
  Strategy::begin(seed);
  next_ = 0;
  met_ = 0;
  diverged_.reset();
  if (rest_ != nullptr) rest_->begin(seed);
}

bool FollowStrategy::fits(const TapeEntry& entry, const NextStep& next) const {
  if (entry.step != next.operation.name) return false;
  const std::uint32_t object = next.operation.object;
  const std::string name = object == 0 ? std::string() : subject_.object_name(object);
  return entry.object == name || (is_place(entry.object) && is_place(name));
}

/// Whether the tape has the thread's step further on.
bool FollowStrategy::comes_later(std::uint32_t thread, const NextStep& next) const {
  return std::any_of(tape_.begin() + static_cast<std::ptrdiff_t>(next_) + 1, tape_.end(),
                     [&](const TapeEntry& entry) {
                       return entry.kind == ChoiceKind::thread && entry.picked == thread &&
                              fits(entry, next);
                     });
}

std::uint32_t FollowStrategy::pick(const Crossroads& at) {
  for (; next_ < tape_.size(); ++next_) {
    const TapeEntry& entry = tape_[next_];
    const bool of_thread = entry.kind == ChoiceKind::thread && entry.picked < at.threads;
    const bool ready = of_thread && (at.ready & bit_of(entry.picked)) != 0;
    if (ready && fits(entry, at.next[entry.picked])) {
      ++next_;
      ++met_;
      return entry.picked;
    }
    diverge();
    if (ready && !comes_later(entry.picked, at.next[entry.picked])) return entry.picked;
    // Something that the tape does not know may have to come first.
    for (ThreadMask others = of_thread && !ready ? at.ready : 0; others != 0; others &= others - 1)
      if (!comes_later(first_of(others), at.next[first_of(others)])) return first_of(others);
  }
  return rest_ != nullptr ? rest_->pick(at) : plain_pick(at);
}

std::uint32_t FollowStrategy::choose(ChoiceKind kind, std::uint32_t options, Operation operation) {
  // Only the very next entry: another choice of the kind may be about something else.
  if (next_ < tape_.size() && tape_[next_].kind == kind && tape_[next_].step == operation.name) {
    const TapeEntry& entry = tape_[next_++];
    ++met_;
    return std::min(entry.picked, options - 1);
  }
  if (next_ < tape_.size()) {
    diverge();
    return 0;
  }
  return rest_ != nullptr ? rest_->choose(kind, options, operation) : 0;
}

std::string describe_entry(const Tape& tape, std::size_t index, const Subject& subject) {
  const TapeEntry& entry = tape[index];
  if (entry.kind != ChoiceKind::thread)
    return fmt::format("choice {}: {} {} was to be {} of {}", index, entry.step, entry.object,
                       entry.picked, entry.options);
  return fmt::format("choice {}: {} was to do {} {}", index, subject.thread_name(entry.picked),
                     entry.step, entry.object);
}

}  // namespace sim
