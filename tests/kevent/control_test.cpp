#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>

#include "tests/support/queue_user.hpp"

using namespace kev::literals;
using namespace test;

namespace {

/// Runs a user program on a machine in timing mode and checks that nothing is left behind.
void in_program(const std::function<void(TestMachine&, QueueUser&, int queue)>& body) {
  TestMachine m;
  m.thread("program", [&] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    REQUIRE(queue >= 0);
    body(m, user, queue);
    CHECK(m.calls().close(queue) == 0);
  });
  m.run();
  INFO(m.violation());
  REQUIRE(m.all_ended());
  CHECK(m->allocator.live() == 0);
  CHECK(m->rcu.idle());
}

}  // namespace

TEST_CASE("an added interest is not ready, and a duplicate is refused with EEXIST") {
  in_program([](TestMachine&, QueueUser& user, int queue) {
    CHECK(user.add(queue, QueueUser::unotify(1)) == 0);
    CHECK(user.add(queue, QueueUser::unotify(1)) == 1);
    CHECK(user.answer().ret_flags == (abi::KEVENT_RET_DONE | abi::KEVENT_RET_BROKEN));
    CHECK(user.answer().ret_data[1] == EEXIST);
    CHECK(user.wait(queue, 0, 1, 0_ns) == 0);
  });
}

TEST_CASE("ADD gathers what failed at the front of the array and registers the rest") {
  in_program([](TestMachine&, QueueUser& user, int queue) {
    CHECK(user.control(queue, abi::KEVENT_CTL_ADD,
                       {QueueUser::unotify(1), QueueUser::request(77, 2), QueueUser::unotify(3),
                        QueueUser::request(abi::KEVENT_TIMER, 0)}) == 2);
    CHECK(user.answer(0).type == 77);
    CHECK(user.answer(0).ret_data[1] == ENOSYS);
    CHECK(user.answer(1).type == abi::KEVENT_TIMER);
    CHECK(user.answer(1).ret_data[1] == EINVAL);  // a timer of no length
    CHECK(user.control(queue, abi::KEVENT_CTL_READY,
                       {QueueUser::unotify(1), QueueUser::unotify(3)}) == 2);
    CHECK(user.wait(queue, 2, 4) == 2);
  });
}

TEST_CASE("a user cannot add a kernel-only kind") {
  in_program([](TestMachine&, QueueUser& user, int queue) {
    CHECK(user.add(queue, QueueUser::request(abi::KEVENT_AIO, 1)) == 1);
    CHECK(user.answer().ret_data[1] == EPERM);
  });
}

TEST_CASE("a socket interest in what is no socket, or not open, fails and leaves no reference") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    CHECK(user.add(queue, QueueUser::request(abi::KEVENT_SOCKET, 99)) == 1);
    CHECK(user.answer().ret_data[1] == EBADF);
    const auto self = static_cast<std::uint32_t>(queue);
    CHECK(user.add(queue, QueueUser::request(abi::KEVENT_SOCKET, self)) == 1);
    CHECK(user.answer().ret_data[1] == ENOTSOCK);
    sim::FileObject* file = m.platform().file_get(queue);
    CHECK(file->references() == 2);  // the table's and this one
    file->put();
  });
}

TEST_CASE("REMOVE answers for each request whether there was such an interest") {
  in_program([](TestMachine&, QueueUser& user, int queue) {
    CHECK(user.add(queue, QueueUser::unotify(1, abi::KEVENT_REQ_READY)) == 0);
    CHECK(user.add(queue, QueueUser::unotify(3)) == 0);
    CHECK(user.control(queue, abi::KEVENT_CTL_REMOVE,
                       {QueueUser::unotify(1), QueueUser::unotify(2)}) == 0);
    CHECK(user.answer(0).ret_flags == abi::KEVENT_RET_DONE);
    CHECK(user.answer(1).ret_flags == (abi::KEVENT_RET_DONE | abi::KEVENT_RET_BROKEN));
    // It was ready, but nobody cares about it any more.
    CHECK(user.wait(queue, 0, 1, 0_ns) == 0);
  });
}

TEST_CASE("MODIFY forgets what was ready, checks afresh and changes the flags") {
  in_program([](TestMachine&, QueueUser& user, int queue) {
    CHECK(user.add(queue, QueueUser::unotify(1)) == 0);
    CHECK(user.control(queue, abi::KEVENT_CTL_MODIFY,
                       {QueueUser::unotify(1, abi::KEVENT_REQ_ONESHOT)}) == 0);
    // A user event has no state: asked, it is ready.
    CHECK(user.wait(queue, 0, 4, 0_ns) == 1);
    CHECK(user.event().req_flags == abi::KEVENT_REQ_ONESHOT);
    CHECK(user.ready(queue, QueueUser::unotify(1)) == -EINVAL);  // one-shot: gone
    CHECK(user.add(queue, QueueUser::unotify(2)) == 0);
    CHECK(user.control(queue, abi::KEVENT_CTL_MODIFY, {QueueUser::unotify(1)}) == 0);
    CHECK(user.answer().ret_flags == (abi::KEVENT_RET_DONE | abi::KEVENT_RET_BROKEN));
  });
}

