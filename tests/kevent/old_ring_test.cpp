// The rings of earlier takes fail as they did, and where they did not fail they work.

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/support/queue_user.hpp"

using namespace kev::literals;
using namespace test;
using kev::RingVersion;

namespace {

constexpr std::uint32_t slots = 4;

/// A program's view of a ring in mapped kernel pages, or of version 3's in its own.
class OldRing {
 public:
  OldRing(TestMachine& m, RingVersion version) : m_(m) {
    address_ = m->user.map(4096);
    queue = m.calls().kevent_init_as(version, address_, slots);
  }
  std::uint32_t word(std::size_t index) {
    return *static_cast<std::uint32_t*>(m_->user.at(address_ + 4 * index, 4));
  }
  std::uint32_t mapped_id(std::uint32_t slot) { return word(2 + std::size_t{slot} * 3); }
  std::uint32_t version_3_id(std::uint32_t slot) { return word(2 + std::size_t{slot} * 10); }
  long wait(std::uint32_t num, std::uint32_t start = 0) {
    return m_.calls().kevent_wait(queue, num, start, {0, 0});
  }

  int queue = -1;

 private:
  TestMachine& m_;
  kev::UserAddress address_ = 0;
};

/// "property: message" of what the story breaks.
std::string outcome(RingVersion version,
                    const std::function<void(TestMachine&, QueueUser&, OldRing&)>& story) {
  TestMachine m;
  m.thread("program", [&] {
    QueueUser user(m);
    OldRing ring(m, version);
    REQUIRE(ring.queue >= 0);
    story(m, user, ring);
    CHECK(m.calls().close(ring.queue) == 0);
  });
  m.run();
  if (m.violation().empty()) {
    CHECK(m.all_ended());
    CHECK(m->allocator.live() == 0);
  }
  return m.violation();
}

void raise(QueueUser& user, int queue, std::uint32_t id) {
  const std::uint32_t flags = abi::KEVENT_REQ_ONESHOT | abi::KEVENT_REQ_READY;
  CHECK(user.add(queue, QueueUser::unotify(id, flags)) == 0);
}

}  // namespace

TEST_CASE("ring version 1: filled at readiness, and consumed by naming slots") {
  CHECK(outcome(RingVersion::v1, [](TestMachine&, QueueUser& user, OldRing& ring) {
          CHECK(ring.wait(0) == -EAGAIN);
          raise(user, ring.queue, 7);
          raise(user, ring.queue, 8);
          CHECK(ring.word(0) == 2);
          CHECK(ring.mapped_id(0) == 7);
          CHECK(ring.mapped_id(1) == 8);
          CHECK(ring.wait(1, 0) == 0);        // 8 is still ready
          CHECK(ring.wait(1, 0) == -EINVAL);  // 7 was one-shot
          CHECK(ring.wait(1, 1) == -EAGAIN);
          CHECK(ring.wait(5, 0) == -EINVAL);
        }).empty());
}

TEST_CASE("ring version 1: events that were fetched and happen again overwrite unread slots") {
  CHECK(outcome(RingVersion::v1, [](TestMachine&, QueueUser& user, OldRing& ring) {
          for (std::uint32_t id = 1; id <= 2; ++id) user.add(ring.queue, QueueUser::unotify(id));
          user.ready(ring.queue, QueueUser::unotify(1));
          CHECK(ring.mapped_id(0) == 1);
          for (std::uint32_t i = 0; i < slots; ++i) {
            CHECK(user.wait(ring.queue, 0, 1, 0_ns) == 1);
            user.ready(ring.queue, QueueUser::unotify(2));
          }
          // Nobody has read slot 0 through the ring.
          CHECK(ring.mapped_id(0) == 2);
        }).empty());
}

TEST_CASE("a mapped ring must lie in memory to its last slot") {
  for (const RingVersion version : {RingVersion::v1, RingVersion::v2}) {
    TestMachine m;
    m.thread("program", [&] {
      const kev::UserAddress end = m->user.map(4096) + 4096;
      const std::uint64_t bytes = 8 + 12 * slots;
      CHECK(m.calls().kevent_init_as(version, end - bytes + 8, slots) == -EFAULT);
      const int queue = m.calls().kevent_init_as(version, end - bytes, slots);
      CHECK(queue >= 0);
      m.calls().close(queue);
    });
    m.run();
    REQUIRE(m.all_ended());
    CHECK(m->allocator.live() == 0);
  }
}

TEST_CASE("ring version 2: full means full, and what waits gets in when there is space") {
  CHECK(outcome(RingVersion::v2, [](TestMachine&, QueueUser& user, OldRing& ring) {
          for (std::uint32_t id = 1; id <= 5; ++id) raise(user, ring.queue, id);
          CHECK(ring.word(0) == 3);  // one slot stays empty
          CHECK(ring.wait(1) == 0);
          CHECK(ring.word(1) == 1);
          CHECK(ring.mapped_id(3) == 4);
          CHECK(ring.wait(4) == -EAGAIN);
        }).empty());
}

TEST_CASE("ring version 2: removing the interest that found the ring full leaves a pointer to it") {
  const auto story = [](bool freed) {
    return outcome(RingVersion::v2, [freed](TestMachine& m, QueueUser& user, OldRing& ring) {
      for (std::uint32_t id = 1; id <= 5; ++id) raise(user, ring.queue, id);
      user.remove(ring.queue, QueueUser::unotify(4));
      if (freed) {
        m.kernel().current_thread().set_state(sim::ThreadState::uninterruptible);
        m.kernel().schedule_timeout(20_ms);
      }
      ring.wait(1);
    });
  };
  CHECK(story(false) ==
        "ring_invariants: the interest that found the ring full has left the ready list");
  CHECK(story(true) == "use_after_free: the interest that found the ring full was freed");
}

TEST_CASE("ring version 2: an interest that leaves from the middle frees the wrong slot") {
  CHECK(outcome(RingVersion::v2, [](TestMachine&, QueueUser& user, OldRing& ring) {
          for (std::uint32_t id = 1; id <= 2; ++id) raise(user, ring.queue, id);
          user.remove(ring.queue, QueueUser::unotify(2));
          CHECK(ring.word(1) == 1);  // slot 0, with 1, which nobody has read
        }).empty());
}

TEST_CASE("ring version 3: the index names the last slot, and nothing stops the kernel") {
  CHECK(outcome(RingVersion::v3, [](TestMachine&, QueueUser& user, OldRing& ring) {
          for (std::uint32_t id = 1; id <= 6; ++id) raise(user, ring.queue, id);
          CHECK(ring.wait(4) == 4);
          CHECK(ring.word(0) == 3);
          CHECK(ring.version_3_id(0) == 1);
          CHECK(ring.wait(2) == 2);
          CHECK(ring.version_3_id(0) == 5);
          CHECK(ring.word(0) == 1);
        }).empty());
}
