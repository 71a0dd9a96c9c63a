#pragma once
// The table of strategies: a name, what it is good for, and who makes it. One file each.

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "sim/schedule/strategy.hpp"

namespace sim {

/// What runs executions: execution i is that of part i modulo the number of parts.
using Strategies = std::vector<std::unique_ptr<Strategy>>;

struct StrategyRow {
  std::string_view name;
  std::string_view description;
  std::uint32_t parameter;  ///< what stands after the colon when nothing does; 0: it takes none
  /// Null: it needs more than a number (sim/explore/replay.hpp).
  kev::Result<Strategies> (*make)(std::uint32_t parameter);
};

[[nodiscard]] std::span<const StrategyRow> strategies();

/// From its name, like "pct:3".
[[nodiscard]] kev::Result<Strategies> make_strategies(std::string_view text);

kev::Result<Strategies> make_portfolio(std::uint32_t parameter);
kev::Result<Strategies> make_random(std::uint32_t parameter);
kev::Result<Strategies> make_pct(std::uint32_t depth);
kev::Result<Strategies> make_pos(std::uint32_t parameter);
kev::Result<Strategies> make_surw(std::uint32_t parameter);
kev::Result<Strategies> make_feedback(std::uint32_t parameter);
kev::Result<Strategies> make_dfs(std::uint32_t preemptions);
kev::Result<Strategies> make_odpor(std::uint32_t parameter);
kev::Result<Strategies> make_fault_sweep(std::uint32_t parameter);

/// A strategy that has one part: itself.
inline Strategies one_part(std::unique_ptr<Strategy> strategy) {
  Strategies parts;
  parts.push_back(std::move(strategy));
  return parts;
}

/// dfs without a bound.
inline constexpr std::uint32_t no_bound = 0xFFFFFFFF;

}  // namespace sim
