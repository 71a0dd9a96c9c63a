#pragma once
// The tape: every choice of one execution, with names, and the strategy that plays it. Shrinking
// changes the tape; a finding keeps it.
//
// Invariants: an entry is a choice among two or more; where the tape is silent the plain choice is
// made. A tape is followed as far as its entries fit; the first that does not is told.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/explore/subject.hpp"
#include "sim/schedule/strategy.hpp"

namespace sim {

struct TapeEntry {
  ChoiceKind kind = ChoiceKind::thread;
  std::uint32_t picked = 0;  ///< the thread, or the option
  std::uint32_t options = 0;
  bool plain = false;     ///< it was the plain choice
  bool preempts = false;  ///< it took the turn from a thread that could go on
  std::string thread;     ///< the thread's name; of another choice, empty
  std::string step;       ///< what the picked thread does
  std::string object;     ///< to what, by name
  std::uint32_t object_id = 0;
};

using Tape = std::vector<TapeEntry>;

/// The kind's name on tapes that are kept.
[[nodiscard]] std::string_view name_of(ChoiceKind kind);
/// The kind of that name; `thread` when there is none.
[[nodiscard]] ChoiceKind choice_kind(std::string_view name);

/// The choices of the subject's last execution, with names.
[[nodiscard]] Tape tape_of(const Subject& subject);
[[nodiscard]] std::size_t preemptions(const Tape& tape);

class TapeStrategy final : public Strategy {
 public:
  explicit TapeStrategy(const Tape& tape) : tape_(tape) {}
  /// After `follow` entries another strategy goes on.
  TapeStrategy(const Tape& tape, std::size_t follow, Strategy& rest)
      : tape_(tape), follow_(follow), rest_(&rest) {}

  void begin(std::uint64_t seed) override;
  std::uint32_t pick(const Crossroads& at) override;
  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation) override;
  [[nodiscard]] std::string_view name() const override { return "replay"; }
  /// The first entry that did not fit.
  [[nodiscard]] std::optional<std::size_t> diverged() const { return diverged_; }

 private:
  const Tape& tape_;
  std::size_t follow_ = static_cast<std::size_t>(-1);
  Strategy* rest_ = nullptr;
  std::size_t next_ = 0;
  std::optional<std::size_t> diverged_;
};

}  // namespace sim
