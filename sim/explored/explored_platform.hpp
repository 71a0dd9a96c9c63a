#pragma once
// The simulated machine as exploration sees it: the same platform, for a second, instrumented
// instantiation of the code under test. Only explored_code.cpp may include this.

#include "sim/machine/sim_platform.hpp"

namespace sim {

class ExploredPlatform final : public SimPlatform {
 public:
  explicit ExploredPlatform(Machine& machine);

  // What the kernel copies are accesses too.
  bool copy_in(void* to, kev::UserAddress from, std::size_t bytes);
  bool copy_out(kev::UserAddress to, const void* from, std::size_t bytes);
};

/// The instrumented instantiation.
const CodeUnderTest& explored_code();

}  // namespace sim
