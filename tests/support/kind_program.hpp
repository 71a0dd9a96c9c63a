#pragma once
// A user program on a machine in timing mode, for tests of kinds of events: it must end, break no
// rule and leave nothing behind.

#include <catch2/catch.hpp>
#include <functional>

#include "tests/support/queue_user.hpp"

namespace test {

inline void in_program(TestMachine& m,
                       const std::function<void(QueueUser& user, int queue)>& body) {
  m.thread("program", [&] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    REQUIRE(queue >= 0);
    body(user, queue);
    CHECK(m.calls().close(queue) == 0);
  });
  m.run();
  INFO(m.violation());
  REQUIRE(m.violation().empty());
  REQUIRE(m.all_ended());
  CHECK(m->allocator.live() == 0);
  CHECK(m->rcu.idle());
}
inline void in_program(const std::function<void(TestMachine&, QueueUser&, int queue)>& body,
                       int cpus = 1) {
  TestMachine m(cpus);
  in_program(m, [&](QueueUser& user, int queue) { body(m, user, queue); });
}

/// What ADD says of a request that it does not register: the errno, or 0 if it was ready at once.
inline int refused(QueueUser& user, int queue, const abi::ukevent& request) {
  CHECK(user.add(queue, request) == 1);
  CHECK((user.answer().ret_flags & abi::KEVENT_RET_DONE) != 0);
  const bool broken = (user.answer().ret_flags & abi::KEVENT_RET_BROKEN) != 0;
  return broken ? static_cast<int>(user.answer().ret_data[1]) : 0;
}

/// How many events are there now.
inline long look(QueueUser& user, int queue) {
  return user.wait(queue, 0, QueueUser::capacity, kev::Duration(0));
}

}  // namespace test
