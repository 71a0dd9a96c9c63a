#pragma once
// Processes that run a round's executions side by side. Each is a fork of the campaign, so it knows
// all that the campaign knows when the round begins; it answers through shared memory.

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/explore/tally.hpp"
#include "sim/schedule/execution.hpp"
#include "sim/schedule/strategies.hpp"

namespace sim {

/// Who runs which execution: searches, which go on from one execution to the next, are the first
/// worker's; the others are dealt so that all have the same number.
class Shares {
 public:
  Shares(const Strategies& strategies, std::uint32_t workers);
  [[nodiscard]] std::uint32_t owner(std::uint64_t execution) const {
    return owners_[execution % owners_.size()];
  }

 private:
  std::vector<std::uint32_t> owners_;
};

/// The first execution that broke a property.
struct Find {
  std::array<char, 32> property{};
  std::uint64_t execution = 0;
};

/// The first ones of each property, by execution; of so many properties at most.
class Finds {
 public:
  /// False: the property was found earlier, or there is no more room.
  bool add(std::string_view property, std::uint64_t execution);
  [[nodiscard]] const Find* begin() const { return finds_.data(); }
  [[nodiscard]] const Find* end() const { return finds_.data() + count_; }

 private:
  std::array<Find, 16> finds_{};
  std::size_t count_ = 0;
};

/// Runs worker 0 here and the others in processes of their own; adds their tallies, and
/// the earliest execution of each property that any of them found. False: a process did not end as
/// it should.
[[nodiscard]] bool fork_workers(std::uint32_t workers,
                                const std::function<Finds(std::uint32_t worker, Tally& tally)>& run,
                                Tally& tally, Finds& finds);

/// Plays back what was recorded, in the same process.
class PickReplay final : public Strategy {
 public:
  explicit PickReplay(std::span<const RecordedPick> picks) : picks_(picks) {}
  std::uint32_t pick(const Crossroads& at) override {
    const std::size_t i = next_++;
    return i < picks_.size() && picks_[i].picked < threads_max &&
                   (at.ready & bit_of(picks_[i].picked)) != 0
               ? picks_[i].picked
               : plain_pick(at);
  }
  std::uint32_t choose(ChoiceKind, std::uint32_t options, Operation) override {
    const std::size_t i = next_++;
    return i < picks_.size() && picks_[i].picked < options ? picks_[i].picked : 0;
  }
  [[nodiscard]] std::string_view name() const override { return "replay"; }

 private:
  std::span<const RecordedPick> picks_;
  std::size_t next_ = 0;
};

}  // namespace sim
