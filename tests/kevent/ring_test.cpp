#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/support/ring_user.hpp"

using namespace kev::literals;
using namespace test;

namespace {

/// A program with a queue whose ring has so many slots; nothing may be left behind.
void with_ring(std::uint32_t slots,
               const std::function<void(TestMachine&, QueueUser&, RingUser&, int queue)>& body) {
  TestMachine m;
  m.thread("program", [&] {
    QueueUser user(m);
    RingUser ring(m, slots);
    const int queue = ring.init();
    REQUIRE(queue >= 0);
    body(m, user, ring, queue);
    CHECK(m.calls().close(queue) == 0);
  });
  m.run();
  INFO(m.violation());
  REQUIRE(m.all_ended());
  CHECK(m->allocator.live() == 0);
}

/// One-shot user events that are ready at once.
void raise(QueueUser& user, int queue, std::uint32_t first, std::uint32_t last) {
  for (std::uint32_t id = first; id <= last; ++id)
    CHECK(user.add(queue,
                   QueueUser::unotify(id, abi::KEVENT_REQ_ONESHOT | abi::KEVENT_REQ_READY)) == 0);
}

}  // namespace

TEST_CASE("kevent_init writes an empty header and refuses half a ring") {
  TestMachine m;
  m.thread("program", [&] {
    sim::QueueCalls& calls = m.calls();
    RingUser ring(m, 4);
    CHECK(calls.kevent_init(ring.address(), 0) == -EINVAL);
    CHECK(calls.kevent_init(0, 4) == -EINVAL);
    CHECK(calls.kevent_init(ring.address(), 1) == -EINVAL);
    CHECK(calls.kevent_init(ring.address() + 4, 2) == -EINVAL);
    CHECK(calls.kevent_init(kev::user_space_end, 2) == -EINVAL);
    CHECK(calls.kevent_init(kev::user_space_end - 80, UINT32_MAX) == -EINVAL);
    CHECK(calls.kevent_init(ring.address(), 4, 0x80) == -EINVAL);
    CHECK(calls.kevent_init(8, 4) == -EFAULT);
    CHECK(m->files.open_count() == 0);
    const int queue = ring.init();
    CHECK(queue == 0);
    CHECK(ring.header().ring_kidx == 0);
    CHECK(ring.header().ring_over == 0);
    CHECK(calls.close(queue) == 0);
  });
  m.run();
  REQUIRE(m.all_ended());
  CHECK(m->allocator.live() == 0);
}

TEST_CASE("kevent_wait moves events to the ring in order and kevent_commit frees their slots") {
  with_ring(4, [](TestMachine&, QueueUser& user, RingUser& ring, int queue) {
    raise(user, queue, 1, 3);
    CHECK(ring.wait(queue, 2, 0) == 2);
    CHECK(ring.header().ring_kidx == 2);
    CHECK(ring.id(0) == 1);
    CHECK(ring.id(1) == 2);
    CHECK(ring.slot(1).user == 200);
    CHECK(ring.slot(1).ret_flags == abi::KEVENT_RET_DONE);
    CHECK(ring.commit(queue, 2, 0) == 2);
    CHECK(ring.commit(queue, 2, 0) == 0);  // they are free already
    CHECK(ring.wait(queue, 4, 2) == 1);
    CHECK(ring.header().ring_kidx == 3);
  });
}

TEST_CASE("a whole full ring is committed at once, also where indices are equal") {
  with_ring(3, [](TestMachine&, QueueUser& user, RingUser& ring, int queue) {
    raise(user, queue, 1, 8);
    CHECK(ring.wait(queue, 3, 0) == 3);
    CHECK(ring.header().ring_kidx == 0);  // full, not empty
    CHECK(ring.wait(queue, 3, 0, 0_ns) == 0);
    CHECK(ring.commit(queue, 0, 0) == 0);  // nothing
    CHECK(ring.commit(queue, 0, 1) == 3);  // everything
    CHECK(ring.header().ring_over == 1);
    CHECK(ring.wait(queue, 1, 0) == 1);
    CHECK(ring.commit(queue, 1, 1) == 1);
    CHECK(ring.wait(queue, 3, 1) == 3);
    CHECK(ring.commit(queue, 1, 2) == 3);
    CHECK(ring.header().ring_over == 2);
    CHECK(ring.id(1) == 8 - 3);
    CHECK(ring.wait(queue, 3, 1) == 1);
  });
}

