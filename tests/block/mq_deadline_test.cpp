// mq-deadline against orders worked out by hand from the rules of Linux 6.1.
//
// All is queued while the queue is plugged; the disk takes one request at a time.

#include <catch2/catch.hpp>

#include "tests/block/support.hpp"

using namespace kev::literals;
using sim::IoClass;
using sim::IoPriority;
using sim::test::one_page_requests;
using sim::test::order_of;
using sim::test::PlainDisk;
using sim::test::Rig;

namespace {

constexpr IoPriority real_time{IoClass::real_time, 4};
constexpr IoPriority best_effort{IoClass::best_effort, 4};
constexpr IoPriority idle{IoClass::idle, 7};

struct Scene : Rig {
  explicit Scene(kev::Duration service = 1_ms, const sim::ElevatorTuning& tunables = {}) {
    tuning = tunables;
    disk = &open_plain(service, "mq-deadline", one_page_requests());
  }
  void read(std::uint64_t page, IoPriority priority = {}) {
    submit_as(1, page * 8, false, priority);
  }
  void write(std::uint64_t page, IoPriority priority = {}) {
    submit_as(1, page * 8, true, priority);
  }
  std::string run() {
    queue->unplug();
    engine.run();
    return order_of(*disk);
  }

  PlainDisk* disk;
};

}  // namespace

TEST_CASE("a batch begins with the oldest and goes on upwards") {
  Scene scene;
  for (const std::uint64_t page : {50U, 10U, 90U, 20U}) scene.read(page);
  CHECK(scene.run() == "R50 R90 R10 R20");
}

TEST_CASE("gaps do not end a batch, sixteen requests do") {
  Scene scene;
  scene.write(5000);
  for (std::uint64_t i = 0; i < 40; ++i) scene.read(i * 10);
  const std::string order = scene.run();
  // Two choices of reads (0 to 150 and 160 to 310), then the write.
  CHECK(order.find("R310 W5000 R320") != std::string::npos);
}

TEST_CASE("each direction goes on where it stopped") {
  Scene scene;
  for (std::uint64_t i = 0; i < 40; ++i) scene.read(i * 10);
  for (std::uint64_t i = 0; i < 3; ++i) scene.write(5000 + i * 10);
  const std::string order = scene.run();
  CHECK(order.find("W5020 R320 R330") != std::string::npos);
}

TEST_CASE("what has expired goes before what lies further up") {
  // 50 ms each; batches of sixteen end at 800 ms, when R5 has waited for more than 500.
  Scene scene(50_ms);
  for (std::uint64_t i = 1; i <= 20; ++i) scene.read(i * 10);
  scene.queue->unplug();
  scene.run_until(10_ms);
  scene.read(5);
  const std::string order = scene.run();
  // At 750 ms the batch ends; the oldest of those left is R170, R5 came later.
  CHECK(order ==
        "R10 R20 R30 R40 R50 R60 R70 R80 R90 R100 R110 R120 R130 R140 R150 R160 "
        "R170 R180 R190 R200 R5");
}

TEST_CASE("an expired request is preferred to going on upwards") {
  sim::ElevatorTuning tuning;
  tuning.fifo_batch = 2;
  Scene scene(300_ms, tuning);
  scene.read(50);
  scene.queue->unplug();  // at the disk; nothing else yet, so the next one is taken ahead
  scene.read(60);
  scene.read(10);
  scene.read(70);
  scene.read(80);
  // R60 was taken when R50 ended a batch of its own; at 600 ms R10 has expired.
  CHECK(scene.run() == "R50 R60 R70 R10 R80");
}

TEST_CASE("writes wait for at most two choices of reads") {
  sim::ElevatorTuning tuning;
  tuning.fifo_batch = 1;
  Scene scene(1_ms, tuning);
  for (std::uint64_t i = 1; i <= 5; ++i) scene.read(i * 10);
  for (std::uint64_t i = 1; i <= 2; ++i) scene.write(500 + i * 10);
  CHECK(scene.run() == "R10 R20 W510 R30 R40 W520 R50");
}

TEST_CASE("classes are served in order: real time, best effort and none, idle") {
  Scene scene;
  scene.read(10, idle);
  scene.read(20);
  scene.read(30, real_time);
  scene.read(40, best_effort);
  scene.write(50, real_time);
  CHECK(scene.run() == "R30 W50 R20 R40 R10");
}

TEST_CASE("a lower class waits while a higher one is at the disk") {
  Rig rig;
  sim::BlockParams params = one_page_requests();
  params.queue_depth = 4;
  PlainDisk& disk = rig.open_plain(10_ms, "mq-deadline", params);
  rig.submit_as(1, 0, false, real_time);
  rig.submit_as(2, 800, false, idle);
  rig.queue->unplug();
  rig.run_until(9_ms);
  CHECK(disk.started.size() == 1);
  rig.engine.run();
  CHECK(disk.started.size() == 2);
}

TEST_CASE("after prio_aging_expire a lower class is served in between") {
  sim::ElevatorTuning tuning;
  tuning.prio_aging_expire = 25_ms;
  Scene scene(10_ms, tuning);
  scene.read(1000, idle);
  for (std::uint64_t i = 1; i <= 6; ++i) scene.read(i * 10, real_time);
  // One request is taken ahead of the disk: what is chosen at 30 ms reaches it at 40.
  CHECK(scene.run() == "R10 R20 R30 R40 R1000 R50 R60");
}

TEST_CASE("bios join requests of their own priority only") {
  Rig rig;
  sim::BlockParams params = one_page_requests();
  params.max_sectors_kb = 512;
  PlainDisk& disk = rig.open_plain(1_ms, "mq-deadline", params);
  rig.submit_as(1, 800, false, best_effort);
  rig.submit_as(1, 808, false, idle);
  rig.submit_as(1, 816, false, idle);
  rig.queue->unplug();
  rig.engine.run();
  REQUIRE(disk.started.size() == 2);
  CHECK(disk.started[1].sectors == 16);
}

TEST_CASE("front_merges of zero: no bio joins in front, but for the request merged last") {
  Rig rig;
  rig.tuning.front_merges = 0;
  sim::BlockParams params = one_page_requests();
  params.max_sectors_kb = 512;
  PlainDisk& disk = rig.open_plain(1_ms, "mq-deadline", params);
  rig.submit_as(1, 800);
  rig.submit_as(1, 8000);
  rig.submit_as(1, 7992);
  rig.queue->unplug();
  rig.engine.run();
  CHECK(disk.started.size() == 3);
}

TEST_CASE("one request is taken from the elevator before the disk has room for it") {
  Scene scene(10_ms);
  scene.write(100);
  scene.write(900);
  scene.queue->unplug();  // W100 at the disk, W900 taken
  scene.read(10);
  CHECK(scene.run() == "W100 W900 R10");
}
