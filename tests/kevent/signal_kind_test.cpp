#include <catch2/catch.hpp>

#include <cerrno>
#include <map>
#include <memory>

#include "tests/support/explore.hpp"
#include "tests/support/kind_program.hpp"

using namespace test;

namespace {

abi::ukevent watch(std::uint32_t number, std::uint32_t flags = 0) {
  return QueueUser::request(abi::KEVENT_SIGNAL, number, flags, abi::KEVENT_SIGNAL_DELIVERY);
}
abi::ukevent suppress(std::uint32_t number, std::uint32_t flags = 0) {
  abi::ukevent made = watch(number, flags);
  made.id.raw[1] = abi::KEVENT_SIGNAL_NOMASK;
  return made;
}
std::uint64_t bit(int number) {
  return std::uint64_t{1} << (number - 1);
}

}  // namespace

TEST_CASE("two signals before the reader comes are two events, in their order") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    CHECK(user.add(queue, watch(10)) == 0);
    CHECK(user.add(queue, watch(12)) == 0);
    CHECK(m.calls().kill(12) == 0);
    CHECK(m.calls().kill(10) == 0);
    CHECK(look(user, queue) == 2);
    CHECK(user.event(0).id.raw[0] == 12);
    CHECK(user.event(1).id.raw[0] == 10);
    CHECK(look(user, queue) == 0);
    CHECK(m->signals.take() == (bit(10) | bit(12)));  // delivered as well
  });
}

TEST_CASE("a number sent three times is one event that says three") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    CHECK(m.calls().kill(10) == 0);  // before the interest: not told
    m->signals.take();
    CHECK(user.add(queue, suppress(10)) == 0);
    CHECK(look(user, queue) == 0);
    for (int i = 0; i < 3; ++i) CHECK(m.calls().kill(10) == 0);
    CHECK(look(user, queue) == 1);
    CHECK(user.event().ret_data[0] == 4);
    CHECK(user.event().ret_flags == abi::KEVENT_RET_DONE);
    CHECK(m.calls().kill(10) == 0);
    CHECK(look(user, queue) == 1);
    CHECK(user.event().ret_data[0] == 5);
  });
}

TEST_CASE("with NOMASK a signal becomes an event instead of ending a sleep") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    CHECK(user.add(queue, suppress(10)) == 0);
    CHECK(m.calls().kill(10) == 0);
    CHECK(m.calls().kill(10) == 0);  // merged, and suppressed too
    CHECK_FALSE(m.platform().signal_pending());
    CHECK(m->signals.take() == 0);
    CHECK(user.wait(queue, 2, 2, kev::Duration(1000)) == 1);  // no -EINTR, the time was over
    CHECK(m.calls().kill(11) == 0);                           // nobody's
    CHECK(user.wait(queue, 1, 1) == -EINTR);
    CHECK(m->signals.take() == bit(11));
    CHECK(look(user, queue) == 0);
  });
}

TEST_CASE("a one-shot NOMASK interest takes one signal, the next is delivered") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    CHECK(user.add(queue, suppress(10, abi::KEVENT_REQ_ONESHOT)) == 0);
    CHECK(m.calls().kill(10) == 0);
    CHECK(m->signals.take() == 0);
    CHECK(m.calls().kill(10) == 0);
    CHECK(m->signals.take() == bit(10));
    CHECK(look(user, queue) == 1);
    CHECK(m.calls().kill(10) == 0);
    CHECK(m->signals.take() == bit(10));
    CHECK(look(user, queue) == 0);
  });
}

TEST_CASE("watched and suppressed at once: two interests, two events, no delivery") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    CHECK(user.add(queue, watch(10)) == 0);
    CHECK(user.add(queue, suppress(10)) == 0);
    CHECK(m.calls().kill(10) == 0);
    CHECK(look(user, queue) == 2);
    CHECK(m->signals.take() == 0);
    CHECK(user.remove(queue, suppress(10)) == 0);
    CHECK(m.calls().kill(10) == 0);
    CHECK(look(user, queue) == 1);
    CHECK(m->signals.take() == bit(10));
  });
}

