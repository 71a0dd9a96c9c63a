// Exploration in builds with ThreadSanitizer: with the plain instantiation.

#include "sim/explored/explored.hpp"

namespace sim {

std::unique_ptr<OrderWatch> make_watch(const WatchOptions&) {
  return nullptr;
}

std::unique_ptr<SimPlatform> make_explored_platform(Machine& machine) {
  return std::make_unique<SimPlatform>(machine);
}

}  // namespace sim
