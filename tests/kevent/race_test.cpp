// Races of the original, under random schedules: each story is run under many seeds, must end, and
// must leave nothing behind. tests/model/README.md says which defect each one would show.

#include <catch2/catch.hpp>
#include <cerrno>
#include <map>
#include <memory>

#include "tests/support/explore.hpp"
#include "tests/support/queue_user.hpp"

using namespace kev::literals;
using namespace test;

TEST_CASE("one one-shot event and two waiters: delivered once") {
  int delivered = 0;
  under_all(
      [&](TestMachine& m) {
        delivered = 0;
        m.thread("program", [&] {
          QueueUser user(m);
          const int queue = m.calls().kevent_init();
          user.add(queue, QueueUser::unotify(1, abi::KEVENT_REQ_ONESHOT));
          for (int i = 0; i < 2; ++i)
            m.thread("waiter", [&, queue] {
              QueueUser mine(m);
              const long got = mine.wait(queue, 1, 2);
              delivered += static_cast<int>(got);
              // The other one waits for an event that will not come: let it go.
              if (got == 1) mine.kick(queue);
            });
          user.ready(queue, QueueUser::unotify(1));
          user.ready(queue, QueueUser::unotify(1));
        });
      },
      [&](TestMachine&) { REQUIRE(delivered == 1); });
}

TEST_CASE("every producer's event reaches some waiter, whatever min_nr and max_nr are") {
  std::map<std::uint32_t, int> seen;
  under_all(
      [&](TestMachine& m) {
        seen.clear();
        m.thread("program", [&] {
          QueueUser user(m);
          const int queue = m.calls().kevent_init();
          for (std::uint32_t id = 1; id <= 4; ++id)
            user.add(queue, QueueUser::unotify(id, abi::KEVENT_REQ_ONESHOT));
          for (std::uint32_t w = 0; w < 2; ++w)
            m.thread("waiter", [&, queue, w] {
              QueueUser mine(m);
              for (int got = 0; got < 2;) {
                const long n =
                    mine.wait(queue, 1, w == 0 ? 1 : 2 - static_cast<std::uint32_t>(got));
                for (long i = 0; i < n; ++i)
                  ++seen[mine.event(static_cast<std::size_t>(i)).id.raw[0]];
                got += static_cast<int>(n);
              }
            });
          for (std::uint32_t p = 0; p < 2; ++p)
            m.thread("producer", [&, queue, p] {
              QueueUser mine(m);
              mine.ready(queue, QueueUser::unotify(1 + 2 * p));
              mine.ready(queue, QueueUser::unotify(2 + 2 * p));
            });
        });
      },
      [&](TestMachine&) {
        REQUIRE(seen == std::map<std::uint32_t, int>{{1, 1}, {2, 1}, {3, 1}, {4, 1}});
      });
}

TEST_CASE("a waiter for many does not swallow the wake-up of a waiter for one") {
  under_all([](TestMachine& m) {
    m.thread("program", [&] {
      QueueUser user(m);
      const int queue = m.calls().kevent_init();
      user.add(queue, QueueUser::unotify(1));
      user.add(queue, QueueUser::unotify(2));
      m.thread("wants two", [&, queue] {
        QueueUser mine(m);
        CHECK(mine.wait(queue, 2, 2) == 2);
      });
      m.thread("wants one", [&, queue] {
        QueueUser mine(m);
        CHECK(mine.wait(queue, 1, 1) == 1);
        mine.control(queue, abi::KEVENT_CTL_READY, {QueueUser::unotify(1), QueueUser::unotify(2)});
      });
      user.ready(queue, QueueUser::unotify(1));
    });
  });
}

TEST_CASE("a wake-up and a timeout at once: the event is not left without a waiter") {
  under_all([](TestMachine& m) {
    m.thread("program", [&] {
      QueueUser user(m);
      const int queue = m.calls().kevent_init();
      user.add(queue, QueueUser::unotify(1, abi::KEVENT_REQ_ONESHOT));
      long in_time = 0;
      m.thread("patient", [&, queue] {
        QueueUser mine(m);
        in_time += mine.wait(queue, 1, 1);
      });
      m.thread("hasty", [&, queue] {
        QueueUser mine(m);
        const long got = mine.wait(queue, 1, 1, 1_ns);
        in_time += got;
        if (got == 1) mine.kick(queue);
      });
      user.ready(queue, QueueUser::unotify(1));
      while (in_time == 0) {
        m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
        m.kernel().schedule_timeout(1_us);
      }
    });
  });
}

