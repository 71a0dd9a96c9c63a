#pragma once
// An execution as a list of turns: who goes on, and how far. Unlike a tape it survives changes: a
// turn says how many steps its thread shall have taken in all when it ends, so that a thread which
// comes to its turn earlier or later still goes as far. Turns can be left out, put together and
// made longer, as Jalbert and Sen do it ("A Trace Simplification Technique for Effective Debugging
// of Concurrent Programs", FSE 2010).

#include <array>
#include <cstdint>
#include <vector>

#include "sim/explore/tape.hpp"
#include "sim/schedule/strategy.hpp"

namespace sim {

struct Turn {
  std::uint32_t thread = 0;
  std::uint32_t until =
      0;  ///< it has taken so many steps by then; `to_the_end`: it stops by itself

  static constexpr std::uint32_t to_the_end = ~std::uint32_t{0};

  bool operator==(const Turn&) const = default;
};

using Turns = std::vector<Turn>;

/// Stands before a strategy and notes down the turns that it gives.
class NotedTurns final : public Strategy {
 public:
  /// Which outlives this one.
  explicit NotedTurns(Strategy& strategy) : Strategy(Sees::steps), strategy_(strategy) {}
  void begin(std::uint64_t seed) override;
  std::uint32_t pick(const Crossroads& at) override;
  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation) override {
    return strategy_.choose(kind, options, operation);
  }
  void released(std::uint32_t thread, std::uint32_t object) override;
  void released_shared(std::uint32_t thread, std::uint32_t object) override;
  void joined(std::uint32_t thread, std::uint32_t other) override;
  void found_closed(Closed to) override;
  void end(Learn learn) override { strategy_.end(learn); }
  [[nodiscard]] std::string_view name() const override { return strategy_.name(); }
  [[nodiscard]] const Turns& turns() const { return turns_; }

 private:
  [[nodiscard]] bool sees_all() const { return strategy_.sees() == Sees::steps; }

  Strategy& strategy_;
  Turns turns_;
  std::array<std::uint32_t, threads_max> taken_{};
};

/// Gives turns. Who cannot go on ends its turn; after the last one choices are plain. All that is
/// not about threads is taken from a tape, each choice when its kind and name come.
class TurnStrategy final : public Strategy {
 public:
  /// Both outlive the strategy.
  TurnStrategy(const Turns& turns, const Tape& tape)
      : Strategy(Sees::steps), turns_(turns), tape_(tape) {}
  void begin(std::uint64_t seed) override;
  std::uint32_t pick(const Crossroads& at) override;
  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation) override;
  [[nodiscard]] std::string_view name() const override { return "replay"; }

 private:
  const Turns& turns_;
  const Tape& tape_;
  std::size_t turn_ = 0;
  std::size_t entry_ = 0;  ///< of the tape: where the next choice is looked for
  std::array<std::uint32_t, threads_max> taken_{};
};

/// Simpler lists than this one, the most promising first: a turn goes on to its end, joins an
/// earlier one of its thread, or is left out, perhaps with the steps that only it needed. Who
/// belongs to the machine has no end: what happens by itself goes on for as long as a client may
/// try again.
[[nodiscard]] std::vector<Turns> simpler(const Turns& turns, ThreadMask machine = 0);

}  // namespace sim
