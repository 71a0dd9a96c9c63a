#include "sim/explored/explored.hpp"
#include "sim/world/world_subject.hpp"

namespace sim {

WatchedCode watched_code(const WatchOptions& options) {
  return {make_watch(options), &make_explored_platform};
}

kev::Result<std::unique_ptr<Subject>> explored_scenario(const Scenario& scenario,
                                                        const std::string& design,
                                                        const WatchOptions& options) {
  auto subject = WorldSubject::make(scenario, design, watched_code(options));
  if (!subject) return tl::unexpected(subject.error());
  return std::unique_ptr<Subject>(std::move(*subject));
}

}  // namespace sim
