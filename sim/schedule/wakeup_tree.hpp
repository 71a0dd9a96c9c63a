#pragma once
// Wakeup trees: which sequences of steps are still to be explored from a node, in order. Branches
// of all nodes' trees lie in one pool and are reused.

#include <cstdint>
#include <vector>

#include "sim/schedule/strategy.hpp"

namespace sim {

/// One step of a sequence: who does what to what.
struct StepOf {
  std::uint32_t thread = 0;
  std::uint32_t object = 0;
  Access access = Access::none;
};

constexpr bool dependent(const StepOf& one, const StepOf& other) {
  const bool may_meet = one.object == other.object || one.access == Access::everything ||
                        other.access == Access::everything;
  return one.thread == other.thread || (may_meet && conflict(one.access, other.access));
}

class WakeupTrees {
 public:
  using Index = std::uint32_t;
  static constexpr Index none = 0xFFFFFFFF;

  struct Branch {
    StepOf step;
    Index first_child = none;
    Index next = none;  ///< the sibling to its right
  };

  [[nodiscard]] const Branch& at(Index branch) const { return branches_[branch]; }
  /// Takes the leftmost branch off the list; its children stay with it until release().
  Index take_first(Index& siblings) {
    const Index first = siblings;
    siblings = branches_[first].next;
    return first;
  }
  /// Gives the branch itself back to the pool; what is below it goes on living.
  void release(Index branch) { free_.push_back(branch); }
  void set_first_child(Index parent, Index child) { branches_[parent].first_child = child; }
  /// Adds a branch at the right end of a list.
  Index append(Index& siblings, const StepOf& step);

 private:
  std::vector<Branch> branches_;
  std::vector<Index> free_;
};

}  // namespace sim