TEST_CASE("a commit of slots that are not filled is refused, wrapped or not") {
  with_ring(4, [](TestMachine&, QueueUser& user, RingUser& ring, int queue) {
    CHECK(ring.commit(queue, 1, 0) == -EINVAL);
    CHECK(ring.commit(queue, 4, 0) == -EINVAL);
    raise(user, queue, 1, 6);
    CHECK(ring.wait(queue, 4, 0) == 4);
    CHECK(ring.commit(queue, 3, 0) == 3);
    CHECK(ring.wait(queue, 4, 3) == 2);  // filled: slots 3, 0 and 1
    CHECK(ring.header().ring_kidx == 2);
    CHECK(ring.commit(queue, 3, 1) == -EINVAL);
    CHECK(ring.commit(queue, 2, 1) == 3);
    CHECK(ring.header().ring_over == 1);
  });
}

TEST_CASE("a late committer frees nothing that others took meanwhile") {
  with_ring(2, [](TestMachine&, QueueUser& user, RingUser& ring, int queue) {
    raise(user, queue, 1, 8);
    CHECK(ring.wait(queue, 2, 0) == 2);
    CHECK(ring.commit(queue, 1, 0) == 1);
    // Another thread read the same slot, and was held up here while the ring went round.
    CHECK(ring.commit(queue, 0, 1) == 1);
    CHECK(ring.wait(queue, 2, 0) == 2);
    CHECK(ring.commit(queue, 1, 0) == 0);
    CHECK(ring.commit(queue, 0, 2) == 2);
    CHECK(ring.wait(queue, 2, 0) == 2);
    CHECK(ring.commit(queue, 1, 0) == -EOVERFLOW);
    CHECK(ring.commit(queue, 1, 4) == -EOVERFLOW);
    CHECK(ring.wait(queue, 2, 0, 0_ns) == 0);
  });
}

TEST_CASE("a full ring does not stop get_events, which says what the ring has not") {
  with_ring(2, [](TestMachine&, QueueUser& user, RingUser& ring, int queue) {
    raise(user, queue, 1, 4);
    CHECK(ring.wait(queue, 1, 0) == 1);
    CHECK(user.wait(queue, 1, 2) == 2);
    CHECK(user.event(0).id.raw[0] == 2);
    CHECK(user.event(0).ret_flags == abi::KEVENT_RET_DONE);
    CHECK(ring.id(1) == 2);
    CHECK(user.event(1).id.raw[0] == 3);
    CHECK(user.event(1).ret_flags == (abi::KEVENT_RET_DONE | abi::KEVENT_RET_COPY_FAILED));
    CHECK(user.wait(queue, 1, 2) == 1);
    CHECK(ring.commit(queue, 0, 1) == 2);
  });
}

