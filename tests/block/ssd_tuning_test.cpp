// Flash drives that differ from their profile.

#include <catch2/catch.hpp>

#include "sim/block/ssd.hpp"
#include "sim/block/ssd_tuning.hpp"
#include "sim/engine/random.hpp"

using namespace kev::literals;
using sim::SsdSpec;
using sim::SsdTuning;
using sim::tuned;

namespace {

SsdSpec profile(std::string_view name) {
  return sim::find_ssd_profile(name)->spec();
}

/// Mean time of so many random writes of 4 KiB, one after the other, in us.
double mean_write(const SsdSpec& spec, std::uint32_t writes) {
  sim::Engine engine;
  sim::Ssd disk(engine, spec);
  disk.set_done([](void*, sim::DiskRequest&) {}, nullptr);
  sim::Random random(5);
  for (std::uint32_t i = 0; i < writes; ++i) {
    sim::DiskRequest request{random.below(spec.capacity_sectors / 8) * 8, 8, true, i};
    disk.start(request);
    engine.run();
  }
  return static_cast<double>(engine.now().ns()) / 1000 / writes;
}

}  // namespace

TEST_CASE("what is not set keeps the profile's value, what is set is there") {
  for (const char* name : {"970-pro", "mqsim-default"}) {
    INFO(name);
    const SsdSpec before = profile(name);
    const SsdSpec same = tuned(before, {});
    CHECK(same.capacity_sectors == before.capacity_sectors);
    CHECK(same.partitions == before.partitions);
    CHECK(same.gc_start_blocks == before.gc_start_blocks);
    SsdTuning tuning;
    tuning.channels = 2;
    tuning.ways = 3;
    tuning.queues = 4;
    tuning.queue_fetch = 5;
    tuning.write_buffer_bytes = 1 << 20;
    tuning.over_provisioning = 0.28;
    tuning.filled = 0.5;
    tuning.overwritten = 0.25;
    tuning.sense = 1_us;
    tuning.program = 2_us;
    tuning.erase = 3_us;
    const SsdSpec spec = tuned(before, tuning);
    CHECK(spec.dies() == 6);
    CHECK(spec.channels % spec.partitions == 0);
    CHECK(spec.queues == 4);
    CHECK(spec.queue_fetch == 5);
    CHECK(spec.write_buffer_bytes == 1 << 20);
    CHECK(spec.over_provisioning == 0.28);
    CHECK(spec.filled == 0.5);
    CHECK(spec.overwritten == 0.25);
    CHECK(spec.sense_stripe[1] == 1_us);
    CHECK(spec.sense_page[0] == 1_us);
    CHECK(spec.program[0] == 2_us);
    CHECK(spec.erase == 3_us);
  }
}

TEST_CASE("any drive that can be described works, without over-provisioning, too") {
  for (const char* name : {"970-pro", "mqsim-default"}) {
    for (const std::int64_t channels : {1, 3, 8, 64}) {
      for (const double spare : {0.0, 0.07, 1.0}) {
        INFO(name << ", channels " << channels << ", over-provisioning " << spare);
        SsdTuning tuning;
        tuning.capacity_bytes = (std::int64_t{256} << 20) + 1'000'000;
        tuning.channels = channels;
        tuning.over_provisioning = spare;
        tuning.write_buffer_bytes = 256 << 10;
        tuning.program = 10_us;
        tuning.erase = 10_us;
        CHECK(mean_write(tuned(profile(name), tuning), 2000) > 0);
      }
    }
  }
}

TEST_CASE("a drive in its steady state writes slower, the more so the less is kept back") {
  SsdTuning tuning;
  tuning.capacity_bytes = std::int64_t{256} << 20;
  tuning.channels = 1;
  tuning.ways = 1;
  tuning.write_buffer_bytes = 256 << 10;
  const double fresh = mean_write(tuned(profile("970-pro"), tuning), 5000);
  tuning.overwritten = 1;
  const double steady = mean_write(tuned(profile("970-pro"), tuning), 5000);
  tuning.over_provisioning = 1;
  const double roomy = mean_write(tuned(profile("970-pro"), tuning), 5000);
  CHECK(steady > 1.5 * fresh);
  CHECK(roomy < 0.8 * steady);
}
