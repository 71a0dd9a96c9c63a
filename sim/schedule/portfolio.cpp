// `portfolio`: the strategies that fit take turns, because no single one finds every kind of bug:
// random walks miss bugs that need one thread to wait for long, priorities miss those that need
// many switches, bounded search those that need several preemptions.

#include "sim/schedule/strategies.hpp"

namespace sim {

kev::Result<Strategies> make_portfolio(std::uint32_t) {
  constexpr std::string_view names[] = {"random", "pct:2", "pct:3", "pos", "surw", "dfs:1"};
  Strategies parts;
  for (const std::string_view name : names) {
    auto made = make_strategies(name);
    if (!made) return made;
    parts.push_back(std::move(made->front()));
  }
  return parts;
}

}  // namespace sim
