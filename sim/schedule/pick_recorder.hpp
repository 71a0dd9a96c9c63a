#pragma once
// Stands between who asks and the strategy, and keeps what was answered.
//
// A recorder is made once and serves execution after execution; nothing is allocated for one that
// is no longer than those before it. It and the strategy live outside of the world's arena.

#include <vector>

#include "sim/engine/arena.hpp"
#include "sim/schedule/execution.hpp"

namespace sim {

class PickRecorder final : public Strategy {
 public:
  /// A new execution: the strategy has begun it.
  void ask(Strategy& strategy) {
    strategy_ = &strategy;
    set_sees(strategy.sees());
    count_ = 0;
    step_ = 0;
  }
  /// How many steps have been taken.
  void set_step(std::uint32_t step) { step_ = step; }
  [[nodiscard]] std::span<const RecordedPick> picks() const { return {picks_.data(), count_}; }

  std::uint32_t pick(const Crossroads& at) override {
    const ArenaPause outside;
    const std::uint32_t picked = strategy_->pick(at);
    if (picked == nobody || (at.ready & (at.ready - 1)) == 0) return picked;
    const Operation& taken = at.next[picked].operation;
    keep({at.ready, taken.name, taken.object, step_, static_cast<std::uint16_t>(picked),
          static_cast<std::uint8_t>(at.current), ChoiceKind::thread,
          static_cast<std::uint8_t>(at.devices)});
    return picked;
  }
  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation) override {
    if (options <= 1) return 0;
    const ArenaPause outside;
    const std::uint32_t picked = strategy_->choose(kind, options, operation);
    keep({options, operation.name, operation.object, step_, static_cast<std::uint16_t>(picked), 0,
          kind, 0});
    return picked;
  }
  void released(std::uint32_t thread, std::uint32_t object) override {
    const ArenaPause outside;
    strategy_->released(thread, object);
  }
  void joined(std::uint32_t thread, std::uint32_t other) override {
    const ArenaPause outside;
    strategy_->joined(thread, other);
  }
  [[nodiscard]] std::string_view name() const override { return strategy_->name(); }

 private:
  void keep(const RecordedPick& pick) {
    if (count_ == picks_.size()) [[unlikely]]
      picks_.resize(2 * count_ + 64);
    picks_[count_++] = pick;
  }

  Strategy* strategy_ = nullptr;
  std::vector<RecordedPick> picks_;  ///< with room for more
  std::size_t count_ = 0;
  std::uint32_t step_ = 0;
};

}  // namespace sim
