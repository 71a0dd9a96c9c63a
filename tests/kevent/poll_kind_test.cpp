#include <catch2/catch.hpp>

#include <cerrno>
#include <memory>

#include "tests/support/explore.hpp"
#include "tests/support/kind_program.hpp"

using namespace test;

namespace {

using Runs = std::vector<sim::ContentRun>;

constexpr std::uint32_t in_bits = abi::KEVENT_POLL_POLLIN | abi::KEVENT_POLL_POLLRDNORM;

abi::ukevent watch(int descriptor, std::uint32_t flags = 0,
                   std::uint32_t mask = abi::KEVENT_POLL_POLLIN) {
  return QueueUser::request(abi::KEVENT_POLL, static_cast<std::uint32_t>(descriptor), flags, mask);
}
sim::ContentRun bytes(std::uint32_t length) {
  return {1, 0, length, 0};
}
long drain(sim::ProcessCalls& calls, int descriptor) {
  Runs runs;
  return calls.read(descriptor, runs, 100'000);
}
void close_all(TestMachine& m, std::initializer_list<int> descriptors) {
  for (const int descriptor : descriptors) CHECK(m.calls().close(descriptor) == 0);
}

}  // namespace

TEST_CASE("POLL tells what the file is ready for, while it is") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    CHECK(user.add(queue, watch(in, 0, in_bits)) == 0);
    CHECK(look(user, queue) == 0);
    m.calls().write(out, bytes(10));
    for (int i = 0; i < 2; ++i) {
      CHECK(look(user, queue) == 1);
      CHECK(user.event().ret_data[0] == in_bits);
      CHECK(user.event().ret_flags == abi::KEVENT_RET_DONE);
    }
    CHECK(drain(m.calls(), in) == 10);
    CHECK(look(user, queue) == 0);  // no event of the past
    m.calls().write(out, bytes(10));
    CHECK(look(user, queue) == 1);
    close_all(m, {in, out});
  });
}

TEST_CASE("POLL tells of hang-ups and errors whether asked for or not") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    const auto [in2, out2] = m.calls().pipe();
    m.calls().write(out2, bytes(65'536));
    CHECK(user.add(queue, watch(in)) == 0);
    CHECK(user.add(queue, watch(out2, 0, abi::KEVENT_POLL_POLLPRI)) == 0);
    close_all(m, {out, in2});
    CHECK(look(user, queue) == 2);
    CHECK(user.event(0).ret_data[0] == abi::KEVENT_POLL_POLLHUP);
    CHECK(user.event(1).ret_data[0] == abi::KEVENT_POLL_POLLERR);
    close_all(m, {in, out2});
  });
}

TEST_CASE("POLL in a file that is ready: handed back by ADD, and nothing stays behind") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    m.calls().write(out, bytes(10));
    CHECK(refused(user, queue, watch(in)) == 0);
    CHECK(m->allocator.live() != 0);
    CHECK(drain(m.calls(), in) == 10);
    m.calls().write(out, bytes(10));  // wakes whoever was left on the wait queue
    CHECK(look(user, queue) == 0);
    sim::FileObject* file = m.platform().file_get(in);
    CHECK(file->references() == 2);
    CHECK_FALSE(file->pollers()->active());
    file->put();
    close_all(m, {in, out});
  });
}

TEST_CASE("POLL with ALWAYS_QUEUE hears of what comes after the first event") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    m.calls().write(out, bytes(10));
    CHECK(user.add(queue, watch(in, abi::KEVENT_REQ_ALWAYS_QUEUE | abi::KEVENT_REQ_ET)) == 0);
    CHECK(look(user, queue) == 1);
    CHECK(drain(m.calls(), in) == 10);
    CHECK(look(user, queue) == 0);
    m.calls().write(out, bytes(10));
    CHECK(look(user, queue) == 1);
    close_all(m, {in, out});
  });
}

TEST_CASE("what another thread took before the event was shown is not shown, also after MODIFY") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    CHECK(user.add(queue, watch(in, abi::KEVENT_REQ_ONESHOT)) == 0);
    for (int i = 0; i < 2; ++i) {
      m.calls().write(out, bytes(10));
      CHECK(drain(m.calls(), in) == 10);
      CHECK(look(user, queue) == 0);
      // New flags, and the same care; MODIFY of the original lost it.
      CHECK(user.control(queue, abi::KEVENT_CTL_MODIFY, {watch(in, abi::KEVENT_REQ_ONESHOT)}) == 0);
    }
    m.calls().write(out, bytes(10));
    CHECK(look(user, queue) == 1);
    CHECK(user.remove(queue, watch(in)) == -EINVAL);  // one-shot: gone, and it was the only one
    close_all(m, {in, out});
  });
}

TEST_CASE("MODIFY changes what is asked for, and how an interest is woken") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    const int second = m.calls().kevent_init();
    const std::uint32_t et = abi::KEVENT_REQ_ET;
    CHECK(user.add(queue, watch(in, et)) == 0);
    CHECK(user.add(second, watch(in, et, abi::KEVENT_POLL_POLLPRI)) == 0);
    m.calls().write(out, bytes(10));
    CHECK(look(user, queue) == 1);
    CHECK(look(user, second) == 0);
    const auto change = [&](int which, const abi::ukevent& request) {
      return user.control(which, abi::KEVENT_CTL_MODIFY, {request});
    };
    CHECK(change(second, watch(in, et)) == 0);
    CHECK(look(user, second) == 1);  // it is ready for that already
    m.calls().write(out, bytes(10));
    CHECK(look(user, queue) == 1);
    CHECK(look(user, second) == 0);  // one of all
    CHECK(change(second, watch(in, et | abi::KEVENT_REQ_WAKEUP_ALL)) == 0);
    CHECK(look(user, second) == 1);
    m.calls().write(out, bytes(10));
    CHECK(look(user, queue) == 1);
    CHECK(look(user, second) == 1);
    close_all(m, {in, out, second});
  });
}

