// The generator against its published sequence, bounds, and the independence of streams.

#include "sim/engine/random.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <set>
#include <vector>

TEST_CASE("splitmix64 and xoshiro256** give their published sequences") {
  std::uint64_t state = 0;
  CHECK(sim::splitmix64(state) == 0xE220A8397B1DCDAF);
  CHECK(sim::splitmix64(state) == 0x6E789E6AA1B965F4);
  CHECK(sim::splitmix64(state) == 0x06C45D188009454F);
  // xoshiro256** from the state that splitmix64 gives for seed 0.
  sim::Random random(0);
  CHECK(random.next() == 0x99EC5F36CB75F2B4);
  CHECK(random.next() == 0xBF6E1F784956452A);
  CHECK(random.next() == 0x1A5F849D4933E6E0);
}

TEST_CASE("below is uniform, also for a bound that does not divide 2^64") {
  sim::Random random(1);
  std::array<int, 6> seen{};
  for (int i = 0; i < 60'000; ++i) ++seen[random.below(6)];
  for (const int count : seen) CHECK(std::abs(count - 10'000) < 400);

  // Without rejection each multiple of 3 would come up twice as often as the others.
  constexpr std::uint64_t bound = (std::uint64_t{1} << 63) + (std::uint64_t{1} << 62);
  int multiples = 0;
  for (int i = 0; i < 60'000; ++i) multiples += random.below(bound) % 3 == 0 ? 1 : 0;
  CHECK(std::abs(multiples - 20'000) < 500);
  CHECK(random.below(1) == 0);
}

TEST_CASE("unit stays in [0, 1) and chance keeps its odds") {
  sim::Random random(2);
  double sum = 0.0;
  double most = 0.0;
  for (int i = 0; i < 100'000; ++i) {
    const double u = random.unit();
    sum += u;
    most = std::max(most, u);
    if (u < 0.0) FAIL("below 0");
  }
  CHECK(most < 1.0);
  CHECK(sum / 100'000 == Approx(0.5).margin(0.005));
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) {
    if (random.chance(0.3)) ++hits;
    if (random.chance(0.0)) FAIL("a chance of 0");
    if (!random.chance(1.0)) FAIL("a chance of 1");
  }
  CHECK(std::abs(hits - 30'000) < 700);
}

TEST_CASE("streams depend on seed and name, and on nothing else") {
  const sim::RandomStreams streams(7);
  sim::Random disk = streams.stream("disk");
  const std::uint64_t first = disk.next();
  disk.next();
  CHECK(streams.stream("disk").next() == first);
  CHECK(streams.stream("net").next() != first);
  CHECK(streams.stream("disk2").next() != first);
  CHECK(sim::RandomStreams(8).stream("disk").next() != first);
  CHECK(sim::RandomStreams(7).stream("disk").next() == first);
  CHECK(streams.seed() == 7);
}

TEST_CASE("derived seeds do not repeat") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (std::uint64_t index = 0; index < 1000; ++index) seen.insert(sim::derive_seed(seed, index));
  }
  CHECK(seen.size() == 100'000);
}
