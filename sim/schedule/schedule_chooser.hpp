#pragma once
// A schedule as data: the list of choices of one execution, recorded while it is made at random,
// and followed again, whole or simplified.
//
// Followed choices beyond the end of the list are the plain one (0), and so is one that is not
// there: a simplified schedule is always a schedule of something. Simpler means shorter, and more
// zeros.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/engine/random.hpp"
#include "sim/schedule/choice.hpp"

namespace sim {

struct Pick {
  Operation operation;
  std::uint32_t options = 0;
  std::uint32_t picked = 0;
};

class ScheduleChooser final : public Chooser {
 public:
  /// Random, with a seed. Every seed also says how often the running thread goes on and how rare
  /// faults are: some bugs need many preemptions, some a single one.
  explicit ScheduleChooser(std::uint64_t seed) : random_(seed), replays_(false) {
    constexpr double persistence[] = {0.0, 0.5, 0.8, 0.95};
    persistence_ = persistence[random_.below(4)];
    constexpr double rates[] = {0.02, 0.1, 0.3};
    fault_rate_ = rates[random_.below(3)];
  }
  /// Follows a list.
  explicit ScheduleChooser(std::vector<std::uint32_t> list)
      : random_(0), replays_(true), list_(std::move(list)) {}

  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation) override {
    std::uint32_t picked = replays_ ? follow(options) : draw(kind, options);
    picks_.push_back({operation, options, picked});
    return picked;
  }

  [[nodiscard]] const std::vector<Pick>& picks() const { return picks_; }
  /// To be followed again; without the zeros at the end.
  [[nodiscard]] std::vector<std::uint32_t> list() const {
    std::vector<std::uint32_t> list;
    for (const Pick& pick : picks_) list.push_back(pick.picked);
    while (!list.empty() && list.back() == 0) list.pop_back();
    return list;
  }

 private:
  std::uint32_t draw(ChoiceKind kind, std::uint32_t options) {
    if (kind == ChoiceKind::fault) return random_.chance(fault_rate_) ? 1 : 0;
    if (random_.chance(persistence_)) return 0;
    return static_cast<std::uint32_t>(random_.below(options));
  }
  std::uint32_t follow(std::uint32_t options) {
    const std::size_t at = picks_.size();
    const std::uint32_t picked = at < list_.size() ? list_[at] : 0;
    return picked < options ? picked : 0;
  }

  Random random_;
  bool replays_;
  double persistence_ = 0;
  double fault_rate_ = 0;
  std::vector<std::uint32_t> list_;
  std::vector<Pick> picks_;
};

/// "12 wake(3): 1 of 2" for each choice that is not the plain one.
std::string describe(const std::vector<Pick>& picks);

/// "12:1 40:2": the choices other than the plain one, by position. Whatever cannot be read is left
/// out.
std::string write_schedule(const std::vector<std::uint32_t>& list);
std::vector<std::uint32_t> parse_schedule(std::string_view text);

}  // namespace sim
