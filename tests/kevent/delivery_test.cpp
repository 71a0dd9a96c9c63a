#include <catch2/catch.hpp>
#include <cerrno>
#include <set>

#include "sim/engine/sanitizers.hpp"
#include "tests/support/kind_program.hpp"

using namespace kev::literals;
using namespace test;

TEST_CASE("events come in the order in which they became ready") {
  TestMachine m;
  m.thread("program", [&] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    for (const std::uint32_t id : {1u, 2u, 3u, 4u}) user.add(queue, QueueUser::unotify(id));
    for (const std::uint32_t id : {3u, 1u, 4u, 3u}) user.ready(queue, QueueUser::unotify(id));
    // 3 became ready twice before anybody looked: one event.
    CHECK(user.wait(queue, 0, 8, 0_ns) == 3);
    CHECK(user.event(0).id.raw[0] == 3);
    CHECK(user.event(1).id.raw[0] == 1);
    CHECK(user.event(2).id.raw[0] == 4);
    CHECK(user.event(2).user == 400);
    CHECK(user.event(2).ret_flags == abi::KEVENT_RET_DONE);
    CHECK(user.wait(queue, 0, 8, 0_ns) == 0);
    m.calls().close(queue);
  });
  m.run();
  CHECK(m.all_ended());
}

TEST_CASE("READY at ADD, one-shot removal, and repeated events of the others") {
  TestMachine m;
  m.thread("program", [&] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    user.add(queue, QueueUser::unotify(1, abi::KEVENT_REQ_ONESHOT | abi::KEVENT_REQ_READY));
    user.add(queue, QueueUser::unotify(2, abi::KEVENT_REQ_READY));
    CHECK(user.wait(queue, 2, 2) == 2);
    CHECK(user.ready(queue, QueueUser::unotify(1)) == 0);
    CHECK(user.ready(queue, QueueUser::unotify(2)) == 1);
    CHECK(user.wait(queue, 1, 2) == 1);
    m.calls().close(queue);
  });
  m.run();
  CHECK(m.all_ended());
}

TEST_CASE("the wait ends when min_nr are ready, when the time is over, or by a signal") {
  TestMachine m(2);
  const kev::Duration period = 5_ms;
  m.thread("program", [&] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    for (std::uint32_t id = 1; id <= 3; ++id) user.add(queue, QueueUser::unotify(id));
    sim::Thread& waiter = m.kernel().current_thread();
    m.thread("producer", [&, queue] {
      QueueUser producer(m);
      for (std::uint32_t id = 1; id <= 3; ++id) {
        m.kernel().spend_time(period);
        producer.ready(queue, QueueUser::unotify(id));
      }
      m.kernel().spend_time(period);
      m.kernel().signal(waiter);
    });
    const kev::Instant begin = m.kernel().now();
    CHECK(user.wait(queue, 2, 8) == 2);
    CHECK((m.kernel().now() - begin) / 1_ms == 10);
    CHECK(user.wait(queue, 2, 8, 1_ms) == 0);  // the third is not there yet, the time is over
    CHECK((m.kernel().now() - begin) / 1_ms == 11);
    CHECK(user.wait(queue, 2, 8) == 1);  // the signal came, one was ready
    CHECK(user.wait(queue, 1, 8) == -EINTR);
    m.calls().close(queue);
  });
  m.run();
  INFO(m.violation());
  CHECK(m.all_ended());
}

TEST_CASE("a copy that faults loses no event and keeps their order") {
  TestMachine m;
  m.thread("program", [&] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    for (std::uint32_t id = 1; id <= 3; ++id)
      user.add(queue, QueueUser::unotify(id, abi::KEVENT_REQ_ONESHOT | abi::KEVENT_REQ_READY));
    CHECK(m.calls().kevent_get_events(queue, 1, 3, sim::to_timespec(0_ns), 0) == -EFAULT);
    // Room for two: the third copy faults, two events are told.
    const kev::UserAddress two = m->user.map(2 * sizeof(abi::ukevent));
    CHECK(m.calls().kevent_get_events(queue, 1, 3, sim::to_timespec(0_ns), two) == 2);
    CHECK(static_cast<abi::ukevent*>(m->user.at(two, 40))->id.raw[0] == 1);
    CHECK(user.wait(queue, 1, 3) == 1);
    CHECK(user.event().id.raw[0] == 3);
    CHECK(user.event().ret_flags == abi::KEVENT_RET_DONE);
    m.calls().close(queue);
  });
  m.run();
  CHECK(m.all_ended());
  CHECK(m->allocator.live() == 0);
}

