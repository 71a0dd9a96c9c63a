#pragma once
// Names for tests that need a catalog but no world.

#include "sim/scenario/catalog.hpp"

namespace sim_test {

sim::Catalog sample_catalog();

}  // namespace sim_test
