// Spares, slips, remapped sectors and the order of heads, on disks small enough to count by hand.

#include <catch2/catch.hpp>
#include <string>

#include "sim/block/hdd_mechanism.hpp"

using namespace kev::literals;
using sim::HddGeometry;
using sim::HddPlace;
using sim::HddSpec;
using sim::Sparing;

namespace {

/// One zone of four cylinders, two heads, ten sectors a track.
HddSpec small(Sparing sparing, std::uint32_t spares) {
  HddSpec spec;
  spec.rpm = 6000;
  spec.heads = 2;
  spec.zones = {{0, 3, 10, 0, 0, spares}};
  spec.sparing = sparing;
  spec.range_cylinders = 2;
  spec.capacity_sectors = sim::zone_capacity(spec, spec.zones[0]);
  return spec;
}

/// "cylinder.head.sector" of a logical sector.
std::string at(const HddGeometry& geometry, std::uint64_t lba) {
  const HddPlace place = geometry.locate(lba);
  return std::to_string(place.cylinder) + "." + std::to_string(place.head) + "." +
         std::to_string(place.sector);
}

}  // namespace

TEST_CASE("every sparing scheme leaves its spares out where they lie") {
  struct Case {
    Sparing sparing;
    std::uint32_t spares;
    std::uint64_t capacity;
    std::uint64_t lba;  ///< the first whose place spares have moved
    const char* place;
  };
  const Case cases[] = {
      {Sparing::none, 3, 80, 79, "3.1.9"},
      {Sparing::zone_end_tracks, 1, 70, 69, "3.0.9"},
      {Sparing::cylinder_end, 3, 68, 17, "1.0.0"},
      {Sparing::track_end, 3, 56, 7, "0.1.0"},
      {Sparing::cylinder_end_unused, 3, 68, 17, "1.0.0"},
      {Sparing::cylinder_front, 3, 68, 0, "0.0.3"},
      {Sparing::cylinder_front_unused, 3, 68, 17, "1.0.3"},
      {Sparing::disk_end, 0, 80, 79, "3.1.9"},
      {Sparing::range_end, 3, 74, 37, "2.0.0"},
      {Sparing::zone_end, 3, 77, 76, "3.1.6"},
      {Sparing::zone_end_unused, 3, 77, 76, "3.1.6"},
  };
  for (const Case& expected : cases) {
    INFO(static_cast<int>(expected.sparing));
    const HddGeometry geometry(small(expected.sparing, expected.spares));
    CHECK(geometry.capacity_sectors() == expected.capacity);
    CHECK(at(geometry, expected.lba) == expected.place);
  }
}

TEST_CASE("a slipped sector moves those behind it, as far as the spares are shared") {
  HddSpec spec = small(Sparing::zone_end, 3);
  spec.zones[0].slips = {4, 5};
  const HddGeometry zone(spec);
  CHECK(zone.capacity_sectors() == 77);  // spares take their place
  CHECK(at(zone, 3) == "0.0.3");
  CHECK(at(zone, 4) == "0.0.6");
  CHECK(at(zone, 70) == "3.1.2");
  CHECK(zone.extent(0).sectors == 4);

  spec = small(Sparing::cylinder_end, 3);
  spec.zones[0].slips = {4};
  const HddGeometry cylinder(spec);
  CHECK(at(cylinder, 4) == "0.0.5");
  CHECK(at(cylinder, 16) == "0.1.7");
  CHECK(at(cylinder, 17) == "1.0.0");  // the next cylinder is as it was

  spec = small(Sparing::zone_end_unused, 3);
  spec.zones[0].slips = {4};
  CHECK(sim::zone_capacity(spec, spec.zones[0]) == 76);  // no spare takes its place

  spec = small(Sparing::zone_end_tracks, 1);
  spec.zones[0].slips = {1};
  CHECK(at(HddGeometry(spec), 10) == "1.0.0");  // a whole track
}

TEST_CASE("a remapped sector lies elsewhere, its neighbours do not") {
  HddSpec spec = small(Sparing::zone_end, 3);
  spec.zones[0].remaps = {{5, 78}};
  const HddGeometry geometry(spec);
  CHECK(at(geometry, 4) == "0.0.4");
  CHECK(at(geometry, 5) == "3.1.8");
  CHECK(at(geometry, 6) == "0.0.6");
  CHECK(geometry.extent(3).sectors == 2);
  CHECK(geometry.extent(5).sectors == 1);
}

TEST_CASE("a zone's front and the offset of its first sector") {
  HddSpec spec = small(Sparing::none, 0);
  spec.zones[0].empty_front = 12;
  spec.zones[0].offset = 4;
  spec.capacity_sectors = 68;
  const HddGeometry geometry(spec);
  CHECK(at(geometry, 0) == "0.1.2");
  CHECK(geometry.angle_ns(geometry.locate(0)) == 6'000'000);
}

TEST_CASE("serpentine orders go back in every second cylinder") {
  HddSpec spec = small(Sparing::none, 0);
  spec.zones[0].first_cylinder = 1;
  spec.zones[0].last_cylinder = 4;
  const auto heads = [&](sim::HeadOrder order) {
    spec.head_order = order;
    const HddGeometry geometry(spec);
    std::string text;
    for (std::uint64_t lba = 0; lba < 80; lba += 10)
      text += std::to_string(geometry.locate(lba).head);
    return text;
  };
  CHECK(heads(sim::HeadOrder::ascending) == "01010101");
  CHECK(heads(sim::HeadOrder::serpentine_by_zone) == "01100110");
  CHECK(heads(sim::HeadOrder::serpentine_by_disk) == "10011001");
}

TEST_CASE("passing over a slip takes the slot's time") {
  HddSpec spec = small(Sparing::zone_end, 3);
  spec.zones[0].slips = {4};
  const sim::HddMechanism mechanism(spec);
  sim::HddHead head;
  head.place = mechanism.geometry().locate(0);
  mechanism.pass(head, 6);
  CHECK(head.at_ns == 7'000'000);
}

TEST_CASE("a new access where the arm stands takes its settling, a head switch more elsewhere") {
  HddSpec spec = small(Sparing::none, 0);
  spec.seek = sim::SeekCurve::constant(3_ms);
  spec.settle = 600_us;
  spec.head_switch = 200_us;
  spec.write_settle = 100_us;
  const sim::HddMechanism mechanism(spec);
  const auto place = [&](std::uint64_t lba) { return mechanism.geometry().locate(lba); };
  CHECK(mechanism.move_ns(place(0), place(5), false) == 600'000);
  CHECK(mechanism.move_ns(place(0), place(10), false) == 800'000);
  CHECK(mechanism.move_ns(place(0), place(10), true) == 900'000);
  CHECK(mechanism.move_ns(place(0), place(20), false) == 3'000'000);
  // Within a transfer nothing settles: the skew leaves time for the switch alone.
  sim::HddHead head;
  head.place = place(0);
  mechanism.pass(head, 11);
  CHECK(head.at_ns == 21'000'000);
}
