// The distributions against their definitions, and their exact values: the golden numbers below
// hold for every compiler, optimisation level and C library.

#include "sim/engine/distributions.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/engine/hash.hpp"
#include "sim/engine/portable_math.hpp"

namespace {

using kev::Duration;

constexpr int samples = 100'000;

/// The share of samples for which something holds.
template <class Draw, class Holds>
double share(Draw draw, Holds holds) {
  int count = 0;
  for (int i = 0; i < samples; ++i) {
    if (holds(draw())) ++count;
  }
  return static_cast<double>(count) / samples;
}

/// The values of 10 000 draws, as one number.
template <class Draw>
std::uint64_t golden(Draw draw) {
  sim::Fingerprint fingerprint;
  for (int i = 0; i < 10'000; ++i) fingerprint.add(static_cast<std::uint64_t>(draw()));
  return fingerprint.value();
}

double relative_error(double value, double right) {
  return std::fabs((value - right) / right);
}

}  // namespace

TEST_CASE("logarithm and exponential agree with the C library's to the last few bits") {
  sim::Random random(1);
  double worst = 0.0;
  for (int i = 0; i < samples; ++i) {
    const double exponent = random.unit() * 80.0 - 40.0;
    worst = std::max(worst, relative_error(sim::portable_exp(exponent), std::exp(exponent)));
    const double x = std::exp(exponent);
    if (std::fabs(exponent) > 0.01) {
      worst = std::max(worst, relative_error(sim::portable_log(x), std::log(x)));
    }
    const double small = random.unit() * 4.0 - 0.99;
    const double log1p_over = std::log1p(small) / small;
    worst = std::max(worst, relative_error(sim::portable_log1p_over(small), log1p_over));
    const double expm1_over = std::expm1(small) / small;
    worst = std::max(worst, relative_error(sim::portable_expm1_over(small), expm1_over));
  }
  CHECK(worst < 1.5e-15);
  CHECK(sim::portable_exp(0.0) == 1.0);
  CHECK(sim::portable_log(1.0) == 0.0);
  CHECK(sim::portable_expm1_over(0.0) == 1.0);
  CHECK(sim::portable_log1p_over(0.0) == 1.0);
  CHECK(sim::portable_exp(-1000.0) == 0.0);
}

TEST_CASE("the normal quantile inverts the normal distribution") {
  double worst = 0.0;
  for (int i = 0; i < 2'700; ++i) {
    const double p = 1e-12 * std::pow(1.01, i);  // up to 0.46
    const double back = 0.5 * std::erfc(-sim::normal_quantile(p) / std::sqrt(2.0));
    worst = std::max(worst, relative_error(back, p));
  }
  for (int i = 1; i < 1'000; ++i) {
    const double p = i / 1'000.0;
    const double back = 0.5 * std::erfc(-sim::normal_quantile(p) / std::sqrt(2.0));
    worst = std::max(worst, relative_error(back, p));
  }
  CHECK(worst < 1e-12);
  CHECK(sim::normal_quantile(0.5) == 0.0);
  CHECK(sim::normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-15));
  CHECK(sim::normal_quantile(0.25) == -sim::normal_quantile(0.75));
}

