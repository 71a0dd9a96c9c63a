// Each rule of kernel code is broken once, and the run ends with that property's name.

#include <catch2/catch.hpp>

#include "tests/support/machine_fixture.hpp"

using namespace kev::literals;
using test::TestMachine;

TEST_CASE("sleeping with a spinlock held is sleeping_in_atomic") {
  TestMachine m;
  sim::SpinLock lock(m.kernel(), "lock");
  m.thread("t", [&] {
    sim::SpinGuard guard(lock);
    m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
    m.kernel().schedule();
  });
  m.run();
  CHECK(m.violation() == "sleeping_in_atomic: 't' calls schedule with a spinlock held");
}

TEST_CASE("taking a mutex in an RCU read section is sleeping_in_atomic") {
  TestMachine m;
  sim::Mutex mutex(m.kernel(), "mutex");
  m.thread("t", [&] {
    sim::RcuReadGuard guard(m->rcu);
    mutex.lock();
  });
  m.run();
  CHECK(m.broken() == "sleeping_in_atomic");
}

TEST_CASE("copying to user memory in a timer callback is sleeping_in_atomic") {
  TestMachine m;
  const sim::UserAddress user = m->user.map(8);
  struct Timer {
    TestMachine& m;
    sim::UserAddress user;
    static void ring(void* self) {
      auto& timer = *static_cast<Timer*>(self);
      const int value = 1;
      timer.m->user.copy_out(timer.user, &value, sizeof value);
    }
  } owner{m, user};
  sim::HrTimer timer(m.kernel(), "bad", &Timer::ring, &owner);
  m.thread("t", [&] { timer.start_after(1_ms); });
  m.run();
  CHECK(m.violation() == "sleeping_in_atomic: 'irq/0' calls copy_to_user in an interrupt");
}

TEST_CASE("two locks in both orders are lock_order, even if they never deadlock") {
  TestMachine m;
  sim::SpinLock a(m.kernel(), "a");
  sim::SpinLock b(m.kernel(), "b");
  m.thread("t", [&] {
    {
      sim::SpinGuard first(a);
      sim::SpinGuard second(b);
    }
    sim::SpinGuard first(b);
    sim::SpinGuard second(a);
  });
  m.run();
  CHECK(m.violation() == "lock_order: 't' takes 'a' while holding 'b'; the other order was seen");
}

TEST_CASE("a cycle over three lock classes is lock_order") {
  TestMachine m;
  sim::SpinLock a(m.kernel(), "a");
  sim::SpinLock b(m.kernel(), "b");
  sim::SpinLock c(m.kernel(), "c");
  const auto nest = [](sim::SpinLock& outer, sim::SpinLock& inner) {
    sim::SpinGuard first(outer);
    sim::SpinGuard second(inner);
  };
  m.thread("t", [&] {
    nest(a, b);
    nest(b, c);
    nest(c, a);
  });
  m.run();
  CHECK(m.broken() == "lock_order");
}

TEST_CASE("a lock taken in a timer and elsewhere with interrupts on is irq_safety") {
  TestMachine m;
  struct Timer {
    sim::SpinLock lock;
    static void ring(void* self) { sim::SpinGuard guard(static_cast<Timer*>(self)->lock); }
  } owner{sim::SpinLock(m.kernel(), "shared")};
  sim::HrTimer timer(m.kernel(), "timer", &Timer::ring, &owner);
  m.thread("t", [&] {
    timer.start_after(1_ms);
    m.kernel().spend_time(2_ms);
    sim::SpinGuard guard(owner.lock);  // should have been IrqGuard
  });
  m.run();
  CHECK(m.broken() == "irq_safety");
}

TEST_CASE("unlocking what another thread holds is lock_balance") {
  TestMachine m;
  sim::Mutex mutex(m.kernel(), "mutex");
  m.thread("holder", [&] {
    mutex.lock();
    m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
    m.kernel().schedule_timeout(10_ms);
    mutex.unlock();
  });
  m.thread("stranger", [&] { mutex.unlock(); });
  m.run();
  CHECK(m.violation() == "lock_balance: 'stranger' unlocks 'mutex', which it does not hold");
}

TEST_CASE("a thread that ends with a lock held is lock_balance") {
  TestMachine m;
  sim::Mutex mutex(m.kernel(), "mutex");
  m.thread("t", [&] { mutex.lock(); });
  m.run();
  CHECK(m.violation() == "lock_balance: 't' ends holding 'mutex'");
}

TEST_CASE("an RCU read section left twice, or never, is rcu_balance") {
  TestMachine twice;
  twice.thread("t", [&] { twice->rcu.read_unlock(); });
  twice.run();
  CHECK(twice.broken() == "rcu_balance");

  TestMachine never;
  never.thread("t", [&] { never->rcu.read_lock(); });
  never.run();
  CHECK(never.violation() == "rcu_balance: 't' ends inside an RCU read section");
}

TEST_CASE("a wait entry queued twice is list_integrity") {
  TestMachine m;
  sim::WaitQueue queue(m.kernel(), "queue");
  m.thread("t", [&] {
    sim::WaitEntry entry(m.kernel().current_thread());
    queue.add(entry);
    queue.add(entry);
  });
  m.run();
  CHECK(m.broken() == "list_integrity");
}

TEST_CASE("a file put once too often is reference_balance") {
  TestMachine m;
  struct Plain : sim::FileObject {
    explicit Plain(sim::Kernel& kernel) : FileObject(kernel, Kind::regular, nullptr) {}
  };
  m.thread("t", [&] {
    auto* file = new Plain(m.kernel());
    const int descriptor = m->files.install(*file);
    file->get();
    CHECK(m->files.close(descriptor) == 0);
    CHECK(file->references() == 1);
    file->put();
    CHECK(m->files.close(descriptor) == -EBADF);
  });
  m.run();
  CHECK(m.all_ended());
}

TEST_CASE("a file may be asked for its state until its release has ended, and not after") {
  TestMachine m;
  struct Asked : sim::FileObject {
    explicit Asked(sim::Kernel& kernel) : FileObject(kernel, Kind::regular, nullptr) {}
    void release() override {
      expect_alive("poll");
      released_well = kernel_.violations().empty();
    }
    void destroy() override {}
    bool released_well = false;
  } file(m.kernel());
  m.thread("t", [&] {
    file.put();
    file.expect_alive("poll");
  });
  m.run();
  CHECK(file.released_well);
  CHECK(m.broken() == "use_after_free");
}

TEST_CASE("spinning on a lock that the interrupted thread holds is a deadlock, found at once") {
  TestMachine m;
  struct Timer {
    sim::SpinLock lock;
    static void ring(void* self) { static_cast<Timer*>(self)->lock.lock(); }
  } owner{sim::SpinLock(m.kernel(), "shared")};
  sim::HrTimer timer(m.kernel(), "timer", &Timer::ring, &owner);
  m.thread("t", [&] {
    timer.start_after(1_ms);
    owner.lock.lock();
    m.kernel().spend_time(2_ms);
    owner.lock.unlock();
  });
  m.run();
  // The usage rule speaks first: it does not need the collision.
  CHECK(m.broken() == "irq_safety");
}
