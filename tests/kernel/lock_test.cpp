#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/machine_fixture.hpp"

using namespace kev::literals;
using test::TestMachine;

TEST_CASE("a spinlock keeps its critical section alone, on two CPUs and under any schedule") {
  for (std::uint64_t seed = 0; seed <= 100; ++seed) {
    TestMachine m(2, seed);
    sim::SpinLock lock(m.kernel(), "counter");
    int counter = 0;
    for (int i = 0; i < 3; ++i)
      m.thread("t", [&] {
        for (int n = 0; n < 4; ++n) {
          sim::SpinGuard guard(lock);
          const int seen = counter;
          m.kernel().spend_time(10_us);
          m.kernel().point({"inside", 0});
          counter = seen + 1;
        }
      });
    m.run();
    INFO("seed " << seed << ' ' << m.violation());
    REQUIRE(m.all_ended());
    REQUIRE(counter == 12);
  }
}

TEST_CASE("a waiter for a spinlock keeps its CPU busy") {
  TestMachine m(2);
  sim::SpinLock lock(m.kernel(), "slow");
  for (int i = 0; i < 2; ++i)
    m.thread("t", [&] {
      sim::SpinGuard guard(lock);
      m.kernel().spend_time(10_ms);
    });
  m.run();
  kev::Duration busy;
  for (const auto& cpu : m.kernel().cpus()) busy += cpu->busy();
  CHECK(busy >= 30_ms);  // 10 + 10 of work, 10 of spinning
}

TEST_CASE("a mutex sleeps and lets everyone in") {
  for (std::uint64_t seed = 0; seed <= 100; ++seed) {
    TestMachine m(2, seed);
    sim::Mutex mutex(m.kernel(), "resource");
    int inside = 0;
    int done = 0;
    for (int i = 0; i < 4; ++i)
      m.thread("t", [&] {
        for (int n = 0; n < 3; ++n) {
          sim::MutexGuard guard(mutex);
          CHECK(++inside == 1);
          m.kernel().spend_time(1_ms);
          m.kernel().point({"inside", 0});
          --inside;
          ++done;
        }
      });
    m.run();
    INFO("seed " << seed << ' ' << m.violation());
    REQUIRE(m.all_ended());
    REQUIRE(done == 12);
  }
}

TEST_CASE("the random strategy reaches a deadlock of two mutexes, and quiescence shows it") {
  int deadlocks = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    TestMachine m(2, seed);
    // Two classes each, so that the lock order rule does not speak first.
    sim::Mutex a(m.kernel(), "a");
    sim::Mutex b(m.kernel(), "b");
    const auto body = [&m](sim::Mutex& first, sim::Mutex& second) {
      sim::MutexGuard outer(first);
      m.kernel().point({"between", 0});
      sim::MutexGuard inner(second);
    };
    m.thread("ab", [&] { body(a, b); });
    m.thread("ba", [&] { body(b, a); });
    m.run();
    if (!m.all_ended()) ++deadlocks;
    // Whether it deadlocked or not, the order was wrong.
    CHECK(m.broken() == "lock_order");
  }
  CHECK(deadlocks == 100);
}

TEST_CASE("an execution that is abandoned anywhere unwinds cleanly") {
  for (std::uint64_t limit = 1; limit < 120; ++limit) {
    sim::RandomChooser chooser(limit);
    sim::MachineOptions options = test::exploring(2);
    options.kernel.step_limit = limit;
    sim::Machine machine(chooser, options);
    sim::Kernel& kernel = machine.kernel;
    sim::SpinLock spin(kernel, "spin");
    sim::Mutex mutex(kernel, "mutex");
    sim::WaitQueue queue(kernel, "queue");
    for (int i = 0; i < 3; ++i)
      kernel.spawn("t", sim::ContextKind::process, [&] {
        for (int n = 0; n < 10; ++n) {
          sim::MutexGuard outer(mutex);
          {
            sim::IrqGuard inner(spin);
          }
          sim::WaitEntry entry(kernel.current_thread());
          queue.prepare(entry, sim::ThreadState::interruptible);
          kernel.schedule_timeout(1_us);
          queue.finish(entry);
        }
      });
    kernel.run();
    kernel.shut_down();
    REQUIRE(kernel.violations().size() == 1);
    CHECK(kernel.violations().front().property == "livelock");
  }
}

TEST_CASE("a waiter for a mutex that something else woke keeps one place in line") {
  TestMachine m(4);
  sim::Mutex mutex(m.kernel(), "resource");
  int done = 0;
  const auto take = [&](kev::Duration after, kev::Duration keep) {
    m.kernel().spend_time(after);
    sim::MutexGuard guard(mutex);
    m.kernel().spend_time(keep);
    ++done;
  };
  m.thread("holder", [&] { take(0_us, 100_us); });
  sim::Thread& woken = m.thread("woken", [&] { take(10_us, 1_us); });
  m.thread("waker", [&] {
    m.kernel().spend_time(20_us);
    m.kernel().wake(woken);
  });
  // Behind it: the unlock of the thread above must wake this one.
  m.thread("last", [&] { take(50_us, 1_us); });
  m.run();
  CHECK(m.all_ended());
  CHECK(done == 3);
}
