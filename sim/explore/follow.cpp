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
  end_ = tape_.size();
  next_ = 0;
  met_ = 0;
  diverged_.reset();
  threads_.clear();
  if (rest_ != nullptr) rest_->begin(seed);
}

bool FollowStrategy::fits(const TapeEntry& entry, const NextStep& next) const {
  if (entry.step != next.operation.name) return false;
  const std::uint32_t object = next.operation.object;
  const std::string name = object == 0 ? std::string() : subject_.object_name(object);
  return entry.object == name || (is_place(entry.object) && is_place(name));
}

/// Whose turn the entry was, by the name: others may have been put before it. Without such a name
/// among those that there are by now, the number says it.
std::uint32_t FollowStrategy::thread_of(const TapeEntry& entry, std::uint32_t threads) {
  if (entry.picked >= threads_max) return nobody;
  if (threads_.empty()) threads_.resize(threads_max, nobody);
  std::uint32_t& known = threads_[entry.picked];
  if (known != nobody) return known;
  const auto has_name = [&](std::uint32_t thread) {
    return thread < threads && subject_.thread_name(thread) == entry.thread;
  };
  if (has_name(entry.picked)) return known = entry.picked;
  for (std::uint32_t thread = 0; thread < threads; ++thread)
    if (has_name(thread)) return known = thread;
  return entry.picked;
}

/// Whether the tape has the thread's step further on.
bool FollowStrategy::comes_later(std::uint32_t thread, std::uint32_t threads,
                                 const NextStep& next) {
  return std::any_of(tape_.begin() + static_cast<std::ptrdiff_t>(next_) + 1, tape_.end(),
                     [&](const TapeEntry& entry) {
                       return entry.kind == ChoiceKind::thread &&
                              thread_of(entry, threads) == thread && fits(entry, next);
                     });
}

std::uint32_t FollowStrategy::pick(const Crossroads& at) {
  for (; next_ < end_; ++next_) {
    const TapeEntry& entry = tape_[next_];
    const bool turn = entry.kind == ChoiceKind::thread;
    const std::uint32_t thread = turn ? thread_of(entry, at.threads) : nobody;
    const bool of_thread = turn && thread < at.threads;
    const bool ready = of_thread && (at.ready & bit_of(thread)) != 0;
    if (ready && fits(entry, at.next[thread])) {
      ++next_;
      ++met_;
      return thread;
    }
    diverge();
    if (ready && !comes_later(thread, at.threads, at.next[thread])) return thread;
    // Something that the tape does not know may have to come first.
    for (ThreadMask others = of_thread && !ready ? at.ready : 0; others != 0; others &= others - 1)
      if (!comes_later(first_of(others), at.threads, at.next[first_of(others)]))
        return first_of(others);
  }
  return rest_ != nullptr ? rest_->pick(at) : plain_pick(at);
}

std::uint32_t FollowStrategy::choose(ChoiceKind kind, std::uint32_t options, Operation operation) {
  // Only the very next entry: another choice of the kind may be about something else.
  if (next_ < end_ && tape_[next_].kind == kind && tape_[next_].step == operation.name) {
    const TapeEntry& entry = tape_[next_++];
    ++met_;
    return std::min(entry.picked, options - 1);
  }
  if (next_ < end_) {
    diverge();
    return 0;
  }
  return rest_ != nullptr ? rest_->choose(kind, options, operation) : 0;
}

std::string describe_entry(const Tape& tape, std::size_t index) {
  const TapeEntry& entry = tape[index];
  if (entry.kind != ChoiceKind::thread)
    return fmt::format("choice {}: {} {} was to be {} of {}", index, entry.step, entry.object,
                       entry.picked, entry.options);
  return fmt::format("choice {}: {} was to do {} {}", index, entry.thread, entry.step,
                     entry.object);
}

}  // namespace sim