TEST_CASE("a signal and two queues: the first is told, with WAKEUP_ALL both") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const int second = m.calls().kevent_init();
    CHECK(user.add(queue, suppress(10)) == 0);
    CHECK(user.add(second, suppress(10)) == 0);
    m.calls().kill(10);
    CHECK(look(user, queue) == 1);
    CHECK(look(user, second) == 0);
    CHECK(user.remove(second, suppress(10)) == 0);
    CHECK(user.add(second, suppress(10, abi::KEVENT_REQ_WAKEUP_ALL)) == 0);
    m.calls().kill(10);
    CHECK(look(user, queue) == 1);
    CHECK(look(user, second) == 1);
    m.calls().close(second);
  });
}

TEST_CASE("numbers that do not exist or cannot be suppressed are refused") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    CHECK(refused(user, queue, watch(0)) == EINVAL);
    CHECK(refused(user, queue, watch(65)) == EINVAL);
    CHECK(refused(user, queue, suppress(9)) == EINVAL);
    CHECK(refused(user, queue, suppress(19)) == EINVAL);
    abi::ukevent odd = watch(10);
    odd.id.raw[1] = 1;
    CHECK(refused(user, queue, odd) == EINVAL);
    CHECK(m.calls().kill(65) == -EINVAL);
    CHECK(m.calls().kill(-1) == -EINVAL);
    CHECK(m.calls().kill(0) == 0);
    CHECK(look(user, queue) == 0);
  });
}

TEST_CASE("signals sent from everywhere at once: no number is lost") {
  std::map<std::uint32_t, std::uint32_t> last;  // number: how many were told
  under_all(
      [&](TestMachine& m) {
        last.clear();
        m.thread("program", [&m, &last] {
          QueueUser user(m);
          const int queue = m.calls().kevent_init();
          const std::uint32_t flags[] = {0, abi::KEVENT_REQ_ET, abi::KEVENT_REQ_LAST_CHECK};
          for (std::uint32_t n = 0; n < 3; ++n)
            CHECK(user.add(queue, suppress(10 + n, flags[n])) == 0);
          for (int sender = 0; sender < 2; ++sender)
            m.thread("sender", [&m] {
              for (const int number : {10, 11, 12, 11}) m.calls().kill(number);
            });
          while (last[10] < 2 || last[11] < 4 || last[12] < 2) {
            CHECK(user.wait(queue, 1, 1) == 1);
            const abi::ukevent event = user.event();
            CHECK(event.ret_data[0] >= last[event.id.raw[0]]);
            last[event.id.raw[0]] = event.ret_data[0];
          }
          m.calls().close(queue);
        });
      },
      [&](TestMachine& m) {
        REQUIRE(m->signals.sent(11) == 4);
        REQUIRE(m->allocator.live() == 0);
      });
}

TEST_CASE("two signals at once find a one-shot interest: it is told once") {
  under_all([](TestMachine& m) {
    m.thread("program", [&] {
      QueueUser user(m);
      const int queue = m.calls().kevent_init();
      CHECK(user.add(queue, watch(10, abi::KEVENT_REQ_ONESHOT)) == 0);
      auto ended = std::make_shared<int>(0);
      for (int sender = 0; sender < 2; ++sender)
        m.thread("sender", [&, ended] {
          m.calls().kill(10);
          ++*ended;
        });
      while (*ended != 2) m.kernel().point({"user", 0});
      CHECK(look(user, queue) == 1);
      CHECK(look(user, queue) == 0);
      m.calls().close(queue);
    });
  });
}

TEST_CASE("a signal is told or delivered, at any moment of an interest's life") {
  long told = 0;
  std::uint64_t delivered = 0;
  under_all(
      [&](TestMachine& m) {
        told = 0;
        delivered = 0;
        m.thread("program", [&] {
          const int queue = m.calls().kevent_init();
          auto ended = std::make_shared<int>(0);
          m.thread("watcher", [&, queue, ended] {
            QueueUser user(m);
            CHECK(user.add(queue, suppress(10, abi::KEVENT_REQ_ONESHOT)) == 0);
            told += look(user, queue);
            // What REMOVE took away while it was ready is the remover's choice.
            if (user.remove(queue, suppress(10)) == 0) ++told;
            if (++*ended == 2) m.calls().close(queue);
          });
          m.thread("sender", [&, queue, ended] {
            m.calls().kill(10);
            delivered = m->signals.take();
            if (++*ended == 2) m.calls().close(queue);
          });
        });
      },
      [&](TestMachine&) { REQUIRE((told != 0 || delivered == bit(10))); });
}
