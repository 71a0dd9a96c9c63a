#pragma once
// `replay:FOLDER`: executions near the one of a finding. Every second one follows the finding's
// tape by names (follow.hpp) to its end, the others up to any of its entries; a random walk goes
// on.
//
// As long as nothing has been edited, the first execution is the finding's. After an edit, what is
// left of the failure is near the tape: in its own order with other choices of what is new, or
// where a few of its last turns go another way.

#include <string_view>

#include "sim/explore/subject.hpp"
#include "sim/schedule/strategies.hpp"

namespace sim {

/// From its name: `replay:FOLDER`, or one of the table. The subject outlives it. Errors: unknown
/// names; a folder that is no finding.
[[nodiscard]] kev::Result<Strategies> strategies_for(std::string_view text, const Subject& subject);

}  // namespace sim
