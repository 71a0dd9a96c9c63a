#pragma once
// What is good in each table alone and wrong together: asked when all tables have been read.
//
// Errors: each with the place of what should go.

#include "sim/scenario/scenario.hpp"
#include "sim/scenario/values.hpp"

namespace sim {

void check_together(const ReadContext& context, const Scenario& scenario);

}  // namespace sim