TEST_CASE("an event whose copy failed is passed on to a waiter that sleeps") {
  under_all([](TestMachine& m) {
    m.thread("program", [&] {
      QueueUser user(m);
      const int queue = m.calls().kevent_init();
      user.add(queue, QueueUser::unotify(1, abi::KEVENT_REQ_ONESHOT));
      m.thread("unmapped", [&, queue] {
        const long got =
            m.calls().kevent_get_events(queue, 1, 1, sim::to_timespec(kev::Duration::max()), 0);
        CHECK((got == -EFAULT || got == 0));
      });
      m.thread("mapped", [&, queue] {
        QueueUser mine(m);
        CHECK(mine.wait(queue, 1, 1) == 1);
        mine.kick(queue);  // the other one, if it still waits
      });
      user.ready(queue, QueueUser::unotify(1));
    });
  });
}

TEST_CASE("no delivery that begins after REMOVE returned shows the interest") {
  under_all([](TestMachine& m) {
    m.thread("program", [&] {
      QueueUser user(m);
      const int queue = m.calls().kevent_init();
      user.add(queue, QueueUser::unotify(1));
      const auto removed = std::make_shared<bool>(false);
      m.thread("notifier", [&, queue] {
        QueueUser mine(m);
        mine.ready(queue, QueueUser::unotify(1));
        mine.ready(queue, QueueUser::unotify(1));
      });
      m.thread("waiter", [&, queue, removed] {
        QueueUser mine(m);
        for (int i = 0; i < 4; ++i) {
          const bool began_after = *removed;
          const long got = mine.wait(queue, 0, 1, 0_ns);
          if (began_after) CHECK(got == 0);
        }
      });
      user.remove(queue, QueueUser::unotify(1));
      *removed = true;
    });
  });
}

TEST_CASE("add, ready, modify, remove and close from three threads leave nothing behind") {
  under_all(
      [](TestMachine& m) {
        m.thread("program", [&] {
          const int queue = m.calls().kevent_init();
          auto* done = new int(0);
          for (std::uint32_t t = 0; t < 3; ++t)
            m.thread("worker", [&m, queue, t, done] {
              QueueUser mine(m);
              const std::uint32_t flags = t == 0 ? abi::KEVENT_REQ_ONESHOT : 0;
              mine.add(queue, QueueUser::unotify(1 + t % 2, flags));
              mine.ready(queue, QueueUser::unotify(1));
              mine.control(queue, abi::KEVENT_CTL_MODIFY, {QueueUser::unotify(2, flags)});
              mine.wait(queue, 0, 2, 0_ns);
              mine.remove(queue, QueueUser::unotify(1 + t % 2));
              if (++*done == 3) {
                CHECK(m.calls().close(queue) == 0);
                delete done;
              }
            });
        });
      },
      [](TestMachine& m) {
        REQUIRE(m->allocator.live() == 0);
        REQUIRE(m->rcu.idle());
      });
}

TEST_CASE("copies to user memory fault at random: nothing is lost, nothing comes twice") {
  std::map<std::uint32_t, int> seen;
  under_all(
      [&](TestMachine& m) {
        seen.clear();
        m->faults.add({sim::FaultPoint::copy_to_user, 0.5, 0});
        m.thread("program", [&] {
          QueueUser user(m);
          const int queue = m.calls().kevent_init();
          for (std::uint32_t id = 1; id <= 3; ++id)
            user.add(queue, QueueUser::unotify(id, abi::KEVENT_REQ_ONESHOT));
          for (int w = 0; w < 2; ++w)
            m.thread("waiter", [&, queue] {
              QueueUser mine(m);
              for (int tries = 0; tries < 6; ++tries) {
                const long got = mine.wait(queue, 0, 2, 0_ns);
                for (long i = 0; i < got; ++i)
                  ++seen[mine.event(static_cast<std::size_t>(i)).id.raw[0]];
              }
            });
          for (std::uint32_t id = 1; id <= 3; ++id) user.ready(queue, QueueUser::unotify(id));
          m->faults.stop();
          for (int tries = 0; tries < 100 && seen.size() < 3; ++tries) {
            const long got = user.wait(queue, 0, 2, 0_ns);
            for (long i = 0; i < got; ++i)
              ++seen[user.event(static_cast<std::size_t>(i)).id.raw[0]];
            m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
            m.kernel().schedule_timeout(1_us);
          }
        });
      },
      [&](TestMachine&) { REQUIRE(seen == std::map<std::uint32_t, int>{{1, 1}, {2, 1}, {3, 1}}); });
}
