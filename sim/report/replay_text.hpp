#pragma once
// The part of the text report about a replayed trace: which calls were used, which were not, and
// why.

#include <string>

#include "sim/report/text_report.hpp"

namespace sim {

/// Ends in a newline.
std::string replay_text(const ReplaySummary& replay, const TextStyle& style);

}  // namespace sim
