#include "sim/schedule/wakeup_tree.hpp"

namespace sim {

WakeupTrees::Index WakeupTrees::append(Index& siblings, const StepOf& step) {
  Index added = 0;
  if (free_.empty()) {
    added = static_cast<Index>(branches_.size());
    branches_.emplace_back();
  } else {
    added = free_.back();
    free_.pop_back();
  }
  branches_[added] = {step, none, none};
  if (siblings == none) {
    siblings = added;
    return added;
  }
  Index last = siblings;
  while (branches_[last].next != none) last = branches_[last].next;
  branches_[last].next = added;
  return added;
}

}  // namespace sim
