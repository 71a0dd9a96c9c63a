#include <catch2/catch.hpp>

#include <cerrno>
#include <memory>

#include "tests/support/explore.hpp"
#include "tests/support/kind_program.hpp"

using namespace kev::literals;
using namespace test;

namespace {

abi::ukevent interest(int timer) {
  return QueueUser::request(abi::KEVENT_POSIX_TIMER, static_cast<std::uint32_t>(timer));
}

}  // namespace

TEST_CASE("a POSIX timer fires at its interval and counts what the reader missed") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const int timer = m.calls().timer_create(queue, 77);
    REQUIRE(timer >= 0);
    CHECK(look(user, queue) == 0);
    const kev::Instant begin = m.kernel().now();
    CHECK(m.calls().timer_settime(timer, 3_ms, 2_ms) == 0);
    CHECK(user.wait(queue, 1, 1) == 1);
    CHECK((m.kernel().now() - begin) / 1_ms == 3);
    CHECK(user.event().type == abi::KEVENT_POSIX_TIMER);
    CHECK(user.event().id.raw[0] == static_cast<std::uint32_t>(timer));
    CHECK(user.event().user == 77);
    CHECK(user.event().ret_data[0] == 1);
    m.kernel().spend_time(7_ms);  // expires at 5, 7 and 9 ms
    CHECK(look(user, queue) == 1);
    CHECK(user.event().ret_data[0] == 4);
    CHECK(look(user, queue) == 0);
    CHECK(m.calls().timer_settime(timer, 1_ms) == 0);  // once, and counted anew
    m.kernel().spend_time(7_ms);
    CHECK(look(user, queue) == 1);
    CHECK(user.event().ret_data[0] == 1);
    CHECK(m.calls().timer_settime(timer, 1_ms, 1_ms) == 0);
    CHECK(m.calls().timer_settime(timer, 0_ms) == 0);  // stopped
    m.kernel().spend_time(7_ms);
    CHECK(look(user, queue) == 0);
    CHECK(m.calls().timer_delete(timer) == 0);
  });
}

TEST_CASE("nothing of a deleted POSIX timer is shown, and its number can be used again") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const int timer = m.calls().timer_create(queue, 1);
    const int other = m.calls().timer_create(queue, 2);
    CHECK(m.calls().timer_settime(timer, 1_ms, 1_ms) == 0);
    CHECK(m.calls().timer_settime(other, 1_ms) == 0);
    m.kernel().spend_time(5_ms);
    CHECK(m.calls().timer_delete(timer) == 0);
    CHECK(look(user, queue) == 1);
    CHECK(user.event().user == 2);
    CHECK(m.calls().timer_create(queue, 3) == timer);
    CHECK(m.calls().timer_settime(timer, 1_ms) == 0);
    CHECK(user.wait(queue, 1, 1) == 1);
    CHECK(user.event().user == 3);
    CHECK(m.calls().timer_delete(timer) == 0);
    CHECK(m.calls().timer_delete(other) == 0);
  });
}

TEST_CASE("a user cannot register a POSIX timer's interest, but may remove it") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    CHECK(refused(user, queue, interest(0)) == EPERM);
    const int timer = m.calls().timer_create(queue, 1);
    CHECK(m.calls().timer_settime(timer, 1_ms, 1_ms) == 0);
    CHECK(user.remove(queue, interest(timer)) == 0);
    m.kernel().spend_time(5_ms);
    CHECK(look(user, queue) == 0);
    CHECK(m.calls().timer_delete(timer) == 0);
  });
}

TEST_CASE("POSIX timers: errors of their calls") {
  in_program([](TestMachine& m, QueueUser&, int queue) {
    const auto [in, out] = m.calls().pipe();
    CHECK(m.calls().timer_create(99, 1) == -EBADF);
    CHECK(m.calls().timer_create(in, 1) == -EINVAL);
    CHECK(m.calls().timer_settime(0, 1_ms) == -EINVAL);
    CHECK(m.calls().timer_delete(-1) == -EINVAL);
    m->faults.add({sim::FaultPoint::alloc, 1.0, ENOMEM});
    CHECK(m.calls().timer_create(queue, 1) == -ENOMEM);
    m->faults.stop();
    const int timer = m.calls().timer_create(queue, 1);
    CHECK(m.calls().timer_settime(timer, kev::Duration(-1)) == -EINVAL);
    CHECK(m.calls().timer_delete(timer) == 0);
    CHECK(m.calls().timer_delete(timer) == -EINVAL);
    m.calls().close(in);
    m.calls().close(out);
  });
}

TEST_CASE("a POSIX timer outlives its queue and can be deleted then") {
  in_program([](TestMachine& m, QueueUser&, int) {
    const int queue = m.calls().kevent_init();
    const int timer = m.calls().timer_create(queue, 1);
    CHECK(m.calls().timer_settime(timer, 1_ms, 1_ms) == 0);
    m.kernel().spend_time(3_ms);
    CHECK(m.calls().close(queue) == 0);
    m.kernel().spend_time(3_ms);
    CHECK(m.calls().timer_delete(timer) == 0);
  });
}

TEST_CASE("a POSIX timer is set, read, deleted and its queue closed at any moment") {
  under_all(
      [](TestMachine& m) {
        m.thread("program", [&m] {
          const int queue = m.calls().kevent_init();
          const int timer = m.calls().timer_create(queue, 1);
          auto ended = std::make_shared<int>(0);
          m.thread("reader", [&m, ended, queue] {
            QueueUser user(m);
            for (int i = 0; i < 3; ++i) {
              const bool deleted_before = *ended != 0;
              const long got = look(user, queue);
              if (deleted_before) CHECK(got == 0);
            }
            m.calls().close(queue);
          });
          CHECK(m.calls().timer_settime(timer, 1_ns, 1_ns) == 0);
          CHECK(m.calls().timer_settime(timer, 2_ns) == 0);
          CHECK(m.calls().timer_settime(timer, 1_ns, 3_ns) == 0);
          CHECK(m.calls().timer_delete(timer) == 0);
          ++*ended;
        });
      },
      [](TestMachine& m) {
        REQUIRE(m->allocator.live() == 0);
        REQUIRE(m->engine.pending() == 0);
      });
}
