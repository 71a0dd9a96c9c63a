#pragma once
// Follows a tape by names: the program may have been edited since the tape was made. A choice of a
// thread's step is recognised by the thread, the operation and the object's name; where they lie in
// the execution does not matter.
//
//   A step that the tape does not know has been put into the program: its thread takes it when the
//   tape wants that thread to go on. One that does not come any more has been taken out: the tape
//   goes on behind it. Names that say where something lies and not what it is (places on stacks and
//   on the heap) fit each other.
//
// After the tape's end another strategy goes on; without one the plain choice is made.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/explore/subject.hpp"
#include "sim/explore/tape.hpp"

namespace sim {

class FollowStrategy final : public Strategy {
 public:
  /// `rest` may be null. Tape, subject and rest outlive the strategy.
  FollowStrategy(const Tape& tape, const Subject& subject, Strategy* rest);

  void begin(std::uint64_t seed) override;
  /// In this execution, the tape ends after so many entries.
  void follow_only(std::size_t entries) { end_ = std::min(entries, tape_.size()); }
  std::uint32_t pick(const Crossroads& at) override;
  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation) override;
  [[nodiscard]] std::string_view name() const override { return "replay"; }
  /// The first entry that was not met as it stands.
  [[nodiscard]] std::optional<std::size_t> diverged() const { return diverged_; }
  /// Entries that were met, of all.
  [[nodiscard]] std::size_t met() const { return met_; }

 private:
  [[nodiscard]] std::uint32_t thread_of(const TapeEntry& entry, std::uint32_t threads);
  [[nodiscard]] bool fits(const TapeEntry& entry, const NextStep& next) const;
  [[nodiscard]] bool comes_later(std::uint32_t thread, std::uint32_t threads, const NextStep& next);
  void diverge() {
    if (!diverged_) diverged_ = next_;
  }

  const Tape& tape_;
  const Subject& subject_;
  Strategy* rest_;
  std::size_t end_ = 0;  ///< entries that are followed
  std::size_t next_ = 0;
  std::size_t met_ = 0;
  std::vector<std::uint32_t> threads_;  ///< by their numbers on the tape; nobody: not met yet
  std::optional<std::size_t> diverged_;
};

/// "choice 12: T1 was to do lock ready_lock"
[[nodiscard]] std::string describe_entry(const Tape& tape, std::size_t index);

}  // namespace sim
