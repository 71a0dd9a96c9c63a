#pragma once
// In what orders the executions of a campaign have taken locks: two classes that are taken in both
// orders, be it in two executions, are a deadlock that has not happened yet.
//
// Each execution's own graph is the kernel's (sim/kernel/rules.hpp), which is new with each
// machine; only what was not known is copied from it, so that an execution that shows nothing new
// costs a comparison.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/kernel/rules.hpp"

namespace sim {

class LockOrders {
 public:
  /// What an execution has shown.
  void add(const Rules& rules);
  /// How many orders of two classes are known.
  [[nodiscard]] std::uint64_t count() const { return orders_.size(); }
  /// Orders that contradict each other, in words; empty: none do. Does not depend on what was seen
  /// first.
  [[nodiscard]] std::string inversion() const;

 private:
  static constexpr std::size_t graphs_max = 4096;
  struct Order {
    std::string held;
    std::string taken;
    auto operator<=>(const Order&) const = default;
  };

  /// The classes from one to another, each taken while the one before it was held; empty: no way.
  [[nodiscard]] std::vector<std::string> way(const std::string& from, const std::string& to) const;

  std::vector<std::uint64_t> graphs_;  ///< Rules::orders() of those added; sorted
  std::vector<Order> orders_;          ///< sorted
};

}  // namespace sim
