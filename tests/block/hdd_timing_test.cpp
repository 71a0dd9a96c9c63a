// The hard disk against closed-form expectations: latencies, rates, scheduling, repeatability.

#include <catch2/catch.hpp>
#include <cmath>

#include "sim/block/hdd.hpp"
#include "tests/block/support.hpp"

using namespace kev::literals;
using sim::HddSpec;
using sim::test::closed_loop;
using sim::test::LoopResult;
using sim::test::make_hdd;

namespace {

HddSpec profile(std::string_view name) {
  return sim::find_hdd_profile(name)->spec();
}

/// Aligned places, uniform over the whole disk.
std::function<std::uint64_t()> anywhere(std::string_view name, std::uint64_t seed = 1) {
  const std::uint64_t pages = profile(name).capacity_sectors / 8 - 64;
  return [random = sim::Random(seed), pages]() mutable { return random.below(pages) * 8; };
}

std::function<std::uint64_t()> onwards(std::uint64_t from, std::uint32_t sectors) {
  return [next = from, sectors]() mutable { return std::exchange(next, next + sectors); };
}

/// ns to read 8 sectors at the average density.
double page_transfer_ns(const HddSpec& spec) {
  double tracks = 0;
  for (const sim::HddZone& zone : spec.zones)
    tracks += (zone.last_cylinder - zone.first_cylinder + 1) * spec.heads;
  const double turn_ns = 60e9 / spec.rpm;
  return 8 * turn_ns / (static_cast<double>(spec.capacity_sectors) / tracks);
}

/// Sequential reads of 128 KiB, one at a time.
double stream_rate(std::string_view name, std::uint64_t from) {
  return closed_loop(make_hdd, name, 1, 2000, 256, false, onwards(from, 256)).bytes_per_s;
}

/// What the media deliver: a track's bytes in a turn plus the skew.
double media_rate(const HddSpec& spec, const sim::HddZone& zone) {
  const double turn_s = 60.0 / spec.rpm;
  const double skew = static_cast<double>(zone.track_skew) / zone.sectors_per_track;
  return zone.sectors_per_track * 512 / (turn_s * (1 + skew));
}

}  // namespace

