#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "tests/support/machine_fixture.hpp"

using namespace kev::literals;
using test::TestMachine;

TEST_CASE("a thread's work takes the time its profile says") {
  TestMachine m;
  kev::Instant begin;
  kev::Instant end;
  m.thread("worker", [&] {
    begin = m.kernel().now();
    m.kernel().spend(sim::Cost::system_call, 10);
    end = m.kernel().now();
  });
  m.run();
  CHECK(end - begin == 1000_ns);  // 10 calls of 100 ns on the Athlon
  CHECK(m.all_ended());
}

TEST_CASE("costs below a nanosecond add up exactly") {
  TestMachine m;
  m.thread("copier", [&] {
    const kev::Instant begin = m.kernel().now();
    for (int i = 0; i < 1000; ++i) m.kernel().spend(sim::Cost::copy_byte);  // 500 ps each
    CHECK(m.kernel().now() - begin == 500_ns);
  });
  m.run();
  CHECK(m.all_ended());
}

TEST_CASE("two threads share one CPU and run side by side on two") {
  for (const int cpus : {1, 2}) {
    TestMachine m(cpus);
    kev::Instant last;
    for (int i = 0; i < 2; ++i)
      m.thread("worker", [&] {
        m.kernel().spend_time(10_ms);
        last = std::max(last, m.kernel().now());
      });
    m.run();
    INFO(cpus << " CPUs");
    CHECK(last.ns() / 1'000'000 == (cpus == 1 ? 20 : 10));
  }
}

TEST_CASE("a thread that never sleeps gives the CPU away after its time slice") {
  TestMachine m;
  std::vector<int> order;
  for (int id = 0; id < 2; ++id)
    m.thread("spinner", [&, id] {
      for (int i = 0; i < 299; ++i) {
        m.kernel().spend_time(1_ms);
        if (order.empty() || order.back() != id) order.push_back(id);
      }
    });
  m.run();
  // 299 ms of work in slices of 100 ms
  CHECK(order == std::vector<int>{0, 1, 0, 1, 0, 1});
}

TEST_CASE("a wake-up between announcing and sleeping is not lost") {
  TestMachine m(2);
  bool woke = false;
  sim::Thread& sleeper = m.thread("sleeper", [&] {
    m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
    m.kernel().spend_time(1_ms);  // the waker comes now
    m.kernel().schedule();
    woke = true;
  });
  m.thread("waker", [&] {
    m.kernel().spend_time(500_us);
    CHECK(m.kernel().wake(sleeper));
  });
  m.run();
  CHECK(woke);
}

TEST_CASE("schedule_timeout returns what was left") {
  TestMachine m(2);
  kev::Duration left_in_time;
  kev::Duration left_too_late{1};
  sim::Thread& sleeper = m.thread("sleeper", [&] {
    m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
    left_in_time = m.kernel().schedule_timeout(10_ms);
    m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
    left_too_late = m.kernel().schedule_timeout(10_ms);
  });
  m.thread("waker", [&] {
    m.kernel().spend_time(4_ms);
    m.kernel().wake(sleeper);
  });
  m.run();
  CHECK(left_in_time > 5_ms);
  CHECK(left_in_time < 6_ms);
  CHECK(left_too_late == 0_ns);
  CHECK(m.all_ended());
}

TEST_CASE("two runs in time are the same to the last event") {
  const auto run = [] {
    TestMachine m(2);
    sim::WaitQueue queue(m.kernel(), "test");
    for (int i = 0; i < 4; ++i)
      m.thread("t" + std::to_string(i), [&, i] {
        for (int n = 0; n < 20; ++n) {
          m.kernel().spend_time(kev::Duration(1000 * (i + 1)));
          queue.wake();
          sim::WaitEntry entry(m.kernel().current_thread());
          queue.prepare(entry, sim::ThreadState::interruptible);
          m.kernel().schedule_timeout(50_us);
          queue.finish(entry);
        }
      });
    m.run();
    CHECK(m.all_ended());
    return m->recorder.fingerprint();
  };
  const std::uint64_t first = run();
  CHECK(first == run());
  CHECK(first != 0);
}

TEST_CASE("one seed of the random strategy is one execution, seeds differ") {
  const auto run = [](std::uint64_t seed) {
    TestMachine m(2, seed);
    int shared = 0;
    for (int i = 0; i < 3; ++i)
      m.thread("t" + std::to_string(i), [&] {
        for (int n = 0; n < 5; ++n) {
          const int seen = shared;
          m.kernel().point({"between", 1});
          shared = seen + 1;
          m->recorder.emit(sim::Ev::thread_run, shared, 0);
        }
      });
    m.run();
    CHECK(m.all_ended());
    return std::pair(m->recorder.fingerprint(), shared);
  };
  std::set<std::uint64_t> fingerprints;
  bool lost_update = false;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto [fingerprint, shared] = run(seed);
    CHECK(fingerprint == run(seed).first);
    fingerprints.insert(fingerprint);
    lost_update = lost_update || shared != 15;
  }
  CHECK(fingerprints.size() > 40);
  CHECK(lost_update);
}

TEST_CASE("a signal ends no sleep that is not interruptible, under any schedule") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    TestMachine m(2, seed);
    bool slept = false;
    bool woken = false;
    sim::Thread& sleeper = m.thread("sleeper", [&] {
      sim::Thread& me = m.kernel().current_thread();
      me.set_state(sim::ThreadState::interruptible);
      m.kernel().point({"between", 0});
      me.set_state(sim::ThreadState::uninterruptible);
      m.kernel().schedule();
      slept = true;
      CHECK(woken);
    });
    m.thread("signaller", [&] {
      m.kernel().signal(sleeper);
      m.kernel().point({"between", 0});
      woken = true;
      while (!slept) m.kernel().wake(sleeper);
    });
    m.run();
    REQUIRE(m.all_ended());
  }
}