TEST_CASE("the same id may be used by two kinds") {
  in_program([](TestMachine&, QueueUser& user, int queue) {
    CHECK(user.add(queue, QueueUser::unotify(5)) == 0);
    CHECK(user.add(queue, QueueUser::request(abi::KEVENT_TIMER, 5)) == 0);
  });
}

TEST_CASE("bad arguments return their errno and change nothing") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    sim::QueueCalls& calls = m.calls();
    const kev::UserAddress array = m->user.map(sizeof(abi::ukevent));
    CHECK(calls.kevent_ctl(queue, 9, 1, array) == -EINVAL);
    CHECK(calls.kevent_ctl(queue, abi::KEVENT_CTL_ADD, 0, array) == -EINVAL);
    CHECK(calls.kevent_ctl(queue, abi::KEVENT_CTL_ADD, UINT32_MAX, UINT64_MAX - 80) == -EINVAL);
    const kev::UserAddress last = kev::user_space_end - sizeof(abi::ukevent);
    CHECK(calls.kevent_ctl(queue, abi::KEVENT_CTL_ADD, 2, last) == -EINVAL);
    CHECK(calls.kevent_ctl(queue, abi::KEVENT_CTL_ADD, UINT32_MAX, last) == -EINVAL);
    CHECK(calls.kevent_ctl(queue, abi::KEVENT_CTL_ADD, 1, 0) == -EFAULT);
    for (const std::uint32_t command :
         {abi::KEVENT_CTL_REMOVE, abi::KEVENT_CTL_MODIFY, abi::KEVENT_CTL_READY})
      CHECK(calls.kevent_ctl(queue, command, 1, array) == -EINVAL);  // more than there are
    CHECK(calls.kevent_ctl(queue + 1, abi::KEVENT_CTL_ADD, 1, array) == -EBADF);
    CHECK(calls.kevent_ctl(-1, abi::KEVENT_CTL_ADD, 1, array) == -EBADF);
    CHECK(calls.kevent_get_events(queue, 0, 0, sim::to_timespec(0_ns), array) == -EINVAL);
    CHECK(user.wait(queue, 0, 1, 0_ns) == 0);
    // No alignment is asked for.
    const abi::ukevent odd = QueueUser::unotify(3);
    const kev::UserAddress unaligned = m->user.map(sizeof odd + 1) + 1;
    std::memcpy(m->user.at(unaligned, sizeof odd), &odd, sizeof odd);
    CHECK(calls.kevent_ctl(queue, abi::KEVENT_CTL_ADD, 1, unaligned) == 0);
    CHECK(calls.kevent_ctl(queue, abi::KEVENT_CTL_REMOVE, 1, unaligned) == 0);
    // The second request is beyond the array: the first has been added and stays.
    *static_cast<abi::ukevent*>(m->user.at(array, sizeof(abi::ukevent))) = QueueUser::unotify(1);
    CHECK(calls.kevent_ctl(queue, abi::KEVENT_CTL_ADD, 1000, array) == -EFAULT);
    CHECK(user.ready(queue, QueueUser::unotify(1)) == 1);
  });
}

TEST_CASE("a descriptor that is no queue is refused with EINVAL") {
  struct Plain : sim::FileObject {
    explicit Plain(sim::Kernel& kernel) : FileObject(kernel, Kind::regular, nullptr) {}
  };
  in_program([](TestMachine& m, QueueUser& user, int) {
    const int plain = m->files.install(*new Plain(m.kernel()));
    CHECK(user.add(plain, QueueUser::unotify(1)) == -EINVAL);
    CHECK(user.wait(plain, 0, 1, 0_ns) == -EINVAL);
    CHECK(m.calls().close(plain) == 0);
  });
}

TEST_CASE("every allocation of ADD may fail, and nothing is left behind") {
  for (int failing = 0; failing < 4; ++failing) {
    TestMachine m;
    m.thread("program", [&] {
      QueueUser user(m);
      const int queue = m.calls().kevent_init();
      m->faults.add({sim::FaultPoint::alloc, failing == 0 ? 1.0 : 0.5, 0});
      int refused = 0;
      for (std::uint32_t id = 1; id <= 40; ++id) {
        const auto request =
            id % 2 == 0 ? QueueUser::unotify(id) : QueueUser::request(abi::KEVENT_TIMER, id);
        if (user.add(queue, request) == 0) continue;
        ++refused;
        CHECK(user.answer().ret_data[1] == ENOMEM);
      }
      CHECK(refused > 0);
      m->faults.stop();
      CHECK(m.calls().close(queue) == 0);
    });
    m.run();
    REQUIRE(m.all_ended());
    CHECK(m->allocator.live() == 0);
  }
}
