// Read-ahead and the segmented cache of the hard disk, on a disk with round numbers.

#include <catch2/catch.hpp>

#include "sim/block/hdd.hpp"
#include "tests/block/support.hpp"

using namespace kev::literals;
using sim::HddSpec;
using sim::ReadAhead;

namespace {

/// 10 ms a turn, 100 sectors of 0.1 ms, 10 surfaces, no skew and no switch time: a million sectors
/// in one long stream. Overheads are 1 ms (hit: 0.2 ms), a sector crosses the bus in 1 us.
HddSpec round_numbers() {
  HddSpec spec;
  spec.rpm = 6000;
  spec.heads = 10;
  spec.zones = {{0, 999, 100, 0, 0, 0}};
  spec.capacity_sectors = 1'000'000;
  spec.read_miss = sim::always(1_ms);
  spec.write_miss = sim::always(1_ms);
  spec.read_hit = sim::always(200_us);
  spec.read_bus_sector = spec.write_bus_sector = 1_us;
  spec.write_segments = 0;
  spec.read_ahead_after_hit = true;
  spec.segments = 2;
  spec.segment_sectors = 400;
  // Track and cylinder switches must cost nothing: the skew is zero.
  const sim::SeekPoint points[] = {{1, 0_ns}, {2, 5_ms}, {999, 5_ms}};
  spec.seek = sim::SeekCurve::extracted(points, 1000);
  return spec;
}

class Drive {
 public:
  explicit Drive(const HddSpec& spec) : disk_(engine_, spec) {
    disk_.set_done([](void*, sim::DiskRequest&) {}, nullptr);
  }

  /// Service time of one request that starts now.
  std::int64_t access(std::uint64_t sector, std::uint32_t sectors, bool write = false) {
    const kev::Instant begun = engine_.now();
    sim::DiskRequest request{sector, sectors, write, 1};
    disk_.start(request);
    engine_.run();
    return (engine_.now() - begun).ns();
  }
  std::int64_t read(std::uint64_t sector, std::uint32_t sectors) { return access(sector, sectors); }
  void wait(kev::Duration duration) { engine_.advance_to(engine_.now() + duration); }
  /// Whether a read is answered without the media.
  bool hits(std::uint64_t sector, std::uint32_t sectors = 1) {
    return read(sector, sectors) == 200'000 + 1000 * std::int64_t{sectors};
  }

 private:
  sim::Engine engine_;
  sim::Hdd disk_;
};

}  // namespace

TEST_CASE("the drive reads on by itself until the segment is full") {
  Drive drive(round_numbers());
  // Overhead 1 ms; sector 50 passes at 5 ms; ten sectors.
  CHECK(drive.read(50, 10) == 6'001'000);
  drive.wait(20_ms);  // 200 sectors more
  CHECK(drive.hits(60, 10));
  CHECK(drive.hits(70, 100));
  drive.wait(100_ms);
  // Full: 400 sectors from the start of the last request.
  CHECK(drive.hits(70, 400));
  CHECK_FALSE(drive.hits(69));
}

TEST_CASE("a sequential reader waits for the media only") {
  Drive drive(round_numbers());
  drive.read(0, 10);
  // The head goes on at 10 sectors a ms; each request of 10 sectors ends 1 ms after the last one.
  for (std::uint64_t sector = 10; sector < 5000; sector += 10)
    if (drive.read(sector, 10) != 1'000'000) FAIL("at " << sector);
}

TEST_CASE("a late sequential reader is answered from the cache, then the media catch up") {
  Drive drive(round_numbers());
  drive.read(0, 100);
  drive.wait(15_ms);  // 150 sectors are there
  CHECK(drive.hits(100, 100));
  // 0.3 ms later: at most 153 sectors of read-ahead, the rest has to pass.
  const std::int64_t rest = drive.read(200, 100);
  CHECK(rest > 200'000 + 100'000);
  CHECK(rest < 5'000'000);
}

TEST_CASE("a read-ahead that had stopped waits for its sector to come round") {
  Drive drive(round_numbers());
  drive.read(0, 10);   // read-ahead up to 400
  drive.wait(200_ms);  // stopped long ago; the clock stands at 211.001 ms
  CHECK(drive.hits(10, 390));
  // The run goes on only now, at 211.591 ms: sector 400 is the first of its track and passes at 220
  // ms.
  CHECK(drive.read(400, 20) == 222'001'000 - 211'591'000);
}

