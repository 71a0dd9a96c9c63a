// CFQ against times worked out by hand from the rules of Linux 2.6.18.
//
// The disk takes one request at a time; "R10@3" is a read of page 10 that reached it in the third
// millisecond. Process p reads from page p * 1 000 000 on.

#include <catch2/catch.hpp>

#include "tests/block/support.hpp"

using namespace kev::literals;
using sim::IoClass;
using sim::IoPriority;
using sim::test::one_page_requests;
using sim::test::PlainDisk;
using sim::test::Rig;
using sim::test::timed_order;

namespace {

constexpr std::uint64_t page = 8;

struct Scene : Rig {
  explicit Scene(kev::Duration service, std::uint32_t depth = 1,
                 const sim::ElevatorTuning& tunables = {}) {
    tuning = tunables;
    sim::BlockParams params = one_page_requests();
    params.queue_depth = depth;
    disk = &open_plain(service, "cfq", params);
  }
  /// So many reads, or asynchronous writes, one after the other on the disk.
  void queue_up(std::uint32_t process, int count, bool write = false, IoPriority priority = {}) {
    for (int i = 0; i < count; ++i)
      submit_as(process, process * 1'000'000 * page + static_cast<std::uint64_t>(done++) * page,
                write, priority);
  }
  /// "1x12 2x12": who was served, and how often in a row.
  [[nodiscard]] std::string turns() const {
    std::string text;
    std::uint64_t last = 0;
    int count = 0;
    for (const sim::DiskRequest& request : disk->started) {
      const std::uint64_t process = request.sector / (1'000'000 * page);
      if (process != last && count != 0)
        text += std::to_string(last) + 'x' + std::to_string(std::exchange(count, 0)) + ' ';
      last = process;
      ++count;
    }
    return text + std::to_string(last) + 'x' + std::to_string(count);
  }
  [[nodiscard]] std::string run() {
    queue->unplug();
    engine.run();
    return turns();
  }
  [[nodiscard]] std::string order() const { return timed_order(*disk); }

  PlainDisk* disk;
  int done = 0;
};

IoPriority level(std::uint8_t of) {
  return {IoClass::best_effort, of};
}

}  // namespace

TEST_CASE("processes take turns, 100 ms each, in rounds of four requests") {
  Scene scene(10_ms);
  scene.queue_up(1, 30);
  scene.queue_up(2, 30);
  // A round begun at 80 ms lasts until 120.
  CHECK(scene.run() == "1x12 2x12 1x12 2x12 1x6 2x6");
}

TEST_CASE("slices follow the level: 180 ms at 0, 40 ms at 7") {
  Scene scene(10_ms);
  scene.queue_up(1, 40, false, level(0));
  scene.queue_up(2, 12, false, level(7));
  // Level 0 comes up alone, then levels 0 and 1, and so on: level 7 is the last to have a turn.
  CHECK(scene.run() == "1x40 2x12");
}

TEST_CASE("levels come up as 0; 0, 1; 0, 1, 2") {
  Scene scene(10_ms);
  scene.queue_up(1, 80, false, level(0));
  scene.queue_up(2, 80, false, level(1));
  const std::string turns = scene.run();
  // Slices of 180 and 160 ms are five and four rounds and a bit.
  CHECK(turns.substr(0, 27) == "1x40 2x20 1x20 2x20 1x20 2x");
}

TEST_CASE("the disk is kept for the process whose turn it is, for 8 ms") {
  Scene scene(1_ms);
  scene.submit_as(1, 1000 * page);
  scene.submit_as(2, 2000 * page);
  scene.queue->unplug();
  SECTION("it comes back") {
    scene.run_until(4_ms);
    scene.submit_as(1, 1001 * page);
    scene.run_until(5_ms);
    CHECK(scene.order() == "R1000@0 R1001@4");
  }
  SECTION("it does not") {
    scene.engine.run();
    CHECK(scene.order() == "R1000@0 R2000@9");
  }
  SECTION("it has exited") {
    scene.queue->process_exited(1);
    scene.engine.run();
    CHECK(scene.order() == "R1000@0 R2000@1");
  }
  SECTION("it goes on to an asynchronous write instead") {
    scene.run_until(4_ms);
    scene.submit_as(1, 5000 * page, true);
    scene.run_until(5_ms);
    CHECK(scene.order() == "R1000@0 R2000@4");
  }
}

TEST_CASE("slice_idle of zero keeps the disk busy") {
  sim::ElevatorTuning tuning;
  tuning.slice_idle = 0_ms;
  Scene scene(1_ms, 1, tuning);
  scene.submit_as(1, 1000 * page);
  scene.submit_as(2, 2000 * page);
  scene.queue->unplug();
  scene.engine.run();
  CHECK(scene.order() == "R1000@0 R2000@1");
}