TEST_CASE("uniform reaches both ends and nothing beyond") {
  sim::Random random(1);
  const sim::UniformInt die(-2, 3);
  std::array<int, 6> seen{};
  for (int i = 0; i < 60'000; ++i) {
    const std::int64_t value = die.sample(random);
    REQUIRE(value >= -2);
    REQUIRE(value <= 3);
    ++seen[static_cast<std::size_t>(value + 2)];
  }
  for (const int count : seen) CHECK(std::abs(count - 10'000) < 400);
  CHECK(sim::UniformInt(5, 5).sample(random) == 5);
  const sim::UniformInt everything(INT64_MIN, INT64_MAX);
  CHECK(share([&] { return everything.sample(random); }, [](auto v) { return v < 0; }) ==
        Approx(0.5).margin(0.01));
  const sim::UniformDuration pause(Duration(10), Duration(10));
  CHECK(pause.sample(random) == Duration(10));
}

TEST_CASE("exponential has its quantiles") {
  sim::Random random(1);
  const sim::Exponential gap(Duration(1'000'000));
  const auto draw = [&] { return gap.sample(random).seconds() * 1e3; };
  CHECK(share(draw, [](double x) { return x < 0.693147; }) == Approx(0.5).margin(0.006));
  CHECK(share(draw, [](double x) { return x < 2.302585; }) == Approx(0.9).margin(0.004));
  CHECK(share(draw, [](double x) { return x < 0.0; }) == 0.0);
  CHECK(sim::Exponential(Duration(0)).sample(random) == Duration(0));
}

TEST_CASE("lognormal has its quantiles") {
  sim::Random random(1);
  const sim::Lognormal latency(Duration(1'000'000), 0.5);
  const auto draw = [&] { return std::log(latency.sample(random).seconds() * 1e3); };
  CHECK(share(draw, [](double x) { return x < 0.0; }) == Approx(0.5).margin(0.006));
  CHECK(share(draw, [](double x) { return x < 0.5; }) == Approx(0.841345).margin(0.005));
  CHECK(share(draw, [](double x) { return x < -1.0; }) == Approx(0.022750).margin(0.002));
  CHECK(sim::Lognormal(Duration(7), 0.0).sample(random) == Duration(7));
}

TEST_CASE("zipf ranks have their probabilities") {
  const auto [n, exponent] = GENERATE(table<std::uint64_t, double>(
      {{1, 1.0}, {2, 0.5}, {10, 0.0}, {10, 1.0}, {1'000, 0.9}, {1'000, 2.5}, {1'000'000, 0.99}}));
  INFO("n " << n << ", exponent " << exponent);
  sim::Random random(1);
  const sim::Zipf zipf(n, exponent);
  double sum = 0.0;
  for (std::uint64_t k = n; k >= 1; --k) sum += std::pow(static_cast<double>(k), -exponent);
  constexpr std::uint64_t shown = 10;
  std::array<int, shown> seen{};
  std::uint64_t most = 0;
  for (int i = 0; i < samples; ++i) {
    const std::uint64_t rank = zipf.sample(random);
    most = std::max(most, rank);
    if (rank < shown) ++seen[rank];
  }
  CHECK(most < n);
  if (exponent < 2.0) CHECK(most >= n * 9 / 10);
  for (std::uint64_t rank = 0; rank < std::min(n, shown); ++rank) {
    const double right = std::pow(static_cast<double>(rank + 1), -exponent) / sum;
    const double deviation = std::sqrt(right * (1.0 - right) / samples);
    CHECK(static_cast<double>(seen[rank]) / samples == Approx(right).margin(4.0 * deviation));
  }
}

TEST_CASE("an empirical distribution is linear between its quantiles") {
  const sim::Empirical measured({{0.1, 100}, {0.5, 200}, {0.9, 1'000}});
  CHECK(measured.quantile(0.0) == 100);
  CHECK(measured.quantile(0.1) == 100);
  CHECK(measured.quantile(0.3) == 150);
  CHECK(measured.quantile(0.5) == 200);
  CHECK(measured.quantile(0.7) == 600);
  CHECK(measured.quantile(0.95) == 1'000);
  CHECK(sim::Empirical({{0.5, 42}}).quantile(0.2) == 42);
  sim::Random random(1);
  const auto draw = [&] { return measured.sample(random); };
  CHECK(share(draw, [](auto v) { return v < 200; }) == Approx(0.5).margin(0.006));
  CHECK(share(draw, [](auto v) { return v == 1'000; }) == Approx(0.1).margin(0.004));
}

TEST_CASE("the values are the same everywhere") {
  sim::Random random(20'061);
  const sim::UniformInt uniform(-1'000, 1'000'000'007);
  const sim::UniformDuration duration(Duration(5), Duration(5'000'000));
  const sim::Exponential exponential(Duration(8'000'000));
  const sim::Lognormal lognormal(Duration(250'000), 1.25);
  const sim::Zipf zipf(1'000'000, 0.9);
  const sim::Zipf harmonic(1'000, 1.0);
  const sim::Empirical empirical({{0.0, 80}, {0.5, 120}, {0.99, 9'000}, {1.0, 1'000'000}});

  CHECK(golden([&] { return random.next(); }) == 0x2230EAC3147CC9AE);
  CHECK(golden([&] { return random.unit() * 0x1p53; }) == 0xDD5AD89EECE88BD9);
  CHECK(golden([&] { return uniform.sample(random); }) == 0xB51E45BB5C5942DA);
  CHECK(golden([&] { return duration.sample(random).ns(); }) == 0xE4D756C69EC6308A);
  CHECK(golden([&] { return exponential.sample(random).ns(); }) == 0x20D7265EA2F9EC05);
  CHECK(golden([&] { return lognormal.sample(random).ns(); }) == 0x8D49F5A2E3DC2413);
  CHECK(golden([&] { return zipf.sample(random); }) == 0x3114F481DC9F2CA9);
  CHECK(golden([&] { return harmonic.sample(random); }) == 0x9CC18D76E17BEC6F);
  CHECK(golden([&] { return empirical.sample(random); }) == 0xC53FEC2A70AF066E);
  CHECK(exponential.sample(random).ns() == 6072377);
  CHECK(lognormal.sample(random).ns() == 2034688);
}
