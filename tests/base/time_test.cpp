#include <catch2/catch.hpp>

#include "model/base/time.hpp"

using namespace kev::literals;

TEST_CASE("durations and instants add, compare and divide in whole nanoseconds") {
  CHECK(1_s == 1000_ms);
  CHECK((1_s - 1_ns).ns() == 999'999'999);
  CHECK(7_us / 2 == 3500_ns);
  CHECK(10_ms / 3_ms == 3);
  CHECK(10_ms % 3_ms == 1_ms);
  const kev::Instant t = kev::Instant(5) + 10_ns;
  CHECK(t - kev::Instant(5) == 10_ns);
  CHECK(t < kev::Instant::never());
  CHECK((kev::Instant(0) - kev::Instant(3)).ns() == -3);
}
