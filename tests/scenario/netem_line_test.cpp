// The words of tc-netem(8) in a scenario, and what is said about wrong ones.

#include <catch2/catch.hpp>

#include "sim/scenario/netem_line.hpp"

using namespace kev::literals;
using sim::NetemSpec;

namespace {

NetemSpec read(std::string_view text) {
  const auto spec = sim::parse_netem(text);
  INFO(text << (spec ? "" : ": " + spec.error().message));
  REQUIRE(spec.has_value());
  return *spec;
}

/// "MESSAGE @ the words it points at".
std::string complaint(std::string_view text) {
  const auto spec = sim::parse_netem(text);
  if (spec) return "none";
  const sim::NetemError& error = spec.error();
  return error.message + " @ " + std::string(text.substr(error.at, error.length));
}

}  // namespace

TEST_CASE("every item of netem is read") {
  const NetemSpec spec = read(
      "delay 10ms 2ms 25% distribution normal loss gemodel 1% 10% 70% 0.1% duplicate 1% 2% "
      "reorder 25% 50% gap 5 corrupt 0.1% 3% rate 1mbit limit 500");
  CHECK(spec.delay == 10_ms);
  CHECK(spec.jitter == 2_ms);
  CHECK(spec.delay_correlation == 0.25);
  CHECK(spec.distribution == NetemSpec::Distribution::normal);
  CHECK(spec.loss == NetemSpec::Loss::gemodel);
  CHECK(spec.gemodel == std::array<double, 4>{0.01, 0.1, 0.7, 0.001});
  CHECK(spec.duplicate.probability == 0.01);
  CHECK(spec.duplicate.correlation == 0.02);
  CHECK(spec.reorder.probability == 0.25);
  CHECK(spec.reorder.correlation == 0.5);
  CHECK(spec.gap == 5);
  CHECK(spec.corrupt.probability == 0.001);
  CHECK(spec.corrupt.correlation == 0.03);
  CHECK(spec.rate_bits_per_s == 1'000'000);
  CHECK(spec.limit == 500);
}

TEST_CASE("what is left out of an item has tc's default") {
  CHECK(read("").limit == 1000);
  CHECK(read("  ").loss == NetemSpec::Loss::none);
  CHECK(read("loss 1%").random.probability == 0.01);
  CHECK(read("drop 1% 25%").random.correlation == 0.25);
  CHECK(read("loss random 2% 25%").random.probability == 0.02);
  CHECK(read("latency 5ms").delay == 5_ms);
  CHECK(read("loss state 1%").state == std::array<double, 5>{0.01, 0.99, 0, 1, 0});
  CHECK(read("loss state 1% 50% 2% 60% 3%").state ==
        std::array<double, 5>{0.01, 0.5, 0.02, 0.6, 0.03});
  CHECK(read("loss gemodel 1%").gemodel == std::array<double, 4>{0.01, 0.99, 1, 0});
  CHECK(read("delay 1ms reorder 5%").gap == 1);
  CHECK(read("rate 2.5Mbit").rate_bits_per_s == 2'500'000);
  CHECK(read("rate 125kbps").rate_bits_per_s == 1'000'000);
}

TEST_CASE("wrong words of netem are told with their place") {
  CHECK(complaint("delay 10ms los 1%") == "unknown item 'los' of netem @ los");
  CHECK(complaint("slot 1ms") == "netem's 'slot' is not modelled @ slot");
  CHECK(complaint("loss 1% loss 2%") == "'loss' is there twice @ loss");
  CHECK(complaint("loss 1% drop 2%") == "'loss' is there twice @ drop");
  CHECK(complaint("loss 0.01") == "'0.01' needs a unit: 0.01% @ 0.01");
  CHECK(complaint("loss 101%") == "'101%' is no share between 0% and 100% @ 101%");
  CHECK(complaint("loss bursts") == "unknown model of loss 'bursts' @ bursts");
  CHECK(complaint("duplicate") == "'duplicate' needs a share @ ");
  CHECK(complaint("delay 10ms 1ms distribution gauss") == "unknown distribution 'gauss' @ gauss");
  CHECK(complaint("delay 10ms distribution normal") ==
        "a distribution needs a delay that varies, before it @ normal");
  CHECK(complaint("rate 10") == "'10' is no rate with a unit @ 10");
  CHECK(complaint("limit 0") == "'limit' needs a number of packets from 1 to 1000000 @ 0");
  CHECK(complaint("delay 1ms gap 5") == "'gap' needs a 'reorder' @ ");
  CHECK(complaint("reorder 1%") == "'reorder' needs a 'delay', which the packet then skips @ ");
  CHECK(complaint("delay") == "'delay' needs a duration @ ");
  CHECK(complaint("delay 10").substr(0, 7) == "'delay'");
}
