// Event queues that watch event queues.

#include <catch2/catch.hpp>

#include <cerrno>
#include <memory>

#include "tests/support/explore.hpp"
#include "tests/support/kind_program.hpp"

using namespace test;

namespace {

abi::ukevent watch(int descriptor, std::uint32_t flags = 0) {
  return QueueUser::request(abi::KEVENT_POLL, static_cast<std::uint32_t>(descriptor), flags,
                            abi::KEVENT_POLL_POLLIN);
}

}  // namespace

TEST_CASE("a queue is ready for its watcher while it has events") {
  in_program([](TestMachine& m, QueueUser& user, int inner) {
    const int outer = m.calls().kevent_init();
    CHECK(user.add(outer, watch(inner)) == 0);
    CHECK(user.add(inner, QueueUser::unotify(1)) == 0);
    CHECK(look(user, outer) == 0);
    CHECK(user.ready(inner, QueueUser::unotify(1)) == 1);
    for (int i = 0; i < 2; ++i) {
      CHECK(user.wait(outer, 1, 1) == 1);
      CHECK(user.event().id.raw[0] == static_cast<std::uint32_t>(inner));
    }
    CHECK(look(user, inner) == 1);
    CHECK(look(user, outer) == 0);
    m.calls().close(outer);
  });
}

TEST_CASE("a queue cannot watch itself, nor may queues watch each other in a circle") {
  in_program([](TestMachine& m, QueueUser& user, int first) {
    const int second = m.calls().kevent_init();
    const int third = m.calls().kevent_init();
    CHECK(refused(user, first, watch(first)) == EINVAL);
    CHECK(user.add(first, watch(second)) == 0);
    CHECK(user.add(second, watch(third)) == 0);
    CHECK(refused(user, third, watch(first)) == ELOOP);
    CHECK(refused(user, second, watch(first)) == ELOOP);
    CHECK(user.add(first, watch(third)) == 0);  // twice below is no circle
    CHECK(user.remove(first, watch(second)) == 0);
    CHECK(user.add(second, watch(first)) == 0);  // now it is none any more
    CHECK(user.answer().ret_flags == 0);
    m.calls().close(second);
    m.calls().close(third);
  });
}

TEST_CASE("five queues may stand in a row, not six") {
  in_program([](TestMachine& m, QueueUser& user, int) {
    int queues[6];
    for (int& queue : queues) queue = m.calls().kevent_init();
    CHECK(user.add(queues[3], watch(queues[4])) == 0);
    CHECK(user.add(queues[0], watch(queues[1])) == 0);
    CHECK(user.add(queues[1], watch(queues[2])) == 0);
    CHECK(user.add(queues[2], watch(queues[3])) == 0);
    CHECK(refused(user, queues[4], watch(queues[5])) == ELOOP);
    CHECK(refused(user, queues[5], watch(queues[0])) == ELOOP);
    CHECK(user.add(queues[4], QueueUser::unotify(1, abi::KEVENT_REQ_READY)) == 0);
    CHECK(user.wait(queues[0], 1, 1) == 1);
    for (const int queue : queues) m.calls().close(queue);
  });
}

TEST_CASE("a watched queue lives until its watcher lets go, whoever is closed first") {
  const bool outer_first = GENERATE(true, false);
  in_program([&](TestMachine& m, QueueUser& user, int outer) {
    const int inner = m.calls().kevent_init();
    const int other = m.calls().kevent_init();
    CHECK(user.add(inner, QueueUser::unotify(1, abi::KEVENT_REQ_READY)) == 0);
    CHECK(user.add(outer, watch(inner, abi::KEVENT_REQ_ALWAYS_QUEUE)) == 0);
    CHECK(user.add(other, watch(inner, abi::KEVENT_REQ_ALWAYS_QUEUE)) == 0);
    m.calls().close(outer_first ? other : inner);
    CHECK(look(user, outer) == 1);  // closed or not, it is there and ready
    m.calls().close(outer_first ? inner : other);
    CHECK(look(user, outer) == 1);
    CHECK(user.remove(outer, watch(inner)) == 0);
  });
}

TEST_CASE("an event at the bottom of a chain wakes the thread at its top, under any schedule") {
  under_all(
      [](TestMachine& m) {
        m.thread("program", [&m] {
          QueueUser user(m);
          std::array<int, 3> queues{};
          for (int& queue : queues) queue = m.calls().kevent_init();
          CHECK(user.add(queues[2], QueueUser::unotify(1)) == 0);
          m.thread("producer", [&m, bottom = queues[2]] {
            QueueUser mine(m);
            CHECK(mine.ready(bottom, QueueUser::unotify(1)) == 1);
          });
          const std::uint32_t flags = abi::KEVENT_REQ_ALWAYS_QUEUE | abi::KEVENT_REQ_ET;
          CHECK(user.add(queues[1], watch(queues[2], flags)) == 0);
          CHECK(user.add(queues[0], watch(queues[1], flags)) == 0);
          CHECK(user.wait(queues[0], 1, 1) == 1);
          CHECK(user.wait(queues[1], 1, 1) == 1);
          CHECK(user.wait(queues[2], 1, 1) == 1);
          for (const int queue : queues) m.calls().close(queue);
        });
      },
      [](TestMachine& m) { REQUIRE(m->allocator.live() == 0); });
}

TEST_CASE("queues begin to watch each other at once: never in a circle, and all can go") {
  under_all(
      [](TestMachine& m) {
        m.thread("program", [&m] {
          const int a = m.calls().kevent_init();
          const int b = m.calls().kevent_init();
          auto ended = std::make_shared<int>(0);
          auto watching = std::make_shared<int>(0);
          for (int t = 0; t < 2; ++t)
            m.thread("watcher", [&m, a, b, t, ended, watching] {
              QueueUser user(m);
              const int mine = t == 0 ? a : b;
              const int other = t == 0 ? b : a;
              user.add(mine, QueueUser::unotify(1, abi::KEVENT_REQ_READY));
              const bool added = user.add(mine, watch(other, abi::KEVENT_REQ_ALWAYS_QUEUE)) == 0;
              if (added) CHECK(++*watching == 1);
              look(user, mine);
              if (added) --*watching;
              user.remove(mine, watch(other));
              m.calls().close(mine);
              ++*ended;
            });
        });
      },
      [](TestMachine& m) {
        REQUIRE(m->allocator.live() == 0);
        REQUIRE(m->rcu.idle());
      });
}
