// How many executions differed: exactly for few, an estimate for many.

#include <catch2/catch.hpp>
#include <cmath>
#include <memory>

#include "sim/engine/random.hpp"
#include "sim/explore/tally.hpp"

namespace {

/// So many different executions, each as often as `times` says.
std::unique_ptr<sim::Tally> tally_of(std::uint64_t different, int times) {
  auto tally = std::make_unique<sim::Tally>();
  for (int i = 0; i != times; ++i)
    for (std::uint64_t one = 0; one != different; ++one) tally->add(sim::derive_seed(1, one), 10);
  return tally;
}

}  // namespace

TEST_CASE("few different executions are counted exactly") {
  for (const std::uint64_t different : {1U, 100U, 4096U})
    CHECK(tally_of(different, 2)->distinct() == different);
}

TEST_CASE("of many the estimate is near, and never more than there were") {
  for (const std::uint64_t different : {4097U, 5000U, 8000U, 10'000U, 20'000U, 100'000U}) {
    INFO(different);
    const auto many = static_cast<double>(different);
    CHECK(std::abs(static_cast<double>(tally_of(different, 2)->distinct()) / many - 1) < 0.04);
    CHECK(tally_of(different, 1)->distinct() <= different);
  }
}

TEST_CASE("parts of a campaign add up to what the whole would have counted") {
  const auto whole = tally_of(20'000, 1);
  const auto part = tally_of(20'000, 1);
  sim::Tally sum;
  sum.merge(*part);
  sum.merge(*part);
  CHECK(sum.executions == 40'000);
  CHECK(sum.distinct() >= whole->distinct());
  CHECK(std::abs(static_cast<double>(sum.distinct()) / 20'000 - 1) < 0.04);
}