TEST_CASE("random 4K reads: overhead + average seek + half a turn + transfer, within 3 %") {
  struct Case {
    const char* name;
    double seek_ns;
  };
  for (const Case& disk : {Case{"deskstar-7k500", 8.2e6}, Case{"cheetah-15k5", 4.0e6}}) {
    INFO(disk.name);
    const HddSpec spec = profile(disk.name);
    const LoopResult result =
        closed_loop(make_hdd, disk.name, 1, 20'000, 8, false, anywhere(disk.name));
    const double expected = static_cast<double>(spec.read_miss.after_read.ns()) + disk.seek_ns +
                            30e9 / spec.rpm + page_transfer_ns(spec) +
                            static_cast<double>(spec.read_bus_sector.ns());
    CHECK(result.mean_latency_ns == Approx(expected).epsilon(0.03));
  }
}

TEST_CASE("random writes take the settling time longer than reads") {
  const HddSpec spec = profile("deskstar-7k500");
  const auto loop = [&](bool write) {
    return closed_loop(make_hdd, "deskstar-7k500", 1, 20'000, 8, write, anywhere("deskstar-7k500"));
  };
  const double difference = loop(true).mean_latency_ns - loop(false).mean_latency_ns;
  CHECK(difference == Approx(static_cast<double>(spec.write_settle.ns())).epsilon(0.05));
}

TEST_CASE("sequential reads run at the rate of the zone, within 1 %") {
  for (const char* name : {"deskstar-7k500", "cheetah-15k5"}) {
    INFO(name);
    const HddSpec spec = profile(name);
    const double outer = stream_rate(name, 0);
    const double inner = stream_rate(name, spec.capacity_sectors - 2000 * 256);
    CHECK(outer == Approx(media_rate(spec, spec.zones.front())).epsilon(0.01));
    CHECK(inner == Approx(media_rate(spec, spec.zones.back())).epsilon(0.01));
    const double density = static_cast<double>(spec.zones.front().sectors_per_track) /
                           spec.zones.back().sectors_per_track;
    CHECK(outer / inner == Approx(density).epsilon(0.01));
  }
}

TEST_CASE("the published rates come out: 7K500 64.8 and 31.0 MB/s, 15K.5 125 and 73") {
  const std::uint64_t span = 2000 * 256;
  CHECK(stream_rate("deskstar-7k500", 0) == Approx(64.8e6).epsilon(0.01));
  CHECK(stream_rate("deskstar-7k500", profile("deskstar-7k500").capacity_sectors - span) ==
        Approx(31.0e6).epsilon(0.01));
  CHECK(stream_rate("cheetah-15k5", 0) == Approx(125e6).epsilon(0.01));
  CHECK(stream_rate("cheetah-15k5", profile("cheetah-15k5").capacity_sectors - span) ==
        Approx(73e6).epsilon(0.01));
}

TEST_CASE("one access, step by step") {
  sim::Engine engine;
  HddSpec spec;
  spec.rpm = 6000;  // 10 ms a turn, 1 ms a sector
  spec.heads = 1;
  spec.zones = {{0, 99, 10, 0, 0, 0}};
  spec.capacity_sectors = 1000;
  spec.seek = sim::SeekCurve::constant(3_ms);
  spec.write_settle = 2_ms;
  spec.read_miss = sim::always(500_us);
  spec.write_miss = sim::always(600_us);
  spec.read_bus_sector = spec.write_bus_sector = 10_us;
  sim::Hdd disk(engine, spec);
  std::vector<std::int64_t> done;
  struct Context {
    sim::Engine& engine;
    std::vector<std::int64_t>& done;
  } context{engine, done};
  disk.set_done(
      [](void* self, sim::DiskRequest&) {
        auto& c = *static_cast<Context*>(self);
        c.done.push_back(c.engine.now().ns());
      },
      &context);
  const auto access = [&](std::uint64_t sector, std::uint32_t sectors, bool write) {
    sim::DiskRequest request{sector, sectors, write, 1};
    disk.start(request);
    engine.run();
    return done.back();
  };
  // Overhead to 0.5, no seek, sector 2 passes from 2 to 3 ms, then its bus time.
  CHECK(access(2, 1, false) == 3'010'000);
  // Overhead to 3.51, seek to 6.51, sector 4 of cylinder 5 at 14, three sectors, bus.
  CHECK(access(54, 3, false) == 17'010'000);
  // Overhead to 17.61, seek and settle to 22.61, sector 0 at 30, two sectors; the bus was earlier.
  CHECK(access(10, 2, true) == 32'000'000);
  // No cache: the next sector has just gone by.
  CHECK(access(12, 1, true) == 43'000'000);
}

TEST_CASE("a slow bus delays the end of reads and the start of writes") {
  sim::Engine engine;
  HddSpec spec;
  spec.rpm = 6000;
  spec.zones = {{0, 99, 10, 0, 0, 0}};
  spec.capacity_sectors = 1000;
  spec.read_bus_sector = spec.write_bus_sector = 4_ms;
  sim::Hdd disk(engine, spec);
  disk.set_done([](void*, sim::DiskRequest&) {}, nullptr);
  sim::DiskRequest read{0, 4, false, 1};
  disk.start(read);
  engine.run();
  CHECK(engine.now().ns() == 17'000'000);  // four times 4 ms, once the first sector has passed
  sim::DiskRequest write{0, 4, true, 2};
  disk.start(write);
  engine.run();
  // From 17 ms on the bus needs 16, the media 4 of them: not before 29 ms; sector 0 comes at 30 ms.
  CHECK(engine.now().ns() == 34'000'000);
}

TEST_CASE("shortest positioning time first beats first come first served") {
  const auto rate = [](sim::DriveOrder order, std::uint32_t depth) {
    const auto make =
        order == sim::DriveOrder::sptf
            ? +[](sim::Engine& engine, std::string_view name) { return make_hdd(engine, name); }
            : +[](sim::Engine& engine, std::string_view name) {
                HddSpec spec = profile(name);
                spec.order = sim::DriveOrder::fcfs;
                return std::unique_ptr<sim::Disk>(std::make_unique<sim::Hdd>(engine, spec));
              };
    return closed_loop(make, "deskstar-7k500", depth, 10'000, 8, false, anywhere("deskstar-7k500"))
        .requests_per_s;
  };
  double last = 0;
  for (const std::uint32_t depth : {1u, 2u, 4u, 8u, 16u, 32u}) {
    INFO("depth " << depth);
    const double sptf = rate(sim::DriveOrder::sptf, depth);
    CHECK(sptf > last * 1.05);
    last = sptf;
  }
  const double fcfs = rate(sim::DriveOrder::fcfs, 32);
  CHECK(last > 2.0 * fcfs);
  CHECK(fcfs == Approx(rate(sim::DriveOrder::fcfs, 1)).epsilon(0.02));
}

TEST_CASE("the age limit ends starvation") {
  const auto wait_of_the_far_one = [](kev::Duration age_limit) {
    sim::Engine engine;
    HddSpec spec = profile("deskstar-7k500");
    spec.age_limit = age_limit;
    sim::Hdd disk(engine, spec);
    struct Context {
      sim::Hdd& disk;
      sim::Engine& engine;
      sim::Random random{5};
      kev::Instant far_done = kev::Instant::never();
    } context{disk, engine};
    disk.set_done(
        [](void* self, sim::DiskRequest& request) {
          auto& c = *static_cast<Context*>(self);
          if (request.id == 99) {
            c.far_done = c.engine.now();
            c.engine.stop();
            return;
          }
          // A crowd that stays near the outer edge.
          request.sector = c.random.below(100'000) * 8;
          c.disk.start(request);
        },
        &context);
    sim::DiskRequest far{900'000'000, 8, false, 99};
    std::deque<sim::DiskRequest> near(31);
    for (sim::DiskRequest& request : near) {
      request = {context.random.below(100'000) * 8, 8, false, 1};
      disk.start(request);
    }
    disk.start(far);
    engine.run({kev::Instant(20'000'000'000)});
    return context.far_done;
  };
  CHECK(wait_of_the_far_one(100_ms) < kev::Instant(800'000'000));
  CHECK(wait_of_the_far_one(1000_s) == kev::Instant::never());
}

TEST_CASE("cheetah-9lp: mean of random 4K reads, from its own curve") {
  // Mean of the measured seek curve over random places, half a turn, and 8 sectors at 105 us.
  const HddSpec spec = profile("cheetah-9lp");
  const sim::HddMechanism mechanism(spec);
  sim::Random random(11);
  double seek = 0;
  constexpr int pairs = 20'000;
  for (int i = 0; i < pairs; ++i) {
    const sim::HddPlace a = mechanism.geometry().locate(random.below(spec.capacity_sectors));
    const sim::HddPlace b = mechanism.geometry().locate(random.below(spec.capacity_sectors));
    seek += static_cast<double>(mechanism.move_ns(a, b, false));
  }
  const double expected = seek / pairs + 30e9 / spec.rpm + 8 * 105e3 +
                          static_cast<double>(spec.read_miss.after_read.ns());
  const LoopResult result =
      closed_loop(make_hdd, "cheetah-9lp", 1, 20'000, 8, false, anywhere("cheetah-9lp"));
  CHECK(result.mean_latency_ns == Approx(expected).epsilon(0.02));
}
