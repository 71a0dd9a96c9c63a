#include <catch2/catch.hpp>

#include <memory>

#include "tests/support/explore.hpp"
#include "tests/support/queue_user.hpp"

using namespace kev::literals;
using namespace test;

namespace {

abi::ukevent timer(std::uint32_t nanoseconds, std::uint32_t flags = 0) {
  abi::ukevent made = QueueUser::request(abi::KEVENT_TIMER, 0, flags);
  made.id.raw[1] = nanoseconds;
  return made;
}

}  // namespace

TEST_CASE("a periodic timer fires at its period and counts what the reader missed") {
  TestMachine m;
  m.thread("program", [&] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    const kev::Instant begin = m.kernel().now();
    CHECK(user.add(queue, timer(2'000'000)) == 0);
    CHECK(user.wait(queue, 1, 1) == 1);
    CHECK((m.kernel().now() - begin) / 1_ms == 2);
    CHECK(user.event().ret_data[0] == 1);
    m.kernel().spend_time(7_ms);  // three more periods end
    CHECK(user.wait(queue, 1, 4) == 1);
    CHECK(user.event().ret_data[0] == 4);
    CHECK(user.remove(queue, timer(2'000'000)) == 0);
    m.calls().close(queue);
  });
  m.run();
  INFO(m.violation());
  CHECK(m.all_ended());
  CHECK(m->engine.pending() == 0);  // the timer is stopped: nothing is left to happen
}

TEST_CASE("a one-shot timer fires once") {
  TestMachine m;
  m.thread("program", [&] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    CHECK(user.add(queue, timer(1'000'000, abi::KEVENT_REQ_ONESHOT)) == 0);
    CHECK(user.wait(queue, 1, 1) == 1);
    CHECK(user.wait(queue, 1, 1, 10_ms) == 0);
    m.calls().close(queue);
  });
  m.run();
  CHECK(m.all_ended());
  CHECK(m->allocator.live() == 0);
}

TEST_CASE("a timer may be removed at any moment of its life") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    TestMachine m(2, seed);
    m.thread("program", [&] {
      QueueUser user(m);
      const int queue = m.calls().kevent_init();
      const std::uint32_t flags = seed % 2 == 0 ? abi::KEVENT_REQ_ONESHOT : 0;
      CHECK(user.add(queue, timer(1, flags)) == 0);
      for (std::uint64_t i = 0; i < seed % 20; ++i) m.kernel().point({"meanwhile", 0});
      CHECK(user.remove(queue, timer(1, flags)) == 0);
      CHECK(user.wait(queue, 0, 1, 0_ns) == 0);  // not after REMOVE returned
      m.calls().close(queue);
    });
    m.run();
    INFO("seed " << seed << ' ' << m.violation());
    REQUIRE(m.all_ended());
    REQUIRE(m->allocator.live() == 0);
  }
}

TEST_CASE("a timer is removed while its callback runs on another CPU") {
  under_all(
      [](TestMachine& m) {
        m.thread("program", [&m] {
          const int queue = m.calls().kevent_init();
          auto ended = std::make_shared<int>(0);
          for (std::uint32_t t = 1; t <= 3; ++t)
            m.thread("user", [&m, t, queue, ended] {
              QueueUser user(m);
              user.add(queue, timer(t));
              user.wait(queue, 0, 1, 0_ns);
              user.remove(queue, timer(t));
              if (++*ended == 3) m.calls().close(queue);
            });
        });
      },
      [](TestMachine& m) {
        REQUIRE(m->allocator.live() == 0);
        REQUIRE(m->engine.pending() == 0);
      },
      600);
}
