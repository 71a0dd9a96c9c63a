// `portfolio`: the strategies that fit take turns, because no single one finds every kind of bug:
// random walks miss bugs that need one thread to wait for long, priorities miss those that need
// many switches, bounded search those that need several preemptions.
//
// Left out: `feedback`, which learns from each execution, so that one process has to run them all,
// and finds no bug of the bank that the others do not find sooner (scenarios/race/BANK.md); `dfs`
// without a bound and `odpor`, which are worth their time when they come to an end, on their own.

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
