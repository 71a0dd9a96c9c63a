// What becomes of a process that is killed: its sleeps, its threads, its descriptors, its memory.

#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/machine_fixture.hpp"

using namespace kev::literals;
using test::TestMachine;

namespace {

/// An init that only notes when the process was gone.
struct Init {
  explicit Init(TestMachine& m) : machine(m) { m->process.set_init(&gone, this); }
  static void gone(void* self, kev::Duration downtime) {
    auto& init = *static_cast<Init*>(self);
    init.downtimes.push_back(downtime);
    init.at = init.machine.kernel().now();
    init.descriptors = init.machine->files.open_count();
  }
  TestMachine& machine;
  std::vector<kev::Duration> downtimes;
  kev::Instant at;
  std::size_t descriptors = 99;
};

/// Notes when its last reference goes.
class Noted final : public sim::FileObject {
 public:
  Noted(TestMachine& m, int name, std::vector<int>& closed)
      : FileObject(m.kernel(), Kind::regular, nullptr), name_(name), closed_(closed) {}

 private:
  void release() override { closed_.push_back(name_); }
  int name_;
  std::vector<int>& closed_;
};

void sleep_for_ever(TestMachine& m) {
  m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
  m.kernel().schedule();
}

}  // namespace

TEST_CASE("a killed process leaves interruptible sleeps at once, and others when they are over") {
  TestMachine m(2);
  const Init init(m);
  sim::Completion disk(m.kernel());
  kev::Instant woken;
  bool went_on = false;
  m.thread("interruptible", [&] {
    sleep_for_ever(m);
    woken = m.kernel().now();
    m.calls().close(-1);
    went_on = true;
  });
  m.thread("uninterruptible", [&] {
    disk.wait();
    m.calls().close(-1);
    went_on = true;
  });
  m.kernel().spawn("disk", sim::ContextKind::kernel_thread, [&] {
    m.kernel().spend_time(1_ms);
    m->process.kill(7_ms);
    m.kernel().spend_time(5_ms);
    disk.complete();
  });
  m.run();
  CHECK(m.violation().empty());
  CHECK(m.all_ended());
  CHECK_FALSE(went_on);
  CHECK(woken < kev::Instant(2'000'000));
  CHECK(init.at >= kev::Instant(6'000'000));
  CHECK(init.downtimes == std::vector<kev::Duration>{7_ms});
}

TEST_CASE("the last thread closes all descriptors, lowest first, and gives the memory back") {
  TestMachine m;
  const Init init(m);
  std::vector<int> closed;
  const sim::UserAddress user = m->user.map(8);
  m.thread("first", [&] {
    for (int name = 0; name < 4; ++name) m->files.install(*new Noted(m, name, closed));
    m.calls().close(1);
    sleep_for_ever(m);
    m.calls().close(0);
  });
  m.thread("ends by itself", [&] {
    m.kernel().spend_time(1_ms);
    m->process.kill(1_ms);
    m.kernel().spend_time(1_ms);
    CHECK(m->user.mapped(user, 8));
    CHECK(closed == std::vector<int>{1});
  });
  m.run();
  CHECK(m.violation().empty());
  CHECK(closed == std::vector<int>{1, 0, 2, 3});
  CHECK(init.descriptors == 0);
  CHECK_FALSE(m->user.mapped(user, 8));
  CHECK(init.downtimes.size() == 1);
}

TEST_CASE("a process dies as often as it is started") {
  TestMachine m;
  const Init init(m);
  for (int life = 0; life < 3; ++life) {
    m.thread("program", [&] {
      m.calls().pipe();
      m.calls().exit();
      m.calls().exit();
    });
    m.kernel().run();
  }
  m.run();
  CHECK(init.downtimes == std::vector<kev::Duration>(3));
  CHECK(init.descriptors == 0);
}

TEST_CASE("nobody is killed whom nobody would start again") {
  TestMachine m;
  bool went_on = false;
  m.thread("program", [&] {
    m->process.kill(1_ms);
    m.calls().close(-1);
    went_on = true;
  });
  m.run();
  CHECK(went_on);
}

TEST_CASE("a kill reaches every thread under any schedule, also one that is about to sleep") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    TestMachine m(2, seed);
    const Init init(m);
    for (int i = 0; i < 3; ++i)
      m.thread("sleeper", [&] {
        sim::WaitQueue nobody(m.kernel(), "nobody wakes it");
        sim::WaitEntry entry(m.kernel().current_thread());
        while (!m.kernel().current_thread().signal_pending()) {
          nobody.prepare(entry, sim::ThreadState::interruptible);
          m.kernel().schedule();
        }
        nobody.finish(entry);
        m.calls().close(-1);
      });
    m.thread("killer", [&] { m->process.kill(1_ms); });
    m.kernel().run();
    INFO("seed " << seed << ' ' << m.violation());
    REQUIRE(m.violation().empty());
    REQUIRE(m.all_ended());
    REQUIRE(init.downtimes.size() == 1);
  }
}