TEST_CASE("many POLL interests in one queue, added and removed in any order, all work") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    constexpr int count = 12;
    std::array<int, 2> pipes[count];
    for (auto& ends : pipes) ends = m.calls().pipe();
    const auto in = [&](int i) { return pipes[i % count][0]; };
    for (int i = 0; i < count; ++i) CHECK(user.add(queue, watch(in(5 * i))) == 0);
    for (int i = 0; i < count; i += 3) CHECK(user.remove(queue, watch(in(7 * i))) == 0);
    for (int i = 0; i < count; i += 3) CHECK(user.add(queue, watch(in(7 * i))) == 0);
    for (auto& ends : pipes) m.calls().write(ends[1], bytes(1));
    CHECK(look(user, queue) == count);
    for (auto& ends : pipes) CHECK(drain(m.calls(), ends[0]) == 1);
    CHECK(look(user, queue) == 0);
    for (auto& ends : pipes) close_all(m, {ends[0], ends[1]});
  });
}

TEST_CASE("POLL refuses what is not open or has no poll") {
  struct Plain : sim::FileObject {
    explicit Plain(sim::Kernel& kernel) : FileObject(kernel, Kind::regular, nullptr) {}
  };
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const int plain = m->files.install(*new Plain(m.kernel()));
    CHECK(refused(user, queue, watch(99)) == EBADF);
    CHECK(refused(user, queue, watch(plain)) == EINVAL);
    close_all(m, {plain});
    const auto [in, out] = m.calls().pipe();
    m->faults.add({sim::FaultPoint::alloc, 1.0, ENOMEM});
    CHECK(refused(user, queue, watch(in)) == ENOMEM);
    m->faults.stop();
    close_all(m, {in, out});
  });
}

TEST_CASE("a file that is polled, closed, and its number used again") {
  in_program([](TestMachine& m, QueueUser& user, int queue) {
    const auto [in, out] = m.calls().pipe();
    CHECK(user.add(queue, watch(in)) == 0);
    close_all(m, {in});
    const auto [in2, out2] = m.calls().pipe();
    CHECK(in2 == in);
    m.calls().write(out2, bytes(1));
    CHECK(look(user, queue) == 0);
    m.calls().write(out, bytes(1));
    CHECK(look(user, queue) == 1);
    CHECK(user.remove(queue, watch(in)) == 0);
    CHECK(m.calls().write(out, bytes(1)) == -EPIPE);  // that was the last reader
    close_all(m, {out, in2, out2});
  });
}

TEST_CASE("the writer's bytes are polled for while interests come, change and go") {
  under_all(
      [](TestMachine& m) {
        m.thread("program", [&m] {
          const auto [in, out] = m.calls().pipe();
          const int queue = m.calls().kevent_init();
          auto ended = std::make_shared<int>(0);
          const auto leave = [&m, ended, descriptors = std::array{in, out, queue}] {
            if (++*ended == 3)
              for (const int descriptor : descriptors) m.calls().close(descriptor);
          };
          m.thread("writer", [&m, leave, write_end = out] {
            for (int i = 0; i < 3; ++i) CHECK(m.calls().write(write_end, bytes(1)) == 1);
            leave();
          });
          m.thread("changer", [&m, leave, queue, read_end = in] {
            QueueUser user(m);
            for (const std::uint32_t flags :
                 {abi::KEVENT_REQ_ONESHOT, abi::KEVENT_REQ_WAKEUP_ALL, abi::KEVENT_REQ_ONESHOT})
              user.control(queue, abi::KEVENT_CTL_MODIFY, {watch(read_end, flags)});
            user.remove(queue, watch(read_end));
            leave();
          });
          QueueUser user(m);
          for (int i = 0; i < 3; ++i) {
            user.add(queue, watch(in, abi::KEVENT_REQ_ONESHOT | abi::KEVENT_REQ_ALWAYS_QUEUE));
            if (look(user, queue) != 0) CHECK(user.event().ret_data[0] == 1);
          }
          leave();
        });
      },
      [](TestMachine& m) {
        REQUIRE(m->allocator.live() == 0);
        REQUIRE(m->rcu.idle());
      },
      600);
}

TEST_CASE("two readers poll one pipe, each from a queue of its own: no byte is left") {
  long total = 0;
  under_all(
      [&](TestMachine& m) {
        total = 0;
        m.thread("program", [&m, &total] {
          const auto [in, out] = m.calls().pipe();
          m.calls().set_nonblocking(in);
          for (int r = 0; r < 2; ++r)
            m.thread("reader", [&m, &total, r, read_end = in] {
              QueueUser user(m);
              const int queue = m.calls().kevent_init();
              const std::uint32_t flags = abi::KEVENT_REQ_ALWAYS_QUEUE |
                                          abi::KEVENT_REQ_WAKEUP_ALL |
                                          (r == 0 ? abi::KEVENT_REQ_ET : 0);
              CHECK(user.add(queue, watch(read_end, flags)) == 0);
              for (long got = 1; got != 0;) {
                CHECK(user.wait(queue, 1, 1) == 1);
                for (got = 1; got > 0; total += got > 0 ? got : 0) {
                  Runs runs;
                  got = m.calls().read(read_end, runs, 30);
                }
              }
              m.calls().close(queue);
            });
          for (int i = 0; i < 3; ++i) CHECK(m.calls().write(out, bytes(100)) == 100);
          m.calls().close(out);
        });
      },
      [&](TestMachine&) { REQUIRE(total == 300); });
}
