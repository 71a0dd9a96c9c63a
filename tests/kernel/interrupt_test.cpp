#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "tests/support/machine_fixture.hpp"

using namespace kev::literals;
using test::TestMachine;

namespace {

/// A device that raises its line once; the handler does what the test says.
struct Device {
  Device(TestMachine& machine, std::function<void()> on_interrupt)
      : m(machine),
        handler(std::move(on_interrupt)),
        line("device", machine.kernel().next_id(), &Device::handle, this),
        event(*this) {}
  void after(kev::Duration delay) { m->engine.schedule_after(event, delay); }
  void fire() { m.kernel().raise_irq(line); }
  static void handle(void* self) { static_cast<Device*>(self)->handler(); }

  TestMachine& m;
  std::function<void()> handler;
  sim::InterruptLine line;
  sim::MemberEvent<Device, &Device::fire> event;
};

}  // namespace

TEST_CASE("an interrupt takes its time from the thread it strikes") {
  TestMachine m;
  kev::Instant handled;
  Device device(m, [&] {
    CHECK(m.kernel().current()->kind() == sim::ContextKind::hardirq);
    handled = m.kernel().now();
    m.kernel().spend_time(2_ms);
  });
  kev::Duration took;
  m.thread("worker", [&] {
    const kev::Instant begin = m.kernel().now();
    device.after(3_ms);
    m.kernel().spend_time(10_ms);
    took = m.kernel().now() - begin;
  });
  m.run();
  CHECK(handled.ns() / 1'000'000 == 3);
  CHECK(took == 12_ms + 1000_ns);  // the work, the handler, and entering the interrupt
  CHECK(m.kernel().stats().interrupts == 1);
}

TEST_CASE("with interrupts off an interrupt waits until they are on") {
  TestMachine m;
  std::vector<std::string> order;
  Device device(m, [&] { order.push_back("interrupt"); });
  m.thread("worker", [&] {
    device.after(1_ms);
    m.kernel().local_irq_disable();
    m.kernel().spend_time(5_ms);
    order.push_back("section ends");
    m.kernel().local_irq_enable();
    order.push_back("enabled");
  });
  m.run();
  CHECK(order == std::vector<std::string>{"section ends", "interrupt", "enabled"});
}

TEST_CASE("a softirq runs after the interrupt that raised it, and not under a bottom-half lock") {
  TestMachine m;
  std::vector<std::string> order;
  sim::SpinLock lock(m.kernel(), "bh");
  struct Soft {
    std::vector<std::string>& order;
    sim::Kernel& kernel;
    static void run(void* self) {
      auto& soft = *static_cast<Soft*>(self);
      CHECK(soft.kernel.current()->kind() == sim::ContextKind::softirq);
      soft.order.push_back("softirq");
    }
  } soft{order, m.kernel()};
  sim::InterruptLine line("soft", m.kernel().next_id(), &Soft::run, &soft);
  Device device(m, [&] {
    order.push_back("interrupt");
    m.kernel().raise_softirq(line);
    order.push_back("interrupt ends");
  });
  m.thread("worker", [&] {
    device.after(1_ms);
    lock.lock_bh();
    m.kernel().spend_time(5_ms);
    order.push_back("unlock");
    lock.unlock_bh();
  });
  m.run();
  CHECK(order == std::vector<std::string>{"interrupt", "interrupt ends", "unlock", "softirq"});
}

TEST_CASE("an interrupt on an idle CPU wakes a thread there") {
  TestMachine m;
  sim::WaitQueue queue(m.kernel(), "queue");
  bool woke = false;
  Device device(m, [&] { queue.wake(); });
  m.thread("sleeper", [&] {
    device.after(5_ms);
    sim::WaitEntry entry(m.kernel().current_thread());
    queue.prepare(entry, sim::ThreadState::interruptible);
    m.kernel().schedule();
    queue.finish(entry);
    woke = true;
  });
  m.run();
  CHECK(woke);
  CHECK(m.all_ended());
}

TEST_CASE("interrupts strike between any two steps of a thread when exploring") {
  std::set<int> seen;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    TestMachine m(1, seed);
    int step = 0;
    Device device(m, [&] { seen.insert(step); });
    m.thread("worker", [&] {
      device.after(0_ns);
      for (step = 1; step <= 5; ++step) m.kernel().point({"step", 0});
    });
    m.run();
    REQUIRE(m.all_ended());
  }
  CHECK(seen == std::set<int>{1, 2, 3, 4, 5, 6});
}
