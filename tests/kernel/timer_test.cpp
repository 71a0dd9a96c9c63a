#include <catch2/catch.hpp>

#include "tests/support/machine_fixture.hpp"

using namespace kev::literals;
using test::TestMachine;

namespace {

struct Ticker {
  explicit Ticker(TestMachine& machine, int how_often = 1)
      : m(machine), left(how_often), timer(machine.kernel(), "ticker", &Ticker::tick, this) {}
  static void tick(void* self) {
    auto& ticker = *static_cast<Ticker*>(self);
    ++ticker.ticks;
    ticker.last = ticker.m.kernel().now();
    if (--ticker.left > 0) ticker.timer.start_after(1_ms);
    ticker.m.kernel().spend_time(10_us);
    ticker.m.kernel().point({"in callback", 0});
    ticker.finished = ticker.ticks;
  }
  TestMachine& m;
  int left;
  int ticks = 0;
  int finished = 0;
  kev::Instant last;
  sim::HrTimer timer;
};

}  // namespace

TEST_CASE("a timer fires at its instant and may start itself again") {
  TestMachine m;
  Ticker ticker(m, 3);
  m.thread("t", [&] { ticker.timer.start(kev::Instant(5'000'000)); });
  m.run();
  CHECK(ticker.ticks == 3);
  CHECK(ticker.last.ns() / 1'000'000 == 7);
}

TEST_CASE("once cancel has returned the callback neither runs nor will") {
  int cancelled = 0;
  int too_late = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    TestMachine m(2, seed);
    Ticker ticker(m, 3);
    m.thread("t", [&] {
      ticker.timer.start_after(0_ns);
      for (int i = 0; i < 6; ++i) m.kernel().point({"meanwhile", 0});
      (ticker.timer.cancel() ? cancelled : too_late) += 1;
      CHECK(ticker.finished == ticker.ticks);
      const int ticks = ticker.ticks;
      for (int i = 0; i < 10; ++i) m.kernel().point({"after", 0});
      CHECK(ticker.ticks == ticks);
      CHECK_FALSE(ticker.timer.active());
    });
    m.run();
    INFO("seed " << seed << ' ' << m.violation());
    REQUIRE(m.all_ended());
  }
  CHECK(cancelled > 0);
  CHECK(too_late > 0);
}