TEST_CASE("any other request ends the read-ahead") {
  Drive drive(round_numbers());
  drive.read(0, 10);
  drive.read(500'000, 10);
  drive.wait(100_ms);
  CHECK(drive.hits(0, 10));              // what was read stays, in the other segment
  CHECK_FALSE(drive.hits(300, 10));      // but the arm had left
  CHECK_FALSE(drive.hits(500'300, 10));  // and that read took the older segment: a third run
}

TEST_CASE("the beginning comes from the cache, the rest from the media") {
  HddSpec spec = round_numbers();
  spec.segments = 4;
  spec.read_ahead = ReadAhead::none;
  Drive drive(spec);
  drive.read(0, 50);
  drive.read(500'000, 10);
  const std::int64_t time = drive.read(0, 60);
  CHECK(time > 6'000'000);   // overhead and seek for ten sectors
  CHECK(time < 18'000'000);  // at most a turn of waiting
  CHECK(drive.hits(0, 60));
}

TEST_CASE("a run that goes on keeps its segment") {
  HddSpec spec = round_numbers();
  spec.read_ahead = ReadAhead::none;
  Drive drive(spec);
  drive.read(0, 50);
  drive.read(500'000, 50);
  drive.read(50, 50);  // continues the first run: no third segment is needed
  CHECK(drive.hits(500'000, 50));
  CHECK(drive.hits(0, 100));
}

TEST_CASE("read-ahead modes: none, to the end of the track, to the end of the cylinder") {
  const auto cached_after = [](ReadAhead mode) {
    HddSpec spec = round_numbers();
    spec.read_ahead = mode;
    spec.segment_sectors = 4000;
    Drive drive(spec);
    drive.read(1010, 10);
    drive.wait(1_s);
    std::uint64_t end = 1020;
    drive.read(500'000, 1);  // stops it
    while (drive.hits(end)) ++end;
    return end;
  };
  CHECK(cached_after(ReadAhead::none) == 1020);
  CHECK(cached_after(ReadAhead::to_track_end) == 1100);
  CHECK(cached_after(ReadAhead::to_cylinder_end) == 2000);
  CHECK(cached_after(ReadAhead::to_segment_full) == 1010 + 4000);
}

TEST_CASE("without a cache every sequential read misses its sector") {
  HddSpec spec = round_numbers();
  spec.segments = 0;
  Drive drive(spec);
  drive.read(0, 10);
  // From the end of the last one, 1 us of bus included: a whole turn and ten sectors.
  CHECK(drive.read(10, 10) == 11'000'000);
}

TEST_CASE("a segment that is written over is forgotten, others are not") {
  Drive drive(round_numbers());
  drive.read(500'000, 10);
  drive.read(0, 100);
  drive.wait(100_ms);
  drive.access(150, 10, true);
  CHECK(drive.hits(500'000, 10));
  CHECK_FALSE(drive.hits(0, 100));
}

TEST_CASE("read-ahead stops at the end of the disk") {
  Drive drive(round_numbers());
  drive.read(999'900, 50);
  drive.wait(1_s);
  CHECK(drive.hits(999'950, 50));
}

TEST_CASE("the drive's queue takes cached reads first") {
  sim::Engine engine;
  HddSpec spec = round_numbers();
  spec.queue_depth = 4;
  spec.order = sim::DriveOrder::sptf;
  spec.age_limit = 1_s;
  sim::Hdd disk(engine, spec);
  std::vector<std::uint32_t> order;
  disk.set_done(
      [](void* self, sim::DiskRequest& request) {
        static_cast<std::vector<std::uint32_t>*>(self)->push_back(request.id);
      },
      &order);
  sim::DiskRequest first{0, 10, false, 1};
  sim::DiskRequest other{700'000, 10, false, 2};
  sim::DiskRequest next{10, 10, false, 3};
  sim::DiskRequest again{4, 2, false, 4};
  disk.start(first);
  disk.start(other);
  disk.start(next);
  disk.start(again);
  engine.run();
  CHECK(order == std::vector<std::uint32_t>{1, 3, 4, 2});
}

TEST_CASE(
    "shortest seek first looks at cylinders alone, shortest positioning time at the angle too") {
  const auto served = [](sim::DriveOrder order_by) {
    sim::Engine engine;
    HddSpec spec = round_numbers();
    spec.read_ahead = ReadAhead::none;
    spec.queue_depth = 4;
    spec.order = order_by;
    sim::Hdd disk(engine, spec);
    std::vector<std::uint32_t> order;
    disk.set_done(
        [](void* self, sim::DiskRequest& request) {
          static_cast<std::vector<std::uint32_t>*>(self)->push_back(request.id);
        },
        &order);
    sim::DiskRequest first{0, 10, false, 1};   // done at 11 ms
    sim::DiskRequest far{3075, 1, false, 2};   // 5 ms of seek, then half a ms of waiting
    sim::DiskRequest near{1015, 1, false, 3};  // no seek, but just missed
    for (sim::DiskRequest* request : {&first, &far, &near}) disk.start(*request);
    engine.run();
    return order;
  };
  CHECK(served(sim::DriveOrder::fcfs) == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(served(sim::DriveOrder::sstf) == std::vector<std::uint32_t>{1, 3, 2});
  CHECK(served(sim::DriveOrder::sptf) == std::vector<std::uint32_t>{1, 2, 3});
}
