#pragma once
// Faults: named places where the simulated world may fail, and rules that say how often.
//
// A new fault point is one row of fault_points and one call of strike() where it can happen. In
// timing mode a rule's rate is drawn from the stream "faults"; in exploration every strike is a
// choice (0: no fault), so that a search can try each place and a schedule reproduces it.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/engine/random.hpp"
#include "sim/schedule/choice.hpp"
#include "sim/trace/recorder.hpp"

namespace sim {

enum class FaultPoint : std::uint8_t { disk_read, alloc, page_alloc, copy_to_user, copy_from_user };

struct FaultPointInfo {
  FaultPoint point;
  std::string_view name;
  std::string_view description;
  int default_error;  ///< positive errno
};

std::span<const FaultPointInfo> fault_points();
const FaultPointInfo* find_fault_point(std::string_view name);

struct FaultRule {
  FaultPoint point = FaultPoint::disk_read;
  double rate = 0;
  int error = 0;  ///< positive errno; 0: the point's default
};

class Faults {
 public:
  Faults(Recorder& recorder, Chooser& chooser, Random random, bool explore)
      : recorder_(recorder), chooser_(chooser), random_(random), explore_(explore) {}

  void add(const FaultRule& rule) { rules_.push_back(rule); }
  /// No more faults from here on: the drain after a run.
  void stop() { rules_.clear(); }

  /// 0, or the negative errno with which this operation fails. `object`: what it acts on.
  int strike(FaultPoint point, std::uint32_t object) {
    return rules_.empty() ? 0 : consult_rules(point, object);
  }
  [[nodiscard]] std::int64_t struck() const { return struck_; }

 private:
  int consult_rules(FaultPoint point, std::uint32_t object);

  Recorder& recorder_;
  Chooser& chooser_;
  Random random_;
  bool explore_;
  std::vector<FaultRule> rules_;
  std::int64_t struck_ = 0;
};

}  // namespace sim
