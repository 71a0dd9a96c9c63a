#include <catch2/catch.hpp>

#include <cerrno>
#include <memory>

#include "tests/support/explore.hpp"
#include "tests/support/kind_program.hpp"

using namespace test;

namespace {

using Runs = std::vector<sim::ContentRun>;

abi::ukevent watch(int descriptor, std::uint32_t mask, std::uint32_t flags = 0) {
  return QueueUser::request(abi::KEVENT_PIPE, static_cast<std::uint32_t>(descriptor), flags, mask);
}
abi::ukevent readable(int descriptor, std::uint32_t flags = 0) {
  return watch(descriptor, abi::KEVENT_SOCKET_RECV, flags);
}
abi::ukevent writable(int descriptor, std::uint32_t flags = 0) {
  return watch(descriptor, abi::KEVENT_SOCKET_SEND, flags);
}

sim::ContentRun bytes(std::uint32_t length) {
  return {1, 0, length, 0};
}

long drain(sim::ProcessCalls& calls, int descriptor) {
  Runs runs;
  return calls.read(descriptor, runs, 100'000);
}

constexpr std::uint32_t done = abi::KEVENT_RET_DONE;
constexpr std::uint32_t broken = abi::KEVENT_RET_DONE | abi::KEVENT_RET_BROKEN;

}  // namespace

TEST_CASE("a pipe end is reported while it can be read, and again when more comes") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    CHECK(user.add(queue, readable(in)) == 0);
    CHECK(look(user, queue) == 0);
    CHECK(m.calls().write(out, bytes(10)) == 10);
    CHECK(look(user, queue) == 1);
    CHECK(user.event().ret_flags == done);
    CHECK(look(user, queue) == 1);  // it still is
    CHECK(drain(m.calls(), in) == 10);
    CHECK(look(user, queue) == 1);  // queued when it was true; LAST_CHECK would know better
    CHECK(look(user, queue) == 0);
    m.calls().close(in);
    m.calls().close(out);
  });
}

TEST_CASE("LAST_CHECK holds back what is no longer true; the next bytes are told") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    const std::uint32_t flags = abi::KEVENT_REQ_LAST_CHECK | abi::KEVENT_REQ_ONESHOT;
    CHECK(user.add(queue, readable(in, flags)) == 0);
    CHECK(m.calls().write(out, bytes(10)) == 10);
    CHECK(drain(m.calls(), in) == 10);
    CHECK(look(user, queue) == 0);
    CHECK(m.calls().write(out, bytes(10)) == 10);
    CHECK(look(user, queue) == 1);
    CHECK(user.ready(queue, readable(in)) == -EINVAL);  // one-shot, and shown: gone
    m.calls().close(in);
    m.calls().close(out);
  });
}

TEST_CASE("MODIFY arms a one-shot interest anew that has fired and was not shown") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    const abi::ukevent request = readable(in, abi::KEVENT_REQ_ONESHOT);
    CHECK(user.add(queue, request) == 0);
    m.calls().write(out, bytes(10));
    CHECK(drain(m.calls(), in) == 10);
    CHECK(user.control(queue, abi::KEVENT_CTL_MODIFY, {request}) == 0);
    CHECK(look(user, queue) == 0);  // what was ready is forgotten
    m.calls().write(out, bytes(10));
    CHECK(look(user, queue) == 1);
    m.calls().close(in);
    m.calls().close(out);
  });
}

TEST_CASE("edge-triggered: told once for each write, not for each look") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    CHECK(user.add(queue, readable(in, abi::KEVENT_REQ_ET)) == 0);
    for (int i = 0; i < 2; ++i) {
      CHECK(m.calls().write(out, bytes(10)) == 10);
      CHECK(look(user, queue) == 1);
      CHECK(look(user, queue) == 0);
    }
    m.calls().close(in);
    m.calls().close(out);
  });
}

TEST_CASE("what is ready already: handed back by ADD, or queued with ALWAYS_QUEUE") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    CHECK(refused(user, queue, writable(out)) == 0);
    CHECK(user.answer().ret_flags == done);
    CHECK(user.remove(queue, writable(out)) == -EINVAL);  // it was not registered
    CHECK(user.add(queue, writable(out, abi::KEVENT_REQ_ALWAYS_QUEUE)) == 0);
    CHECK(user.add(queue, readable(in, abi::KEVENT_REQ_READY | abi::KEVENT_REQ_ONESHOT)) == 0);
    CHECK(look(user, queue) == 2);
    m.calls().close(in);
    m.calls().close(out);
  });
}

