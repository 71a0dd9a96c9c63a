// The parts of the disk model on their own: seek curves, geometry, head movement, segment cache.

#include <catch2/catch.hpp>
#include <cmath>

#include "sim/block/hdd_mechanism.hpp"
#include "sim/block/segment_cache.hpp"
#include "sim/engine/random.hpp"

using namespace kev::literals;
using sim::HddGeometry;
using sim::HddHead;
using sim::HddMechanism;
using sim::HddPlace;
using sim::HddSpec;
using sim::SeekCurve;
using sim::SeekPoint;
using sim::SegmentCache;

namespace {

HddSpec profile(const char* name) {
  return sim::find_hdd_profile(name)->spec();
}

/// Two surfaces, ten sectors a track, 1 ms a sector; skews 2 and 3.
HddSpec tiny() {
  HddSpec spec;
  spec.rpm = 6000;  // 10 ms a turn
  spec.heads = 2;
  spec.zones = {{0, 9, 10, 2, 3, 0}, {12, 13, 5, 1, 1, 4}};
  spec.capacity_sectors = 10 * 2 * 10 + 2 * 2 * 5 - 4;
  const SeekPoint points[] = {{1, 1500_us}, {10, 5_ms}};
  spec.seek = SeekCurve::extracted(points, 14);
  spec.head_switch = 1_ms;
  spec.write_settle = 700_us;
  return spec;
}

}  // namespace