TEST_CASE("kevent_wait needs a ring, and a number that fits it") {
  TestMachine m;
  m.thread("program", [&] {
    RingUser ring(m, 4);
    const int plain = m.calls().kevent_init();
    CHECK(ring.wait(plain, 1, 0, 0_ns) == -EINVAL);
    CHECK(ring.commit(plain, 0, 0) == 0);
    const int queue = ring.init();
    CHECK(ring.wait(queue, 0, 0, 0_ns) == -EINVAL);
    CHECK(ring.wait(queue, 5, 0, 0_ns) == -EINVAL);
    CHECK(ring.wait(queue, 4, 0, 0_ns, 0x2) == -EINVAL);
    CHECK(ring.wait(99, 1, 0, 0_ns) == -EBADF);
    CHECK(ring.commit(99, 1, 0) == -EBADF);
    CHECK(m.calls().kevent_wait(queue, 1, 0, {0, 1'000'000'000}) == -EINVAL);
    CHECK(m.calls().kevent_wait(queue, 1, 0, {-1, 0}) == -EINVAL);
    m.calls().close(queue);
    m.calls().close(plain);
  });
  m.run();
  REQUIRE(m.all_ended());
}

TEST_CASE("an event that cannot be written to the ring stays first in line") {
  TestMachine m;
  m.thread("program", [&] {
    QueueUser user(m);
    RingUser ring(m, 200);  // the slots go over the end of the mapped page
    const kev::UserAddress page = m->user.map(4096);
    const int queue = m.calls().kevent_init(page, 200, 0);
    const std::uint32_t fits = (4096 - 8) / 40;
    std::uint32_t id = 0;
    for (std::uint32_t i = 0; i < fits; ++i) {
      raise(user, queue, id + 1, id + 1);
      ++id;
      REQUIRE(m.calls().kevent_wait(queue, 1, 0, {0, 0}) == 1);
    }
    raise(user, queue, id + 1, id + 2);
    CHECK(m.calls().kevent_wait(queue, 2, 0, {0, 0}) == -EFAULT);
    CHECK(user.wait(queue, 1, 4) == 2);
    CHECK(user.event(0).id.raw[0] == id + 1);
    CHECK(user.event(0).ret_flags == (abi::KEVENT_RET_DONE | abi::KEVENT_RET_COPY_FAILED));
    m.calls().close(queue);
  });
  m.run();
  REQUIRE(m.all_ended());
  CHECK(m->allocator.live() == 0);
}

TEST_CASE("a queue of absolute times, and clocks that are set") {
  TestMachine m(2);
  m.thread("program", [&] {
    QueueUser user(m);
    RingUser ring(m, 2);
    sim::Kernel& kernel = m.kernel();
    const int queue = ring.init(abi::KEVENT_FLAGS_ABSTIME);
    const int other = m.calls().kevent_init();
    const auto at = [&](kev::Duration after) {
      return sim::to_timespec(kev::Duration(kernel.real_now().ns()) + after);
    };
    const kev::Instant begin = kernel.now();
    CHECK(m.calls().kevent_wait(queue, 1, 0, at(5_ms)) == 0);
    CHECK(kernel.now() - begin >= 5_ms);
    CHECK(kernel.now() - begin < 6_ms);
    CHECK(m.calls().kevent_wait(queue, 1, 0, at(0_ns)) == 0);
    CHECK(m.calls().kevent_wait(queue, 1, 0, {0, 0}) == 0);  // 1970

    // Two waiters, two deadlines; then the clock jumps over one of them.
    const kev::Instant start = kernel.now();
    kev::Instant first;
    kev::Instant second;
    const auto late = at(50_ms);
    const auto later = at(80_ms);
    m.thread("late", [&, late] {
      QueueUser mine(m);
      m.calls().kevent_get_events(other, 1, 1, late, mine.events_address(),
                                  abi::KEVENT_FLAGS_ABSTIME);
      first = kernel.now();
    });
    m.thread("later", [&, later] {
      m.calls().kevent_wait(queue, 1, 0, later);
      second = kernel.now();
    });
    m.calls().kevent_wait(queue, 1, 0, at(10_ms));
    kernel.step_real_clock(50_ms);
    m.calls().kevent_wait(queue, 1, 0, at(40_ms));
    CHECK(first - start < 20_ms);
    CHECK(second - start >= 29_ms);
    CHECK(second - start < 35_ms);
    m.calls().close(queue);
    m.calls().close(other);
  });
  m.run();
  REQUIRE(m.all_ended());
}
