#include "sim/explore/passing.hpp"

#include <algorithm>

#include "sim/explore/follow.hpp"
#include "sim/explore/shown_trace.hpp"
#include "sim/explore/step_table.hpp"
#include "sim/schedule/strategies.hpp"

namespace sim {

namespace {

/// Executions tried for each step when the critical one is looked for.
constexpr int tries_per_step = 2000;
/// Long executions are tried less often.
constexpr std::uint64_t steps_tried_max = 400'000;

enum class Escape : std::uint8_t { none, found, not_known };

/// Looks for an execution that begins with the first `follow` choices and passes. The one that was
/// found is the subject's last.
Escape look_for_escape(Subject& subject, const Tape& tape, std::size_t follow) {
  constexpr std::uint32_t preemptions_enough = 64;
  auto search = make_dfs(preemptions_enough);
  if (!search) return Escape::not_known;
  Strategy& rest = *search->front();
  std::uint64_t steps = 0;
  for (int i = 0; i < tries_per_step && steps < steps_tried_max; ++i) {
    TapeStrategy strategy(tape, follow, rest);
    strategy.begin(0);
    steps += subject.run(strategy).steps;
    rest.end(Learn::no);
    if (!subject.last().violated()) return Escape::found;
    if (rest.exhausted()) return Escape::none;
  }
  return Escape::not_known;
}

/// Takes another way once, and then goes on as the tape does.
class Detour final : public Strategy {
 public:
  /// `rest`: the tape from the choice on that is made otherwise. `way`: which of the other options.
  Detour(const Tape& rest, const Subject& subject, std::uint32_t way)
      : left_(rest.front()), way_(way), follow_(rest, subject, nullptr) {}

  void begin(std::uint64_t seed) override {
    Strategy::begin(seed);
    taken_ = false;
    follow_.begin(seed);
  }
  std::uint32_t pick(const Crossroads& at) override {
    if (taken_) return follow_.pick(at);
    taken_ = true;
    const ThreadMask others = at.ready & ~bit_of(left_.picked);
    return way_ < count_of(others) ? nth_of(others, way_) : plain_pick(at);
  }
  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation) override {
    if (taken_) return follow_.choose(kind, options, operation);
    taken_ = true;
    return (left_.picked + 1 + way_) % options;
  }
  [[nodiscard]] std::string_view name() const override { return "detour"; }

 private:
  const TapeEntry& left_;
  std::uint32_t way_;
  FollowStrategy follow_;
  bool taken_ = false;
};

bool same_step(const ShownStep& one, const ShownStep& other) {
  return one.thread == other.thread && one.operation == other.operation &&
         one.object == other.object && one.place == other.place && one.waits == other.waits;
}

/// What two lists of steps have in common, in order: the longest such list.
class Common {
 public:
  Common(const std::vector<ShownStep>& one, const std::vector<ShownStep>& other, std::size_t from)
      : from_(from),
        width_(std::min(other.size() - from, compared_max)),
        height_(std::min(one.size() - from, compared_max)),
        length_((height_ + 1) * (width_ + 1), 0) {
    for (std::size_t i = height_; i-- > 0;)
      for (std::size_t j = width_; j-- > 0;)
        at(i, j) = same_step(one[from + i], other[from + j]) ? at(i + 1, j + 1) + 1
                                                             : std::max(at(i + 1, j), at(i, j + 1));
  }
  /// Whether the first list's step is to be shown before the other's.
  [[nodiscard]] bool first_goes(std::size_t i, std::size_t j) const {
    i -= from_;
    j -= from_;
    if (j >= width_) return true;
    if (i >= height_) return false;
    return length_[(i + 1) * (width_ + 1) + j] >= length_[i * (width_ + 1) + j + 1];
  }

 private:
  static constexpr std::size_t compared_max = 400;
  std::uint32_t& at(std::size_t i, std::size_t j) { return length_[i * (width_ + 1) + j]; }

  std::size_t from_;
  std::size_t width_;
  std::size_t height_;
  std::vector<std::uint32_t> length_;
};

}  // namespace

std::size_t certain_after(Subject& subject, const Tape& tape) {
  // What cannot be found in time counts as found: no step is called critical without proof.
  const auto avoidable = [&](std::size_t follow) {
    return look_for_escape(subject, tape, follow) != Escape::none;
  };
  std::size_t low = 0;
  std::size_t high = tape.size();
  if (avoidable(high)) return high + 1;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (avoidable(middle))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::optional<Tape> nearest_passing(Subject& subject, const Tape& tape, std::size_t same) {
  const Tape rest(tape.begin() + static_cast<std::ptrdiff_t>(same), tape.end());
  for (std::uint32_t way = 0; !rest.empty() && way + 1 < rest.front().options; ++way) {
    Detour detour(rest, subject, way);
    TapeStrategy strategy(tape, same, detour);
    strategy.begin(0);
    if (!subject.run(strategy).violated()) return tape_of(subject);
  }
  if (look_for_escape(subject, tape, same) != Escape::found) return std::nullopt;
  return tape_of(subject);
}

std::string diff_of(const Subject& subject, const std::vector<ShownStep>& failing,
                    const std::vector<ShownStep>& passing) {
  constexpr std::size_t context = 2;
  constexpr std::size_t more_shown = 3;  // of what the passing one does after the failure
  std::size_t same = 0;
  while (same < std::min(failing.size(), passing.size()) && same_step(failing[same], passing[same]))
    ++same;
  const Common common(failing, passing, same);
  StepTable table(subject);
  const std::vector<std::uint32_t> failing_numbers = numbers_of(failing);
  const std::vector<std::uint32_t> passing_numbers = numbers_of(passing);
  const auto add_failing = [&](std::size_t i, char mark) {
    table.add(failing_numbers[i], failing[i], mark);
  };
  const auto add_passing = [&](std::size_t j, char mark) {
    table.add(passing_numbers[j], passing[j], mark);
  };
  for (std::size_t i = same - std::min(same, context); i < same; ++i) add_failing(i, ' ');
  std::size_t i = same;
  std::size_t j = same;
  while (i < failing.size() && j < passing.size()) {
    if (same_step(failing[i], passing[j])) {
      add_passing(j, ' ');
      ++i;
      ++j;
    } else if (common.first_goes(i, j)) {
      add_failing(i, '-');
      ++i;
    } else {
      add_passing(j, '+');
      ++j;
    }
  }
  for (; i < failing.size(); ++i) add_failing(i, '-');
  for (std::size_t more = 0; j < passing.size() && more < more_shown; ++more, ++j)
    add_passing(j, '+');
  return table.text() + (j < passing.size() ? "       ...\n" : "");
}

}  // namespace sim