TEST_CASE("the end of the stream: readable while bytes are left, then broken, once") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    CHECK(user.add(queue, readable(in, abi::KEVENT_REQ_LAST_CHECK)) == 0);
    CHECK(m.calls().write(out, bytes(10)) == 10);
    m.calls().close(out);
    CHECK(look(user, queue) == 1);
    CHECK(user.event().ret_flags == done);
    CHECK(drain(m.calls(), in) == 10);
    CHECK(look(user, queue) == 1);
    CHECK(user.event().ret_flags == broken);
    CHECK(look(user, queue) == 0);
    CHECK(user.remove(queue, readable(in)) == 0);
    CHECK(refused(user, queue, readable(in)) != 0);  // ready at once, and broken
    m.calls().close(in);
  });
}

TEST_CASE("an empty pipe whose writer goes wakes the reader that waits for it") {
  in_program(
      [](TestMachine& m, QueueUser& user, int queue) {
        const auto [in, out] = m.calls().pipe();
        CHECK(user.add(queue, readable(in)) == 0);
        m.thread("closer", [&m, write_end = out] {
          m.kernel().spend_time(kev::Duration(1'000'000));
          m.calls().close(write_end);
        });
        CHECK(user.wait(queue, 1, 1) == 1);
        CHECK(user.event().ret_flags == broken);
        m.calls().close(in);
      },
      2);
}

TEST_CASE("the writing end: ready when a page is free, broken when the reader goes") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    CHECK(m.calls().write(out, bytes(65'536)) == 65'536);
    CHECK(user.add(queue, writable(out, abi::KEVENT_REQ_ET)) == 0);
    Runs runs;
    CHECK(m.calls().read(in, runs, 100) == 100);
    CHECK(look(user, queue) == 0);
    CHECK(m.calls().read(in, runs, 4096) == 4096);
    CHECK(look(user, queue) == 1);
    CHECK(user.event().ret_flags == done);
    m.calls().close(in);
    CHECK(look(user, queue) == 1);
    CHECK(user.event().ret_flags == broken);
    m.calls().close(out);
  });
}

TEST_CASE("what is no pipe, and the direction that an end does not have, are refused") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    CHECK(refused(user, queue, readable(99)) == EBADF);
    CHECK(refused(user, queue, readable(queue)) == EINVAL);
    CHECK(refused(user, queue, writable(in)) == EINVAL);
    CHECK(refused(user, queue, readable(out)) == EINVAL);
    CHECK(refused(user, queue, watch(in, abi::KEVENT_SOCKET_ACCEPT)) == EINVAL);
    CHECK(refused(user, queue,
                  QueueUser::request(abi::KEVENT_SOCKET, static_cast<std::uint32_t>(in))) ==
          ENOTSOCK);
    CHECK(refused(user, queue,
                  QueueUser::request(abi::KEVENT_INODE, static_cast<std::uint32_t>(in))) == EINVAL);
    sim::FileObject* file = m.platform().file_get(in);
    CHECK(file->references() == 2);  // the table's and this one
    file->put();
    m.calls().close(in);
    m.calls().close(out);
  });
}

TEST_CASE("a watched pipe end stays what it was when its number is used again") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    CHECK(user.add(queue, readable(in, abi::KEVENT_REQ_ET)) == 0);
    m.calls().close(in);
    const auto [other_in, other_out] = m.calls().pipe();
    CHECK(other_in == in);
    CHECK(m.calls().write(other_out, bytes(1)) == 1);
    CHECK(look(user, queue) == 0);
    CHECK(m.calls().write(out, bytes(1)) == 1);  // the interest is a reader
    CHECK(look(user, queue) == 1);
    CHECK(user.remove(queue, readable(in)) == 0);
    CHECK(m.calls().write(out, bytes(1)) == -EPIPE);
    for (const int descriptor : {out, other_in, other_out}) m.calls().close(descriptor);
  });
}

