// What a drive's parameters mean, one by one, on a disk with round numbers.

#include <catch2/catch.hpp>

#include "sim/block/hdd_controller.hpp"

using namespace kev::literals;
using sim::FastWrite;
using sim::HddController;
using sim::HddSpec;
using sim::ReadAhead;

namespace {

constexpr std::int64_t us = 1000;
constexpr std::int64_t ms = 1'000'000;

/// 10 ms a turn, 100 sectors of 0.1 ms, 10 surfaces, no skew, no switch time. A sector crosses the
/// bus in 1 us. Nothing else takes time, nothing is read ahead.
HddSpec plain() {
  HddSpec spec;
  spec.rpm = 6000;
  spec.heads = 10;
  spec.zones = {{0, 999, 100, 0, 0, 0}};
  spec.capacity_sectors = 1'000'000;
  const sim::SeekPoint points[] = {{1, 0_ns}, {2, 5_ms}, {999, 5_ms}};
  spec.seek = sim::SeekCurve::extracted(points, 1000);
  spec.read_bus_sector = spec.write_bus_sector = 1_us;
  spec.segments = 3;
  spec.segment_sectors = 400;
  spec.read_ahead = ReadAhead::none;
  return spec;
}

/// Requests at chosen instants; each must be done before the next.
class Drive {
 public:
  explicit Drive(const HddSpec& spec) : controller_(spec) {}

  /// Service time.
  std::int64_t read(std::int64_t at, std::uint64_t sector, std::uint32_t sectors) {
    return serve(at, sector, sectors, false);
  }
  std::int64_t write(std::int64_t at, std::uint64_t sector, std::uint32_t sectors) {
    return serve(at, sector, sectors, true);
  }
  /// Whether a read of one sector is answered from the cache.
  bool hits(std::int64_t at, std::uint64_t sector) {
    controller_.advance(at);
    return controller_.cached(sector);
  }

 private:
  std::int64_t serve(std::int64_t at, std::uint64_t sector, std::uint32_t sectors, bool write) {
    controller_.advance(at);
    return controller_.serve(controller_.command(sector, sectors, write), at) - at;
  }

  HddController controller_;
};

}  // namespace