TEST_CASE("three-point curve: goes through its points and never falls") {
  constexpr std::uint32_t cylinders = 50'000;
  const SeekCurve curve = SeekCurve::three_point(900_us, 8200_us, 15'500_us, cylinders);
  CHECK(curve.time_ns(0) == 0);
  CHECK(curve.time_ns(1) == 900'000);
  CHECK(std::abs(curve.time_ns(cylinders - 1) - 15'500'000) < 2000);
  double weighted = 0;
  double pairs = 0;
  for (std::uint32_t d = 1; d < cylinders; ++d) {
    if (curve.time_ns(d) < curve.time_ns(d - 1)) FAIL("falls at " << d);
    weighted += static_cast<double>(cylinders - d) * static_cast<double>(curve.time_ns(d));
    pairs += cylinders - d;
  }
  CHECK(weighted / pairs == Approx(8.2e6).epsilon(0.001));
}

TEST_CASE("two-piece curve: HP 97560 after Ruemmler and Wilkes") {
  const SeekCurve curve = SeekCurve::two_piece({383, 3240_us, 400_us, 8000_us, 8_us});
  CHECK(curve.time_ns(0) == 0);
  CHECK(curve.time_ns(1) == 3'640'000);
  CHECK(curve.time_ns(100) == 7'240'000);
  CHECK(curve.time_ns(382) == Approx(3.24e6 + 0.4e6 * std::sqrt(382.0)).margin(2));
  CHECK(curve.time_ns(383) == 11'064'000);
  CHECK(curve.time_ns(1961) == 23'688'000);
}

TEST_CASE("constant and extracted curves") {
  CHECK(SeekCurve::constant(3_ms).time_ns(0) == 0);
  CHECK(SeekCurve::constant(3_ms).time_ns(1) == 3'000'000);
  CHECK(SeekCurve::constant(3_ms).time_ns(99) == 3'000'000);
  const SeekPoint points[] = {{1, 1_ms}, {3, 2_ms}, {5, 6_ms}};
  const SeekCurve curve = SeekCurve::extracted(points, 9);
  CHECK(curve.time_ns(0) == 0);
  CHECK(curve.time_ns(1) == 1'000'000);
  CHECK(curve.time_ns(2) == 1'500'000);
  CHECK(curve.time_ns(4) == 4'000'000);
  CHECK(curve.time_ns(5) == 6'000'000);
  CHECK(curve.time_ns(8) == 12'000'000);  // along the last line
}

TEST_CASE("least_ns is the minimum of its range") {
  const SeekPoint points[] = {{1, 3_ms}, {4, 1_ms}, {8, 6_ms}};
  const SeekCurve curves[] = {
      SeekCurve::extracted(points, 64), SeekCurve::two_piece({20, 3_ms, 2_ms, 5_ms, 10_us}),
      SeekCurve::three_point(1_ms, 3_ms, 6_ms, 64), SeekCurve::constant(2_ms)};
  for (const SeekCurve& curve : curves) {
    for (std::uint32_t first = 0; first < 64; ++first) {
      std::int64_t least = curve.time_ns(first);
      for (std::uint32_t last = first; last < 64; ++last) {
        least = std::min(least, curve.time_ns(last));
        if (curve.least_ns(first, last) != least) FAIL(first << ".." << last);
      }
    }
  }
}

TEST_CASE("sectors fill tracks, cylinders and zones - skew turns each track's start") {
  const HddGeometry geometry{tiny()};
  struct Expected {
    std::uint64_t lba;
    std::uint32_t cylinder, head, sector, first_slot;
  };
  const Expected places[] = {
      {0, 0, 0, 0, 0},    {9, 0, 0, 9, 0},    {10, 0, 1, 0, 2},   {20, 1, 0, 0, 5},
      {30, 1, 1, 0, 7},   {40, 2, 0, 0, 0},   {199, 9, 1, 9, 7},  {200, 12, 0, 0, 0},
      {204, 12, 0, 4, 0}, {205, 12, 1, 0, 1}, {215, 13, 1, 0, 3},
  };
  for (const Expected& expected : places) {
    INFO(expected.lba);
    const HddPlace place = geometry.locate(expected.lba);
    CHECK(place.cylinder == expected.cylinder);
    CHECK(place.head == expected.head);
    CHECK(place.sector == expected.sector);
    CHECK(place.first_slot == expected.first_slot);
  }
  CHECK(geometry.angle_ns(geometry.locate(12)) == 4'000'000);   // slot 2 + 2 of 10
  CHECK(geometry.angle_ns(geometry.locate(28)) == 3'000'000);   // slot 5 + 8, once round
  CHECK(geometry.angle_ns(geometry.locate(206)) == 4'000'000);  // slot 1 + 1 of 5
}

TEST_CASE("capacities are as advertised and every zone is used") {
  for (const sim::HddProfile& row : sim::hdd_profiles()) {
    INFO(row.name);
    const HddSpec spec = row.spec();
    const HddGeometry geometry(spec);
    CHECK(geometry.capacity_sectors() == spec.capacity_sectors);
    CHECK(geometry.locate(spec.capacity_sectors - 1).zone == spec.zones.size() - 1);
  }
}

TEST_CASE("walking extent by extent meets every sector once, each on a place of its own") {
  for (const sim::HddProfile& row : sim::hdd_profiles()) {
    INFO(row.name);
    const HddGeometry geometry(row.spec());
    HddPlace before;
    for (std::uint64_t lba = 0;
         lba < std::min<std::uint64_t>(geometry.capacity_sectors(), 3'000'000);) {
      const sim::HddExtent extent = geometry.extent(lba);
      if (extent.sectors == 0) FAIL("at " << lba);
      const bool onwards = lba == 0 || extent.place.cylinder > before.cylinder ||
                           !extent.place.same_track(before) || extent.place.sector >= before.sector;
      if (!onwards) FAIL("goes back at " << lba);
      // The last of the extent lies where counting from its first says.
      const HddPlace last = geometry.locate(lba + extent.sectors - 1);
      if (!last.same_track(extent.place) || last.sector != extent.place.sector + extent.sectors - 1)
        FAIL("not one run at " << lba);
      before = extent.place;
      before.sector += extent.sectors;
      lba += extent.sectors;
    }
  }
}

TEST_CASE("moving: seek, head switch, settling for writes") {
  const HddMechanism mechanism{tiny()};
  const auto at = [&](std::uint64_t lba) { return mechanism.geometry().locate(lba); };
  CHECK(mechanism.move_ns(at(0), at(5), false) == 0);
  CHECK(mechanism.move_ns(at(0), at(5), true) == 0);  // nothing moves: nothing settles
  CHECK(mechanism.move_ns(at(0), at(10), false) == 1'000'000);
  CHECK(mechanism.move_ns(at(0), at(20), false) == 1'500'000);
  CHECK(mechanism.move_ns(at(0), at(20), true) == 2'200'000);
  CHECK(mechanism.move_ns(at(20), at(0), false) == 1'500'000);
}

TEST_CASE("positioning waits for the sector to come round") {
  const HddMechanism mechanism{tiny()};
  HddHead head;
  head.place = mechanism.geometry().locate(0);
  // To lba 3 (slot 3, at 3 ms of each turn), leaving at 1 ms: no movement, 2 ms of rotation.
  mechanism.position(head, 1'000'000, 3, mechanism.target(3), false);
  CHECK(head.at_ns == 3'000'000);
  CHECK(head.lba == 3);
  // To lba 20 (cylinder 1, slot 5), leaving at 3.6 ms: there at 5.1 ms, just too late.
  mechanism.position(head, 3'600'000, 20, mechanism.target(20), false);
  CHECK(head.at_ns == 15'000'000);
}

TEST_CASE("passing over tracks: skew gives the switch its time") {
  const HddMechanism mechanism{tiny()};
  HddHead head;
  head.place = mechanism.geometry().locate(0);
  mechanism.pass(head, 10);
  CHECK(head.at_ns == 10'000'000);
  mechanism.pass(head, 11);  // 2 slots of skew, then the sector
  CHECK(head.at_ns == 13'000'000);
  mechanism.pass(head, 21);  // 9 more, 3 slots of skew, one sector
  CHECK(head.at_ns == 26'000'000);
}

TEST_CASE("a switch that takes longer than the skew costs a turn") {
  HddSpec spec = tiny();
  spec.head_switch = 2'000'001_ns;
  const HddMechanism mechanism(spec);
  HddHead head;
  head.place = mechanism.geometry().locate(0);
  mechanism.pass(head, 11);
  CHECK(head.at_ns == 23'000'000);
}

TEST_CASE("passing in any number of steps takes equally long") {
  const HddMechanism mechanism(profile("deskstar-7k500"));
  sim::Random random(7);
  for (int round = 0; round < 300; ++round) {
    HddHead whole;
    whole.lba = random.below(mechanism.geometry().capacity_sectors() - 20'000);
    whole.place = mechanism.geometry().locate(whole.lba);
    mechanism.position(whole, 12'345, whole.lba, mechanism.target(whole.lba), false);
    HddHead pieces = whole;
    HddHead timed = whole;
    const std::uint64_t end = whole.lba + 1 + random.below(20'000);
    mechanism.pass(whole, end);
    while (pieces.lba < end) {
      const std::uint64_t step = 1 + random.below(700);
      mechanism.pass(pieces, std::min(end, pieces.lba + step));
    }
    while (timed.lba < end) {
      const std::int64_t wait = 1 + static_cast<std::int64_t>(random.below(3'000'000));
      const std::int64_t until = timed.at_ns + wait;
      mechanism.pass_until(timed, end, until);
      if (timed.at_ns > until) FAIL("read ahead of time");
      // One sector more would be too late.
      HddHead beyond = timed;
      if (timed.lba < end) mechanism.pass(beyond, timed.lba + 1);
      if (timed.lba < end && beyond.at_ns <= until) FAIL("stopped early");
      mechanism.pass(timed, std::min(end, timed.lba + 1));
    }
    CHECK(pieces.at_ns == whole.at_ns);
    CHECK(timed.at_ns == whole.at_ns);
    CHECK(pieces.place.sector == whole.place.sector);
  }
}

TEST_CASE("least_move_ns is never more than move_ns") {
  for (const char* name : {"deskstar-7k500", "cheetah-9lp"}) {
    const HddMechanism mechanism(profile(name));
    sim::Random random(3);
    for (int i = 0; i < 20'000; ++i) {
      const HddPlace from = mechanism.geometry().locate(random.below(17'000'000));
      const HddPlace to = mechanism.geometry().locate(random.below(17'000'000));
      if (mechanism.least_move_ns(from, to) > mechanism.move_ns(from, to, false)) FAIL(name);
    }
  }
}

TEST_CASE("the segment cache keeps the newest part of each run") {
  SegmentCache cache({2, 100, 1, false});
  const std::size_t first = cache.begin_read(1000);
  cache.extend(first, 1060);
  CHECK(cache.find(1000, SegmentCache::none) == first);
  CHECK(cache.find(1059, SegmentCache::none) == first);
  CHECK(cache.find(1060, SegmentCache::none) == SegmentCache::none);
  CHECK(cache.find(1060, first) == first);  // open: its next sector
  CHECK(cache.find(999, first) == SegmentCache::none);
  cache.extend(first, 1130);
  CHECK(cache.find(1029, SegmentCache::none) == SegmentCache::none);
  CHECK(cache.find(1030, SegmentCache::none) == first);

  const std::size_t second = cache.begin_read(5000);
  cache.extend(second, 5010);
  CHECK(second != first);
  CHECK(cache.begin_read(1130) == first);  // a run goes on where it stopped
  cache.touch(second);
  CHECK(cache.begin_read(9000) == first);  // least recently used
  CHECK(cache.find(1129, SegmentCache::none) == SegmentCache::none);
  CHECK(cache.find(5005, SegmentCache::none) == second);
  cache.extend_front(second, 4990);
  CHECK(cache.find(4990, SegmentCache::none) == second);
  cache.extend_front(second, 1000);  // no more than there is space for
  CHECK(cache.start(second) == 5010 - 100);

  cache.overwrite(5004, 5006, SegmentCache::none);
  CHECK(cache.find(5003, SegmentCache::none) == SegmentCache::none);
}

TEST_CASE("written data take no more segments than they may") {
  const auto segments_of_writes = [](const sim::SegmentCacheSize& size) {
    SegmentCache cache(size);
    std::vector<std::size_t> taken;
    for (const std::uint64_t start : {100U, 200U, 300U}) {
      taken.push_back(cache.begin_write(start));
      cache.extend(taken.back(), start + 10);
    }
    return taken;
  };
  CHECK(segments_of_writes({4, 50, 1, false}) == std::vector<std::size_t>{0, 0, 0});
  CHECK(segments_of_writes({4, 50, 2, false}) == std::vector<std::size_t>{0, 1, 0});
  CHECK(segments_of_writes({4, 50, 4, true}) == std::vector<std::size_t>{0, 0, 0});

  SegmentCache apart({2, 50, 1, true});
  CHECK(apart.begin_read(1000) == 1);
  CHECK(apart.begin_read(2000) == 1);  // the other one is for writes alone
}
