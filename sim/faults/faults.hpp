#pragma once
// Fault rules: what shall go wrong, where and how often.
//
// Rules are asked in the order in which they were added, and the first one that strikes decides; a
// rule that spares ends the search, too. Only operations that match a rule's target, offsets and
// time are counted for it: `nth` and `count` count those. In timing mode a rule's rate is drawn
// from the stream "faults"; in exploration every strike is a choice (0: no fault), so that a search
// can try each place and a schedule reproduces it. Units: bytes, int64 ns since the rule was added.
// The kinds: sim/faults/fault_point.hpp.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/engine/random.hpp"
#include "sim/faults/fault_point.hpp"
#include "sim/schedule/choice.hpp"
#include "sim/trace/recorder.hpp"

namespace sim {

/// What a rule does to the operations it matches.
enum class FaultMode : std::uint8_t { strike, spare };

struct FaultRule {
  FaultPoint point = FaultPoint::disk_read;
  double rate = 1;
  int error = 0;                       ///< positive errno; 0: the kind's default
  kev::Duration delay{0};              ///< 0: the kind's default
  FaultMode mode = FaultMode::strike;  ///< spare: rules below are not asked
  std::int64_t nth = 0;                ///< only this one, counted from 1; 0: any
  std::int64_t count = 0;              ///< so often at most; 0: always
  std::int64_t target = -1;            ///< number of what it strikes; -1: anything
  std::int64_t offset = 0;             ///< only what touches [offset, offset + length)
  std::int64_t length = 0;             ///< 0: to the end
  kev::Duration after{0};
  kev::Duration until = kev::Duration::max();
};

/// What is about to be done.
struct FaultSubject {
  std::uint32_t object = 0;  ///< its id, for traces and schedules
  std::int64_t target = -1;  ///< its number, as rules name it; -1: it has none
  std::int64_t offset = 0;   ///< the bytes it touches
  std::int64_t length = 0;
};

/// `kind` null: nothing happens.
struct FaultVerdict {
  const FaultPointInfo* kind = nullptr;
  int error = 0;  ///< negative errno
  kev::Duration delay{0};

  [[nodiscard]] Verdict verdict() const { return kind == nullptr ? Verdict::pass : kind->verdict; }
  [[nodiscard]] bool is(FaultPoint point) const { return kind != nullptr && kind->point == point; }
};

/// How often a kind that had rules has struck.
struct FaultHits {
  const FaultPointInfo* kind = nullptr;
  std::int64_t count = 0;
};

class Faults {
 public:
  Faults(Recorder& recorder, Chooser& chooser, Random random, bool explore)
      : recorder_(recorder), chooser_(chooser), random_(random), explore_(explore) {}

  void add(const FaultRule& rule);
  /// No more faults from here on: the drain after a run.
  void stop() { rules_.clear(); }

  /// What happens to this operation.
  FaultVerdict ask(FaultPlace place, const FaultSubject& subject) {
    return rules_.empty() ? FaultVerdict() : consult_rules(place, subject);
  }
  /// For places with one kind, which fails: 0, or the negative errno of this operation.
  int strike(FaultPoint point, std::uint32_t object) {
    return rules_.empty() ? 0 : strike_only(point, object);
  }
  /// There is, or was, a rule of that kind.
  [[nodiscard]] bool planned(FaultPoint point) const {
    return planned_[static_cast<std::size_t>(point)];
  }
  [[nodiscard]] std::int64_t struck() const;
  /// Of each kind that had a rule, in the order of fault_points().
  [[nodiscard]] std::vector<FaultHits> hits() const;

 private:
  struct Rule : FaultRule {
    const FaultPointInfo* kind = nullptr;
    kev::Instant added;
    std::int64_t seen = 0;
    std::int64_t struck = 0;
  };

  [[nodiscard]] bool matches(const Rule& rule, FaultPlace place, const FaultSubject& subject) const;
  bool strikes(Rule& rule, const FaultSubject& subject);
  FaultVerdict consult_rules(FaultPlace place, const FaultSubject& subject);
  int strike_only(FaultPoint point, std::uint32_t object);

  Recorder& recorder_;
  Chooser& chooser_;
  Random random_;
  bool explore_;
  std::vector<Rule> rules_;
  std::array<std::int64_t, fault_kinds> struck_{};
  std::array<bool, fault_kinds> planned_{};
};

}  // namespace sim
