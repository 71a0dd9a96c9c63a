#include "sim/world/fault_rules.hpp"

#include "model/base/check.hpp"

namespace sim {

FaultRule fault_rule(const FaultSpec& spec) {
  const FaultPointInfo* const kind = find_fault_point(spec.at);
  KEV_CHECK(kind != nullptr);
  FaultRule rule;
  rule.point = kind->point;
  rule.rate = spec.rate;
  rule.error = spec.error;
  rule.delay = spec.delay;
  rule.mode = spec.spare ? FaultMode::spare : FaultMode::strike;
  rule.nth = spec.nth;
  rule.count = spec.count;
  rule.target = spec.target.value_or(-1);
  rule.offset = spec.offset;
  rule.length = spec.length;
  rule.after = spec.after;
  rule.until = spec.until.value_or(kev::Duration::max());
  return rule;
}

void add_faults(Faults& faults, const Scenario& scenario) {
  for (const FaultSpec& spec : scenario.faults) faults.add(fault_rule(spec));
}

}  // namespace sim
