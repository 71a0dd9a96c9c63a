// The anticipatory elevator against times worked out by hand from the rules of Linux 2.6.18.
//
// The disk takes one request at a time, 1 ms each, unless said otherwise. "R10@3": a read of page
// 10 that reached the disk in the third millisecond. Page 0 is near, page 10 000 000 is far.

#include <catch2/catch.hpp>

#include "tests/block/support.hpp"

using namespace kev::literals;
using sim::test::one_page_requests;
using sim::test::PlainDisk;
using sim::test::Rig;
using sim::test::timed_order;

namespace {

constexpr std::uint64_t page = 8;
constexpr std::uint64_t far = 10'000'000 * page;

struct Scene : Rig {
  explicit Scene(kev::Duration service = 1_ms, std::uint32_t depth = 1) {
    sim::BlockParams params = one_page_requests();
    params.queue_depth = depth;
    disk = &open_plain(service, "anticipatory", params);
  }
  /// A read of process 1 at page 0 and one far away of process 2, at the disk from 0 on.
  void near_and_far() {
    submit_as(1, 0);
    submit_as(2, far);
    queue->unplug();
  }
  [[nodiscard]] std::string order() const { return timed_order(*disk); }

  PlainDisk* disk;
};

/// A process that reads once every `pause`, alone; returns the page to go on with.
std::uint64_t read_regularly(Scene& scene, std::uint32_t process, kev::Duration pause, int times) {
  for (int i = 0; i < times; ++i) {
    scene.submit_as(process, static_cast<std::uint64_t>(i) * page);
    scene.queue->unplug();
    scene.run_until(scene.engine.now() + pause);
  }
  scene.disk->started.clear();
  scene.disk->started_at.clear();
  return static_cast<std::uint64_t>(times);
}

}  // namespace

TEST_CASE("the disk is kept for the process it served last, 6 ms from the end of its request") {
  Scene scene;
  scene.near_and_far();
  SECTION("it comes back: its request goes first, and it is waited for again") {
    scene.run_until(3_ms);
    scene.submit_as(1, page);
    scene.queue->unplug();
    scene.engine.run();
    CHECK(scene.order() == "R0@0 R1@3 R10000000@10");
  }
  SECTION("it does not") {
    scene.engine.run();
    CHECK(scene.order() == "R0@0 R10000000@7");
  }
  SECTION("another process comes, close by: no more waiting") {
    scene.run_until(3_ms);
    scene.submit_as(3, 100 * page);
    scene.queue->unplug();
    scene.run_until(4_ms);
    CHECK(scene.order() == "R0@0 R100@3");
  }
  SECTION("another process comes, far away: waiting goes on") {
    scene.run_until(3_ms);
    scene.submit_as(3, 2 * far);
    scene.run_until(6_ms);
    CHECK(scene.order() == "R0@0");
  }
}

TEST_CASE("what counts as close grows while the disk waits") {
  Scene scene;
  scene.near_and_far();
  // 8192 sectors in the first millisecond, twice as many with each further one.
  scene.run_until(3_ms);
  const std::uint64_t limit = page + (8192 << 2);
  SECTION("close") {
    scene.submit_as(3, limit);
    scene.run_until(4_ms);
    CHECK(scene.disk->started.size() == 2);
  }
  SECTION("not close") {
    scene.submit_as(3, limit + page);
    scene.run_until(4_ms);
    CHECK(scene.disk->started.size() == 1);
  }
}

TEST_CASE("a process with further requests in the queue is not waited for") {
  Scene scene;
  scene.submit_as(1, 0);
  scene.submit_as(2, far);
  scene.submit_as(1, 2 * far);
  scene.queue->unplug();
  scene.run_until(2_ms);
  CHECK(scene.order() == "R0@0 R10000000@1");
}

TEST_CASE("a process that thinks too long between reads is not waited for") {
  for (const bool slow : {false, true}) {
    INFO((slow ? "15 ms" : "3 ms"));
    Scene scene;
    const std::uint64_t next = read_regularly(scene, 1, slow ? 15_ms : 3_ms, 12);
    const kev::Instant start = scene.engine.now();
    scene.submit_as(1, next * page);
    scene.submit_as(2, far);
    scene.queue->unplug();
    scene.run_until(start + 3_ms);
    CHECK(scene.disk->started.size() == (slow ? 2 : 1));
  }
}

