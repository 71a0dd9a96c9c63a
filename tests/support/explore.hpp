#pragma once
// Many random schedules of one story.

#include <catch2/catch.hpp>
#include <functional>

#include "tests/support/machine_fixture.hpp"

namespace test {

/// Runs the story under each of `seeds` schedules on two CPUs; every thread must end and no promise
/// may be broken. `check` sees the machine after the end.
inline void under_all(const std::function<void(TestMachine&)>& story,
                      const std::function<void(TestMachine&)>& check = {},
                      std::uint64_t seeds = 300) {
  const std::shared_ptr<sim::OrderWatch> watch = sim::make_watch();
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    TestMachine m(2, seed, watch);
    story(m);
    m.run();
    INFO("seed " << seed << ' ' << m.violation());
    REQUIRE(m.violation().empty());
    REQUIRE(m.all_ended());
    if (check) check(m);
  }
}

}  // namespace test