TEST_CASE("no idling for who thinks too long, and 2 ms for who seeks") {
  struct Habit {
    const char* story;
    kev::Duration pause;
    std::uint64_t jump_pages;
    const char* then;  ///< when the other process is served, in ms after the first's request
  };
  const Habit habits[] = {
      {"quick and near", 3_ms, 1, "9"}, {"slow", 30_ms, 1, "1"}, {"far", 3_ms, 100'000, "3"}};
  for (const Habit& habit : habits) {
    INFO(habit.story);
    Scene scene(1_ms);
    for (std::uint64_t i = 0; i < 30; ++i) {
      scene.submit_as(1, (1000 + i * habit.jump_pages) * page);
      scene.queue->unplug();
      scene.run_until(scene.engine.now() + habit.pause);
    }
    scene.run_until(scene.engine.now() + (habit.pause > 10_ms ? 30_ms : 0_ms));
    scene.disk->started.clear();
    scene.disk->started_at.clear();
    const kev::Instant start = scene.engine.now();
    scene.submit_as(1, 2000 * page);
    scene.submit_as(2, 0);
    scene.queue->unplug();
    scene.engine.run();
    REQUIRE(scene.disk->started.size() == 2);
    const std::int64_t waited = (scene.disk->started_at[1] - start).ns() / 1'000'000;
    CHECK(std::to_string(waited) == habit.then);
  }
}

TEST_CASE("asynchronous writes have one queue, served for sixteen requests at the middle level") {
  Scene scene(1_ms);
  scene.queue_up(1, 20, true);
  scene.queue_up(2, 20, true);
  scene.queue_up(3, 4);
  scene.queue->unplug();
  scene.run_until(30_ms);
  const std::string turns = scene.turns();
  // Process 1's and 2's writes share a queue; sixteen of them go before the reader's turn.
  CHECK(turns.substr(0, 4) == "1x16");
  CHECK(turns.substr(5, 3) == "3x4");
}

TEST_CASE("the real-time class goes first, the idle class when nobody had the disk for 100 ms") {
  Scene scene(10_ms);
  scene.queue_up(3, 2, false, {IoClass::idle, 7});
  scene.queue_up(2, 2);
  scene.queue_up(1, 2, false, {IoClass::real_time, 4});
  scene.queue->unplug();
  scene.engine.run();
  // Idling for process 1 begins when its first request ends (nothing of it is queued then), and is
  // over before its second one ends.
  CHECK(scene.order() ==
        "R1000004@0 R1000005@10 R2000002@20 R2000003@30 R3000000@140 R3000001@150");
}

TEST_CASE("a synchronous request preempts the idle class") {
  Scene scene(10_ms);
  scene.queue_up(3, 3, false, {IoClass::idle, 7});
  scene.queue->unplug();
  scene.run_until(105_ms);
  scene.queue_up(1, 1);
  scene.engine.run();
  CHECK(scene.turns() == "3x1 1x1 3x2");
}

TEST_CASE("within a queue: the nearest, but once a slice the oldest if it has expired") {
  Scene scene(10_ms);
  scene.submit_as(1, 900'000 * page);
  for (std::uint64_t i = 0; i < 30; ++i) scene.submit_as(1, (1 + i) * page);
  scene.queue->unplug();
  scene.engine.run();
  // Older than 125 ms at the round that begins at 160.
  CHECK(scene.disk->started[15].sector == 16 * page);
  bool early = false;
  for (std::size_t i = 16; i < 20; ++i)
    early = early || scene.disk->started[i].sector == 900'000 * page;
  CHECK(early);
}

TEST_CASE("a round is sorted: ahead of the arm first") {
  Scene scene(1_ms);
  for (const std::uint64_t where : {500U, 100U, 300U, 200U}) scene.submit_as(1, where * page);
  scene.queue->unplug();
  scene.engine.run();
  CHECK(sim::test::order_of(*scene.disk) == "R100 R200 R300 R500");
}

TEST_CASE("short ways back count twice") {
  Scene scene(1_ms);
  sim::ElevatorTuning tuning;
  tuning.quantum = 1;
  scene.tuning = tuning;
  scene.disk = &scene.open_plain(1_ms, "cfq", one_page_requests());
  for (const std::uint64_t where : {1000U, 1100U, 960U}) scene.submit_as(1, where * page);
  scene.queue->unplug();
  scene.engine.run();
  // From the end of 960 the way is up. With the arm at 1001: 99 up to 1100.
  CHECK(sim::test::order_of(*scene.disk) == "R960 R1000 R1100");
}

TEST_CASE("a bio joins in front of its own process's requests only, behind anybody's") {
  Rig rig;
  sim::BlockParams params = one_page_requests();
  params.max_sectors_kb = 512;
  PlainDisk& disk = rig.open_plain(1_ms, "cfq", params);
  rig.submit_as(1, 1000 * page);
  rig.submit_as(3, 5000 * page);
  rig.submit_as(3, 5001 * page);  // the last merged is out of the way
  SECTION("in front, another process") {
    rig.submit_as(2, 999 * page);
    rig.queue->unplug();
    rig.engine.run();
    CHECK(disk.started.size() == 3);
  }
  SECTION("in front, the same") {
    rig.submit_as(1, 999 * page);
    rig.queue->unplug();
    rig.engine.run();
    CHECK(disk.started.size() == 2);
  }
  SECTION("behind, another process") {
    rig.submit_as(2, 1001 * page);
    rig.queue->unplug();
    rig.engine.run();
    CHECK(disk.started.size() == 2);
  }
}
