#pragma once
// Who won and by how much, in words that follow from the numbers.
//
// Decided by throughput; less than 2 % apart is a tie. Figures that depend on how long a run took
// are compared a request. A design that completed nothing or broke a property cannot win.

#include <string>

#include "sim/report/summary.hpp"

namespace sim {

inline constexpr double tie_below = 0.02;

/// One paragraph without line breaks; empty when there is nobody to compare.
std::string verdict(const RunSummary& summary);

}  // namespace sim
