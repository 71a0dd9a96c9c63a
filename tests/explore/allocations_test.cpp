// Executions allocate nothing: stacks, heaps and worlds are put back in place. Whatever the process
// allocates is counted.

#include <atomic>
#include <catch2/catch.hpp>
#include <cstddef>

#include "sim/explored/explored.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/schedule/strategies.hpp"
#include "sim/world/run.hpp"
#include "tests/explore/explorer.hpp"

// The C library calls the executable's functions in place of its own, which have these names.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* block, std::size_t bytes);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

extern "C" {
void* malloc(std::size_t bytes) {
  ++allocations;
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) {
  ++allocations;
  return __libc_calloc(count, bytes);
}
void* realloc(void* block, std::size_t bytes) {
  ++allocations;
  return __libc_realloc(block, bytes);
}
}

namespace {

/// By that many executions, after as many that make room.
std::uint64_t allocated_by(sim::Subject& subject, const std::string& name,
                           std::uint64_t executions) {
  auto strategies = sim::make_strategies(name);
  REQUIRE(strategies.has_value());
  sim::Strategy& strategy = *strategies->front();
  std::uint64_t before = 0;
  for (std::uint64_t i = 0; i < 2 * executions; ++i) {
    if (i == executions) before = allocations;
    // The same ones again: what is longer than all before may need more room.
    strategy.begin(i % executions);
    const bool violated = subject.run(strategy).violated();
    strategy.end(sim::Learn::no);
    if (violated) FAIL("nothing is broken");
  }
  return allocations - before;
}

}  // namespace

TEST_CASE("executions of a program allocate nothing") {
  const auto subject = sim_test::load("mtx2.c");
  for (const std::string strategy : {"random", "pct:3", "pos", "surw"}) {
    INFO(strategy);
    CHECK(allocated_by(*subject, strategy, 10'000) == 0);
  }
}

TEST_CASE("executions of a scenario allocate nothing") {
  const auto scenario = sim::load_scenario(
      std::string(KEVSIM_SOURCE_DIR) + "/scenarios/race/small_scope.toml", sim::catalog());
  REQUIRE(scenario.has_value());
  const auto subject = sim::explored_scenario(*scenario, "");
  REQUIRE(subject.has_value());
  for (const std::string strategy : {"random", "pct:3", "pos", "surw"}) {
    INFO(strategy);
    CHECK(allocated_by(**subject, strategy, 300) == 0);
  }
}

TEST_CASE("what is allocated is counted") {
  const std::uint64_t before = allocations;
  const std::string text(100, 'x');
  CHECK(text.size() == 100);
  CHECK(allocations > before);
}
