// Races around the ring, under random schedules. tests/model/README.md says which defect of the
// original each one would show.

#include <catch2/catch.hpp>
#include <cerrno>
#include <map>

#include "tests/support/explore.hpp"
#include "tests/support/ring_user.hpp"

using namespace kev::literals;
using namespace test;

namespace {

constexpr std::uint32_t one_shot_ready = abi::KEVENT_REQ_ONESHOT | abi::KEVENT_REQ_READY;

/// What the threads of one program share: the events in the ring, as positions that never wrap.
struct Shared {
  std::uint64_t moved = 0;
  std::uint64_t taken = 0;
  std::map<std::uint32_t, int> seen;
};

/// Takes everything that is in the ring, and commits each event alone.
void drain(RingUser& ring, int queue, Shared& shared) {
  while (shared.taken < shared.moved) {
    const std::uint64_t mine = shared.taken++;
    ++shared.seen[ring.id(static_cast<std::uint32_t>(mine % ring.slots()))];
    const auto index = static_cast<std::uint32_t>((mine + 1) % ring.slots());
    const long freed =
        ring.commit(queue, index, static_cast<std::uint32_t>((mine + 1) / ring.slots()));
    // Another thread may have committed this one with its own, later one.
    CHECK(freed >= 0);
  }
}

}  // namespace

TEST_CASE("two threads share a small ring: every event once, no slot reused before its commit") {
  constexpr std::uint32_t events = 6;
  Shared shared;
  under_all(
      [&](TestMachine& m) {
        shared = {};
        m.thread("program", [&] {
          QueueUser user(m);
          auto ring = std::make_shared<RingUser>(m, 2);
          const int queue = ring->init();
          for (int w = 0; w < 2; ++w)
            m.thread("consumer", [&, queue, ring] {
              while (shared.seen.size() < events) {
                const auto old = static_cast<std::uint32_t>(shared.taken % ring->slots());
                const long got = ring->wait(queue, 2, old);
                REQUIRE(got >= 0);
                shared.moved += static_cast<std::uint64_t>(got);
                drain(*ring, queue, shared);
              }
              user.kick(queue);
            });
          for (std::uint32_t id = 1; id <= events; ++id)
            CHECK(user.add(queue, QueueUser::unotify(id, one_shot_ready)) == 0);
        });
      },
      [&](TestMachine&) {
        REQUIRE(shared.seen.size() == events);
        for (const auto& [id, times] : shared.seen) REQUIRE(times == 1);
      });
}

TEST_CASE("a thread that waits for space is woken by a commit") {
  under_all([](TestMachine& m) {
    m.thread("program", [&] {
      QueueUser user(m);
      auto ring = std::make_shared<RingUser>(m, 2);
      const int queue = ring->init();
      for (std::uint32_t id = 1; id <= 3; ++id)
        CHECK(user.add(queue, QueueUser::unotify(id, one_shot_ready)) == 0);
      CHECK(ring->wait(queue, 2, 0) == 2);
      m.thread("waiter", [&, queue, ring] {
        const long got = ring->wait(queue, 1, 0);
        // At once if the commit was first: then the event is moved as well.
        CHECK(got == 1);
      });
      CHECK(ring->commit(queue, 1, 0) == 1);
    });
  });
}

TEST_CASE("one commit frees the space of two who wait for it") {
  under_all([](TestMachine& m) {
    m.thread("program", [&] {
      QueueUser user(m);
      auto ring = std::make_shared<RingUser>(m, 2);
      const int queue = ring->init();
      for (std::uint32_t id = 1; id <= 4; ++id)
        CHECK(user.add(queue, QueueUser::unotify(id, one_shot_ready)) == 0);
      CHECK(ring->wait(queue, 2, 0) == 2);
      for (const char* name : {"one", "other"})
        m.thread(name, [&, queue, ring] { CHECK(ring->wait(queue, 1, 0) == 1); });
      CHECK(ring->commit(queue, 0, 1) == 2);
    });
  });
}

TEST_CASE("who looked before another thread's commit does not fall asleep over it") {
  under_all([](TestMachine& m) {
    m.thread("program", [&] {
      QueueUser user(m);
      auto ring = std::make_shared<RingUser>(m, 4);
      const int queue = ring->init();
      CHECK(user.add(queue, QueueUser::unotify(1, one_shot_ready)) == 0);
      bool committed = false;
      m.thread("quick", [&, queue, ring] {
        CHECK(ring->wait(queue, 1, 0) == 1);
        CHECK(ring->commit(queue, 1, 0) == 1);
        committed = true;
        // Whoever slept before the commit needs a kick; who comes after it must not need one.
        user.kick(queue);
      });
      while (!committed) m.kernel().point({"user", 0});
      // Its view of the ring is from before: index 0. The first return may be by the kick.
      ring->wait(queue, 1, 0);
      CHECK(ring->wait(queue, 1, 0) == 0);
    });
  });
}

TEST_CASE("a kick lets exactly one waiter go, of either call, and is not lost without one") {
  int released = 0;
  under_all(
      [&](TestMachine& m) {
        released = 0;
        m.thread("program", [&] {
          QueueUser user(m);
          auto ring = std::make_shared<RingUser>(m, 2);
          const int queue = ring->init();
          m.thread("in kevent_wait", [&, queue, ring] {
            CHECK(ring->wait(queue, 1, 0) == 0);
            ++released;
          });
          m.thread("in get_events", [&, queue] {
            QueueUser mine(m);
            CHECK(mine.wait(queue, 1, 1) == 0);
            ++released;
          });
          user.kick(queue);
          user.kick(queue);
        });
      },
      [&](TestMachine&) { REQUIRE(released == 2); });
}

TEST_CASE("a waiter that a signal takes away does not take an event with it") {
  under_all([](TestMachine& m) {
    m.thread("program", [&] {
      QueueUser user(m);
      auto ring = std::make_shared<RingUser>(m, 2);
      const int queue = ring->init();
      CHECK(user.add(queue, QueueUser::unotify(1, abi::KEVENT_REQ_ONESHOT)) == 0);
      auto moved = std::make_shared<long>(0);
      sim::Thread& cancelled = m.thread("cancelled", [=] {
        const long got = ring->wait(queue, 1, 0);
        CHECK((got == 1 || got == 0 || got == -EINTR));
        if (got == 1) ++*moved;
      });
      m.thread("patient", [=] { *moved += ring->wait(queue, 1, 0); });
      m.kernel().signal(cancelled);
      CHECK(user.ready(queue, QueueUser::unotify(1)) == 1);
      while (*moved == 0) m.kernel().point({"user", 0});
      // If the cancelled one was told, the patient one still waits.
      user.kick(queue);
    });
  });
}