TEST_CASE("overheads depend on kind, hit or miss, and the request before") {
  HddSpec spec = plain();
  spec.fast_write = FastWrite::any;
  spec.read_hit = {100_us, 200_us};
  spec.read_miss = {300_us, 400_us};
  spec.write_hit = {500_us, 600_us};
  Drive drive(spec);
  // At the first sector of the turn; the head waits for sector 10, which begins at 1 ms.
  CHECK(drive.read(0, 10, 1) == 1'101 * us);  // a miss hides in the wait
  CHECK(drive.read(20 * ms, 10, 1) == 101 * us);
  CHECK(drive.write(40 * ms, 500, 1) == 501 * us);
  CHECK(drive.write(60 * ms, 700, 1) == 601 * us);
  CHECK(drive.read(80 * ms, 10, 1) == 201 * us);
  // 0.3 ms before sector 4: just enough after a read, not after a write.
  CHECK(drive.read(100 * ms + 100 * us, 4, 1) == 401 * us);
  drive.write(140 * ms, 800, 1);
  CHECK(drive.read(160 * ms + 100 * us, 104, 1) == 10'401 * us);
}

TEST_CASE("a write that waits for the media takes its own overhead") {
  HddSpec spec = plain();
  spec.write_miss = {300_us, 500_us};
  Drive drive(spec);
  CHECK(drive.write(0, 4, 1) == 500 * us);                  // sector 4 begins at 0.4 ms
  CHECK(drive.write(20 * ms, 4, 1) == 10 * ms + 500 * us);  // just missed
}

TEST_CASE("reads may wait until a share of the data is there before they take the bus") {
  HddSpec spec = plain();
  spec.read_bus_sector = 1_ms;  // the bus is slower than the media
  const auto ten = [](const HddSpec& of) { return Drive(of).read(0, 0, 10); };
  CHECK(ten(spec) == 10 * ms + 100 * us);  // from the first sector on
  spec.bus.high_water_permille = 500;
  CHECK(ten(spec) == 10 * ms + 500 * us);
  spec.bus.water_by_segment = true;  // half a segment is more than there is
  CHECK(ten(spec) == 10 * ms + 1000 * us);
}

TEST_CASE("leaving the bus and coming back costs") {
  HddSpec spec = plain();
  spec.bus.data_preparation = 10_us;
  spec.bus.first_reselect = 20_us;
  spec.bus.read_disconnect = sim::always(30_us);
  spec.bus.read_completion = 40_us;
  const auto one = [](const HddSpec& of, std::uint64_t sector) {
    return Drive(of).read(0, sector, 1);
  };
  CHECK(one(spec, 5) == (600 + 10 + 20 + 1 + 40) * us);
  spec.bus.read_disconnect = sim::always(2_ms);  // still leaving when the data are there
  CHECK(one(spec, 5) == (2000 + 10 + 20 + 1 + 40) * us);
  spec.bus.never_disconnect = true;
  CHECK(one(spec, 5) == (600 + 10 + 1 + 40) * us);
}

TEST_CASE("a drive that leaves the bus before a write's data") {
  HddSpec spec = plain();
  spec.write_miss = sim::always(7_ms);  // not used then
  spec.bus.extra_write_disconnect = true;
  spec.bus.extra_command = 100_us;
  spec.bus.extra_disconnect = 200_us;
  spec.bus.extra_pause = 100_us;
  spec.bus.first_reselect = 400_us;
  spec.bus.other_reselect = 50_us;
  spec.bus.write_completion = 5_us;
  spec.minimum_write_seek = 1_ms;
  // Data cross the bus from 0.8 ms on, the arm is not there before 1.1 ms.
  CHECK(Drive(spec).write(0, 12, 1) == 1300 * us + 55 * us);
  CHECK(Drive(spec).write(0, 10, 1) == 11'100 * us + 55 * us);
  spec.minimum_write_seek = 0_ms;
  CHECK(Drive(spec).write(0, 10, 1) == 1100 * us + 55 * us);
  spec.bus.extra_pause = 300_us;  // the data come 1 us too late
  CHECK(Drive(spec).write(0, 10, 1) == 11'100 * us + 55 * us);
}

TEST_CASE("a drive that is still leaving the bus comes back later to say that it is done") {
  HddSpec spec = plain();
  spec.bus.write_disconnect = 5_ms;
  CHECK(Drive(spec).write(0, 4, 1) == 5001 * us);
}

TEST_CASE("a fast write stops the read-ahead, or lets it end") {
  HddSpec spec = plain();
  spec.fast_write = FastWrite::any;
  spec.read_ahead = ReadAhead::to_segment_full;
  for (const bool stops : {false, true}) {
    INFO(stops);
    spec.write_stops_read_ahead = stops;
    Drive drive(spec);
    drive.read(0, 0, 10);
    CHECK(drive.write(2 * ms, 50'000, 1) == 1 * us);
    CHECK(drive.hits(1000 * ms, 300) != stops);
  }
}

TEST_CASE("fast write levels: when a write that does not go on is done") {
  const auto second = [](FastWrite level, std::uint64_t sector) {
    HddSpec spec = plain();
    spec.fast_write = level;
    Drive drive(spec);
    drive.write(0, 50, 10);  // on the media at 6 ms
    return drive.write(1 * ms, sector, 10);
  };
  CHECK(second(FastWrite::any, 60) == 10 * us);  // goes on
  CHECK(second(FastWrite::appending, 60) == 10 * us);
  CHECK(second(FastWrite::any, 80) == 5 * ms + 10 * us);  // when the first is written
  CHECK(second(FastWrite::appending, 80) == 8 * ms);      // when it is written itself
  CHECK(second(FastWrite::none, 80) == 8 * ms);
}

TEST_CASE("fast writes: whatever follows waits until the media have them") {
  HddSpec spec = plain();
  spec.fast_write = FastWrite::any;
  spec.write_segments = 2;
  Drive drive(spec);
  CHECK(drive.write(0, 50, 10) == 10 * us);
  CHECK(drive.read(1 * ms, 50, 1) == 5 * ms + 1 * us);  // a hit, after 6 ms
  CHECK(drive.write(100 * ms, 50, 10) == 10 * us);
  CHECK(drive.read(101 * ms, 70, 1) == 6'101 * us);  // sector 70 begins at 7 ms
  // Appended data go to the media in the same pass.
  CHECK(drive.write(200 * ms, 50, 10) == 10 * us);
  CHECK(drive.write(201 * ms, 60, 10) == 10 * us);
  CHECK(drive.read(202 * ms, 75, 1) == 5'601 * us);
}

TEST_CASE("more than a segment is not written fast") {
  HddSpec spec = plain();
  spec.fast_write = FastWrite::any;
  CHECK(Drive(spec).write(0, 0, 400) == 400 * us);
  // The first sector comes 1 us too late over the bus: a turn.
  CHECK(Drive(spec).write(0, 0, 401) == 50'100 * us);
}

TEST_CASE("written data may be read from the cache, or not") {
  HddSpec spec = plain();
  Drive keeps(spec);
  keeps.write(0, 50, 10);
  CHECK(keeps.hits(20 * ms, 55));
  spec.read_written_data = false;
  Drive forgets(spec);
  forgets.write(0, 50, 10);
  CHECK_FALSE(forgets.hits(20 * ms, 55));
}

TEST_CASE("track-ahead with segments longer than a track reads on for any reader") {
  HddSpec spec = plain();
  spec.read_ahead = ReadAhead::track_ahead;
  Drive drive(spec);
  drive.read(0, 10, 10);
  CHECK(drive.hits(1000 * ms, 409));
  CHECK_FALSE(drive.hits(1000 * ms, 411));
}

TEST_CASE("track-ahead with shorter segments reads on for streams, a track ahead at most") {
  HddSpec spec = plain();
  spec.read_ahead = ReadAhead::track_ahead;
  spec.segment_sectors = 90;
  Drive drive(spec);
  drive.read(0, 10, 10);
  CHECK_FALSE(drive.hits(1000 * ms, 21));
  drive.read(1000 * ms, 20, 10);  // goes on where that ended
  CHECK(drive.hits(2000 * ms, 100));
  CHECK_FALSE(drive.hits(2000 * ms, 112));

  drive.read(3000 * ms, 500'000, 10);
  drive.read(3100 * ms, 500'012, 10);  // not quite
  CHECK_FALSE(drive.hits(4000 * ms, 500'023));
}

TEST_CASE("read-ahead may replace what was asked for, or stops before") {
  HddSpec spec = plain();
  spec.read_ahead = ReadAhead::to_segment_full;
  Drive keeps(spec);
  keeps.read(0, 0, 10);
  CHECK(keeps.hits(1000 * ms, 0));
  CHECK_FALSE(keeps.hits(1000 * ms, 401));
  spec.read_ahead_over_requested = true;
  Drive replaces(spec);
  replaces.read(0, 0, 10);
  CHECK_FALSE(replaces.hits(1000 * ms, 0));
  CHECK(replaces.hits(1000 * ms, 409));
  spec.read_ahead_max = 20;
  Drive limited(spec);
  limited.read(0, 0, 10);
  CHECK(limited.hits(1000 * ms, 29));
  CHECK_FALSE(limited.hits(1000 * ms, 31));
}

TEST_CASE("a least read-ahead keeps the arm from the next request") {
  HddSpec spec = plain();
  spec.read_ahead = ReadAhead::to_segment_full;
  const auto second = [](const HddSpec& of) {
    Drive drive(of);
    drive.read(0, 0, 10);
    return drive.read(1'500 * us, 550, 1);  // sector 50 of another track begins at 5 ms
  };
  CHECK(second(spec) == 3'601 * us);
  spec.read_ahead_min = 60;  // up to 7 ms
  CHECK(second(spec) == 13'601 * us);
}

TEST_CASE("read-ahead begins again after a hit, or does not") {
  HddSpec spec = plain();
  spec.read_ahead = ReadAhead::to_segment_full;
  for (const bool again : {false, true}) {
    INFO(again);
    spec.read_ahead_after_hit = again;
    Drive drive(spec);
    drive.read(0, 0, 10);
    drive.read(1000 * ms, 200, 10);  // a hit, long after the read-ahead has ended
    CHECK(drive.hits(2000 * ms, 590) == again);
  }
}

TEST_CASE("free blocks: what passes before the sector asked for is kept") {
  HddSpec spec = plain();
  Drive without(spec);
  without.read(500 * us, 50, 1);
  CHECK_FALSE(without.hits(50 * ms, 49));
  spec.read_free_blocks = true;
  Drive with(spec);
  with.read(500 * us, 50, 1);  // the head comes down before sector 5
  CHECK(with.hits(50 * ms, 5));
  CHECK_FALSE(with.hits(50 * ms, 4));
}

TEST_CASE("zero-latency access begins with the sector that passes first") {
  HddSpec spec = plain();
  spec.segments = 0;
  // All of a track, but the head comes down in its middle: a turn and a half, or a turn.
  CHECK(Drive(spec).read(5 * ms, 0, 100) == 15'001 * us);
  spec.zero_latency_read = true;
  // Sectors 0 to 49 come last, and cross the bus before those that were there first.
  CHECK(Drive(spec).read(5 * ms, 0, 100) == 10 * ms + 51 * us);
  CHECK(Drive(spec).read(5 * ms, 60, 10) == 2'001 * us);  // it comes down before the request

  spec.write_bus_sector = 0_ns;
  CHECK(Drive(spec).write(5 * ms, 0, 100) == 15 * ms);
  spec.zero_latency_write = true;
  CHECK(Drive(spec).write(5 * ms, 0, 100) == 10 * ms);
}

TEST_CASE("a read-ahead is cut off within a sector, or at its end") {
  HddSpec spec = plain();
  spec.read_ahead = ReadAhead::to_segment_full;
  // At 2.05 ms sector 20 is half read. Sector 121 (on the next track) begins at 2.1 ms.
  const auto second = [](const HddSpec& of, std::uint64_t sector) {
    Drive drive(of);
    drive.read(0, 0, 10);
    return drive.read(2'050 * us, sector, 1);
  };
  CHECK(second(spec, 521) == 151 * us);
  spec.head_switch = 50_us;
  CHECK(second(spec, 521) == 151 * us);
  spec.read_ahead_stops_in_sector = false;
  CHECK(second(spec, 521) == 10'151 * us);
}