TEST_CASE("a request nearer than the process's usual ones is as good as its own") {
  Scene scene;
  // Process 1 jumps by 40 000 pages; process 2 asks for something half as far away.
  for (std::uint64_t i = 0; i < 12; ++i) {
    scene.submit_as(1, (i % 2) * 40'000 * page);
    scene.queue->unplug();
    scene.run_until(scene.engine.now() + 2_ms);
  }
  scene.disk->started.clear();
  scene.disk->started_at.clear();
  const kev::Instant start = scene.engine.now();
  scene.submit_as(1, 40'001 * page);
  scene.submit_as(2, 20'000 * page);
  scene.queue->unplug();
  scene.run_until(start + 3_ms);
  CHECK(scene.disk->started.size() == 2);
}

TEST_CASE("when processes keep exiting, the next is not waited for") {
  for (const int reads_before : {0, 2}) {
    INFO(reads_before << " reads before");
    Scene scene;
    int waited = 0;
    for (std::uint32_t process = 1; process <= 12; ++process) {
      read_regularly(scene, process, 3_ms, reads_before);
      const kev::Instant start = scene.engine.now();
      scene.disk->started.clear();
      scene.submit_as(process, static_cast<std::uint64_t>(reads_before) * page);
      scene.submit_as(100, far + process * page);
      scene.queue->unplug();
      scene.queue->process_exited(process);
      scene.run_until(start + 4_ms);
      waited += scene.disk->started.size() == 1;
      scene.run_until(start + 200_ms);
    }
    CHECK(waited >= 4);
    CHECK(waited <= 7);
  }
}

TEST_CASE("a read older than 125 ms goes first") {
  Scene scene(10_ms);
  scene.submit_as(2, far);
  // Process 1 always has its next request ready.
  for (std::uint64_t i = 0; i < 40; ++i) scene.submit_as(1, i * page);
  scene.queue->unplug();
  scene.engine.run();
  // Expiry is looked at once in 125 ms: first at 130 ms, when 125 ms are just over.
  CHECK(scene.disk->started[13].sector == far);
}

TEST_CASE("reads and writes alternate in batches") {
  Scene scene(10_ms);
  SECTION("a batch of reads goes on for 500 ms") {
    for (std::uint64_t i = 0; i < 80; ++i) scene.submit_as(1, i * page);
    scene.submit_as(2, far, true);
    scene.queue->unplug();
    scene.engine.run();
    std::size_t first_write = 0;
    while (!scene.disk->started[first_write].write) ++first_write;
    CHECK(first_write == 51);
  }
  SECTION("a batch of writes ends after its number of requests") {
    for (std::uint64_t i = 0; i < 40; ++i) scene.submit_as(2, far + i * page, true);
    scene.queue->unplug();
    scene.run_until(5_ms);  // the first write is at the disk
    for (std::uint64_t i = 0; i < 4; ++i) scene.submit_as(1, i * page);
    scene.engine.run();
    std::size_t first_read = 0;
    while (scene.disk->started[first_read].write) ++first_read;
    CHECK(first_read == 12);  // 125 ms / 10
  }
}

TEST_CASE("the next batch begins when nothing of the old one is at the disk") {
  Scene scene(10_ms, 4);
  scene.submit_as(2, far, true);
  scene.submit_as(2, 2 * far, true);
  scene.queue->unplug();
  scene.run_until(2_ms);
  scene.submit_as(1, 0);
  scene.queue->unplug();  // the disk has room for two more
  scene.engine.run();
  CHECK(scene.order() == "W10000000@0 W20000000@0 R0@10");
}

TEST_CASE("antic_expire of zero keeps the disk busy") {
  Scene scene;
  scene.tuning.antic_expire = 0_ms;
  scene.disk = &scene.open_plain(1_ms, "anticipatory", one_page_requests());
  scene.near_and_far();
  scene.engine.run();
  CHECK(scene.order() == "R0@0 R10000000@1");
}

TEST_CASE("who is waited for may have a request beyond the limit") {
  Rig rig;
  sim::BlockParams params = one_page_requests();
  params.nr_requests = 4;
  rig.open_plain(1_ms, "anticipatory", params);
  rig.submit_as(1, 0);
  for (std::uint64_t i = 0; i < 3; ++i) rig.submit_as(2, far + i * page);
  rig.queue->unplug();
  rig.run_until(3_ms);  // process 1 is waited for
  rig.submit_as(3, 3 * far);
  REQUIRE(rig.queue->full(false));
  sim::Bio& stranger = rig.make_bio(5 * far, 8);
  stranger.process = 4;
  CHECK_FALSE(rig.queue->may_submit(stranger));
  stranger.process = 1;
  CHECK(rig.queue->may_submit(stranger));
}

TEST_CASE("only the last merged request takes a read in front, as in 2.6.18") {
  Rig rig;
  sim::BlockParams params = one_page_requests();
  params.max_sectors_kb = 512;
  PlainDisk& disk = rig.open_plain(1_ms, "anticipatory", params);
  rig.submit_as(1, 100 * page);
  rig.submit_as(1, 99 * page);  // the last merged: joins
  rig.submit_as(1, 500 * page);
  rig.submit_as(1, 501 * page);  // now this one is
  rig.submit_as(1, 98 * page);   // looked for in the wrong order
  rig.queue->unplug();
  rig.engine.run();
  REQUIRE(disk.started.size() == 3);
}