TEST_CASE("two interests in one pipe: the first is told, with WAKEUP_ALL both") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    const int second = m.calls().kevent_init();
    CHECK(user.add(queue, readable(in, abi::KEVENT_REQ_ET)) == 0);
    CHECK(user.add(second, readable(in, abi::KEVENT_REQ_ET)) == 0);
    CHECK(m.calls().write(out, bytes(1)) == 1);
    CHECK(look(user, queue) == 1);
    CHECK(look(user, second) == 0);
    CHECK(user.control(second, abi::KEVENT_CTL_MODIFY,
                       {readable(in, abi::KEVENT_REQ_ET | abi::KEVENT_REQ_WAKEUP_ALL)}) == 0);
    CHECK(look(user, second) == 1);
    CHECK(m.calls().write(out, bytes(1)) == 1);
    CHECK(look(user, queue) == 1);
    CHECK(look(user, second) == 1);
    for (const int descriptor : {in, out, second}) m.calls().close(descriptor);
  });
}

namespace {

/// A program that reads only what events announce.
struct EventReader {
  EventReader(TestMachine& machine, int descriptor, std::uint32_t request_flags)
      : m(machine), user(m), queue(m.calls().kevent_init()), in(descriptor), flags(request_flags) {
    m.calls().set_nonblocking(in);
  }

  void read_all() {
    arm();
    while (!ended) {
      CHECK(user.wait(queue, 1, 1) == 1);
      take(user.event());
      if ((flags & abi::KEVENT_REQ_ONESHOT) != 0) arm();
    }
    CHECK(total == 100'000);
    m.calls().close(queue);
    m.calls().close(in);
  }
  /// Registers; what came meanwhile is said at once.
  void arm() {
    while (!ended && user.add(queue, readable(in, flags)) != 0) take(user.answer());
  }
  void take(const abi::ukevent& event) {
    ended = (event.ret_flags & abi::KEVENT_RET_BROKEN) != 0;
    Runs runs;
    for (long got = 1; got > 0; total += got > 0 ? got : 0) got = m.calls().read(in, runs, 7000);
  }

  TestMachine& m;
  QueueUser user;
  int queue;
  int in;
  std::uint32_t flags;
  long total = 0;
  bool ended = false;
};

}  // namespace

TEST_CASE("a reader who goes by events gets all bytes and the end, under any schedule") {
  const std::uint32_t flags = GENERATE(0u, abi::KEVENT_REQ_ET, abi::KEVENT_REQ_ONESHOT,
                                       abi::KEVENT_REQ_LAST_CHECK | abi::KEVENT_REQ_ONESHOT);
  under_all(
      [&](TestMachine& m) {
        m.thread("program", [&m, flags] {
          const auto [in, out] = m.calls().pipe();
          m.thread("writer", [&m, write_end = out] {
            CHECK(m.calls().write(write_end, bytes(1)) == 1);
            CHECK(m.calls().write(write_end, bytes(99'999)) == 99'999);
            m.calls().close(write_end);
          });
          EventReader(m, in, flags).read_all();
        });
      },
      [](TestMachine& m) { REQUIRE(m->allocator.live() == 0); }, 150);
}

TEST_CASE("ADD and the first bytes at once: told once, by ADD or by the queue") {
  long told = 0;
  under_all(
      [&](TestMachine& m) {
        told = 0;
        m.thread("program", [&] {
          const auto [in, out] = m.calls().pipe();
          const int queue = m.calls().kevent_init();
          auto ended = std::make_shared<int>(0);
          const auto leave = [&m, &told, ended, descriptors = std::array{in, out, queue}] {
            if (++*ended != 3) return;
            QueueUser user(m);
            told += look(user, descriptors[2]);
            for (const int descriptor : descriptors) m.calls().close(descriptor);
          };
          m.thread("writer", [&m, leave, write_end = out] {
            CHECK(m.calls().write(write_end, bytes(1)) == 1);
            leave();
          });
          m.thread("reader", [&m, &told, leave, queue] {
            QueueUser user(m);
            for (int i = 0; i < 3; ++i) told += look(user, queue);
            leave();
          });
          QueueUser user(m);
          told += user.add(queue, readable(in, abi::KEVENT_REQ_ONESHOT));
          leave();
        });
      },
      [&](TestMachine& m) {
        REQUIRE(told == 1);
        REQUIRE(m->allocator.live() == 0);
      },
      1000);
}
