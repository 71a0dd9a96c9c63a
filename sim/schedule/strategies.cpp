#include "sim/schedule/strategies.hpp"

#include <charconv>

namespace sim {

namespace {

constexpr StrategyRow rows[] = {
    {"portfolio", "random, pct:2, pct:3, pos, surw and dfs:1 in turn; the default", 0,
     make_portfolio},
    {"random", "every thread that can go on is equally likely", 0, make_random},
    {"pct", "random priorities, changed at d - 1 steps: pct:d", 3, make_pct},
    {"pos", "a random priority for every step: samples orders of dependent steps", 0, make_pos},
    {"surw", "every order of the steps on one object is equally likely", 0, make_surw},
    {"feedback", "varies executions that brought steps together in a new way", 0, make_feedback},
    {"faults", "every place where a fault can strike alone, then every two, then some", 0,
     make_fault_sweep},
    {"dfs", "all executions with at most so many preemptions: dfs:2; all of them: dfs", no_bound,
     make_dfs},
    {"odpor", "all executions, one of each that differ in the order of dependent steps", 0,
     make_odpor},
    {"replay", "the execution of a finding, and others near it: replay:FOLDER", 0, nullptr},
};

}  // namespace

std::span<const StrategyRow> strategies() {
  return rows;
}

kev::Result<Strategies> make_strategies(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  for (const StrategyRow& row : rows) {
    if (row.name != name) continue;
    if (row.make == nullptr)
      return kev::fail("'" + std::string(text) + "' needs a finding, and kevsim explore", {},
                       "--strategy " + std::string(name) + ":FOLDER");
    std::uint32_t parameter = row.parameter;
    if (colon != std::string_view::npos) {
      if (parameter == 0)
        return kev::fail("'" + std::string(name) + "' takes no number", {},
                         "pct:3 and dfs:2 have one");
      const std::string_view digits = text.substr(colon + 1);
      const auto [rest, failed] =
          std::from_chars(digits.data(), digits.data() + digits.size(), parameter);
      if (failed != std::errc() || rest != digits.data() + digits.size())
        return kev::fail("'" + std::string(text) + "' needs a number after the colon", {},
                         "like pct:3 or dfs:2");
    }
    return row.make(parameter);
  }
  return kev::fail("unknown strategy '" + std::string(text) + "'", {},
                   "'kevsim list strategies' names them");
}

}  // namespace sim