TEST_CASE("a kick lets one waiter go, now or the next that comes") {
  TestMachine m(2);
  int released = 0;
  m.thread("program", [&] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    CHECK(user.kick(queue) == 0);
    CHECK(user.wait(queue, 1, 1) == 0);  // was kicked before
    for (int i = 0; i < 2; ++i)
      m.thread("waiter", [&, queue] {
        QueueUser mine(m);
        CHECK(mine.wait(queue, 1, 1) == 0);
        ++released;
      });
    m.kernel().spend_time(1_ms);
    user.kick(queue);
    m.kernel().spend_time(1_ms);
    CHECK(released == 1);
    user.kick(queue);
    m.kernel().spend_time(1_ms);
    CHECK(released == 2);
    m.calls().close(queue);
  });
  m.run();
  CHECK(m.all_ended());
}

TEST_CASE("one event wakes one of several waiters") {
  TestMachine m(2);
  int served = 0;
  m.thread("program", [&] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    for (std::uint32_t id = 1; id <= 3; ++id) user.add(queue, QueueUser::unotify(id));
    for (int i = 0; i < 3; ++i)
      m.thread("waiter", [&, queue] {
        QueueUser mine(m);
        CHECK(mine.wait(queue, 1, 1) == 1);
        ++served;
      });
    m.kernel().spend_time(1_ms);
    const std::int64_t before = m.kernel().stats().wakeups;
    user.ready(queue, QueueUser::unotify(1));
    m.kernel().spend_time(1_ms);
    CHECK(served == 1);
    CHECK(m.kernel().stats().wakeups == before + 1);
    user.control(queue, abi::KEVENT_CTL_READY, {QueueUser::unotify(2), QueueUser::unotify(3)});
    m.kernel().spend_time(1_ms);
    CHECK(served == 3);
    m.calls().close(queue);
  });
  m.run();
  CHECK(m.all_ended());
}

TEST_CASE("with no memory left, what is registered fires and is delivered") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    sim::ProcessCalls& calls = m.calls();
    const auto [in, out] = calls.pipe();
    const auto reader = static_cast<std::uint32_t>(in);
    const int timer = calls.timer_create(queue, 0);
    abi::ukevent signal = QueueUser::request(abi::KEVENT_SIGNAL, 10);
    signal.id.raw[1] = abi::KEVENT_SIGNAL_NOMASK;
    const std::vector<abi::ukevent> interests = {
        QueueUser::request(abi::KEVENT_TIMER, 1), signal, QueueUser::unotify(1),
        QueueUser::request(abi::KEVENT_PIPE, reader, 0, abi::KEVENT_SOCKET_RECV),
        QueueUser::request(abi::KEVENT_POLL, reader)};
    CHECK(user.control(queue, abi::KEVENT_CTL_ADD, interests) == 0);
    CHECK(calls.timer_settime(timer, 1_ms) == 0);
    m->faults.add({sim::FaultPoint::alloc, 1.0, 0});
    CHECK(user.ready(queue, QueueUser::unotify(1)) == 1);
    CHECK(calls.kill(10) == 0);
    CHECK(calls.close(out) == 0);
    CHECK(user.wait(queue, 6, QueueUser::capacity, 2_s) == 6);  // the timers in hardirq context
    m->faults.stop();
    calls.timer_delete(timer);
    calls.close(in);
  });
}

TEST_CASE("a million interests in one queue: those that fire are delivered, and no others") {
  in_program([](TestMachine&, QueueUser& user, int queue) {
    constexpr std::uint32_t interests = SIM_ADDRESS_SANITIZER ? 20'000 : 1'000'000;
    constexpr std::uint32_t stride = 9'973;  // between those that fire
    std::vector<abi::ukevent> requests;
    for (std::uint32_t id = 0; id < interests; ++id) {
      requests.push_back(QueueUser::unotify(id));
      if (requests.size() < QueueUser::capacity && id + 1 < interests) continue;
      REQUIRE(user.control(queue, abi::KEVENT_CTL_ADD, requests) == 0);
      requests.clear();
    }
    CHECK(user.wait(queue, 0, QueueUser::capacity, 0_ns) == 0);
    for (std::uint32_t id = 0; id < interests; id += stride) {
      REQUIRE(user.ready(queue, QueueUser::unotify(id)) == 1);
      REQUIRE(user.wait(queue, 1, QueueUser::capacity, 0_ns) == 1);
      REQUIRE(user.event(0).id.raw[0] == id);
    }
  });
}
