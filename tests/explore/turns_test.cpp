// Executions as lists of turns: they play as they were noted, and simpler ones really are.

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/explore/turns.hpp"
#include "sim/schedule/strategies.hpp"
#include "tests/explore/explorer.hpp"

namespace {

using sim::Turn;
using sim::Turns;

Turns noted(sim::Subject& subject, sim::Strategy& strategy, std::uint64_t seed) {
  sim::NotedTurns notes(strategy);
  notes.begin(seed);
  subject.run(notes);
  return notes.turns();
}

bool has(const std::vector<Turns>& all, const Turns& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

TEST_CASE("turns that were noted give the same execution again") {
  const auto subject = sim_test::load("aba.c");
  for (const char* const name : {"random", "pct:3", "pos", "surw", "dfs:2"}) {
    const auto made = sim::make_strategies(name);
    sim::Strategy& strategy = *made->front();
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      INFO(name << ", seed " << seed);
      const Turns turns = noted(*subject, strategy, seed);
      strategy.end(sim::Learn::no);
      const std::uint64_t fingerprint = subject->last().fingerprint;
      const sim::Tape tape = sim::tape_of(*subject);
      sim::TurnStrategy again(turns, tape);
      CHECK(noted(*subject, again, 0) == turns);
      CHECK(subject->last().fingerprint == fingerprint);
    }
  }
}

TEST_CASE("noting turns down changes no execution, and counts those without a choice") {
  const auto subject = sim_test::load("aba.c");
  const auto made = sim::make_strategies("pct:3");
  sim::Strategy& pct = *made->front();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Turns turns = noted(*subject, pct, seed);
    const std::uint64_t fingerprint = subject->last().fingerprint;
    std::uint32_t steps = 0;
    for (std::uint32_t thread = 0; thread < sim::threads_max; ++thread) {
      std::uint32_t last = 0;
      for (const Turn& turn : turns)
        if (turn.thread == thread) last = turn.until;
      steps += last;
    }
    CHECK(steps == subject->last().steps);
    pct.begin(seed);
    subject->run(pct);
    CHECK(subject->last().fingerprint == fingerprint);
  }
}

TEST_CASE("simpler turns: longer, put together, left out") {
  const Turns turns = {{0, 5}, {1, 3}, {0, 9}, {1, 8}};
  const auto all = sim::simpler(turns);
  CHECK(has(all, {{0, Turn::to_the_end}, {1, 3}, {0, 9}, {1, 8}}));
  CHECK(has(all, {{0, 9}, {1, 3}, {1, 8}}));
  CHECK(has(all, {{0, 5}, {1, 8}, {0, 9}}));
  CHECK(has(all, {{0, 5}, {0, 9}, {1, 8}}));
  // A thread that need not wait any more is as far with two steps less.
  CHECK(has(all, {{0, 5}, {0, 9}, {1, 6}}));
  CHECK_FALSE(has(all, turns));
}

TEST_CASE("simpler turns: what happens by itself does not go on to an end") {
  const Turns turns = {{0, 5}, {1, 3}};
  const auto all = sim::simpler(turns, sim::bit_of(0));
  CHECK_FALSE(has(all, {{0, Turn::to_the_end}, {1, 3}}));
  CHECK(has(all, {{0, 5}, {1, Turn::to_the_end}}));
}

TEST_CASE("who cannot go on ends its turn, and after the last one choices are plain") {
  const auto subject = sim_test::load("mtx2.c");
  const sim::Tape none;
  // There is no thread 5.
  const Turns turns = {{5, Turn::to_the_end}, {2, 1}, {1, 2}, {2, Turn::to_the_end}};
  sim::TurnStrategy strategy(turns, none);
  const Turns given = noted(*subject, strategy, 0);
  CHECK_FALSE(subject->last().violated());
  REQUIRE(given.size() == 4);
  CHECK(given[0] == Turn{2, 1});
  CHECK(given[1] == Turn{1, 2});
  CHECK(given[2].thread == 2);
  CHECK(given[3].thread == 1);
}
