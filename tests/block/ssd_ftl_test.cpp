// The translation layer: what is written is found again, and cleaning makes room without losing
// any.

#include <catch2/catch.hpp>
#include <set>

#include "sim/block/ssd.hpp"
#include "sim/block/ssd_mapping_cache.hpp"
#include "tests/block/support.hpp"

using namespace kev::literals;
using sim::MappingCache;
using sim::SsdFtl;
using sim::SsdPlace;
using sim::SsdSpec;

namespace {

/// Two dies of 16 blocks of 8 pages, a stripe each; a fifth more flash than capacity.
SsdSpec small_drive() {
  SsdSpec spec;
  spec.channels = 2;
  spec.pages_per_block = 8;
  spec.capacity_sectors = 160 * 8;
  spec.over_provisioning = 0.2;
  spec.queue_depth = 64;
  spec.sense_stripe = {50_us, 50_us};
  spec.sense_page = {50_us, 50_us};
  spec.program = {200_us};
  spec.erase = 1000_us;
  spec.channel_bytes_per_s = 409'600'000;
  spec.link_bytes_per_s = 4'096'000'000;
  spec.write_buffer_bytes = 4 * 4096;
  spec.gc_start_blocks = 3;
  return spec;
}

void clean(SsdFtl& ftl, std::uint32_t die) {
  const auto victim = ftl.victim(die);
  REQUIRE(victim);
  std::vector<std::uint32_t> page;
  for (std::uint32_t i = 0; i < ftl.pages_per_block(); ++i) {
    ftl.valid_stripes(die, *victim, i, page);
    if (!page.empty()) ftl.write(die, page, SsdFtl::Writer::cleaner);
  }
  ftl.erase(die, *victim);
}

std::uint32_t all_valid(const SsdFtl& ftl, const SsdSpec& spec) {
  std::uint32_t sum = 0;
  for (std::uint32_t die = 0; die < spec.dies(); ++die)
    for (std::uint32_t block = 0; block < ftl.blocks_per_die(); ++block)
      sum += ftl.valid(die, block);
  return sum;
}

}  // namespace

TEST_CASE("every stripe of a filled drive is valid once") {
  const SsdSpec spec = small_drive();
  const SsdFtl ftl(spec);
  CHECK(all_valid(ftl, spec) == spec.capacity_stripes());
  SsdSpec half = spec;
  half.filled = 0.5;
  CHECK(all_valid(SsdFtl(half), half) == spec.capacity_stripes() / 2);
}

TEST_CASE("random writes with cleaning: every stripe stays in exactly one place of its own") {
  for (const auto placement : {sim::Placement::next_die, sim::Placement::by_address}) {
    SsdSpec spec = small_drive();
    spec.placement = placement;
    SsdFtl ftl(spec);
    sim::Random random(5);
    for (int i = 0; i < 5000; ++i) {
      const auto stripe = static_cast<std::uint32_t>(random.below(spec.capacity_stripes()));
      const std::uint32_t die = ftl.next_die(stripe);
      while (ftl.should_clean(die) && ftl.victim(die)) clean(ftl, die);
      const SsdPlace before = ftl.find(stripe);
      ftl.write(die, std::span(&stripe, 1), SsdFtl::Writer::host);
      const SsdPlace after = ftl.find(stripe);
      if (after.die != die || after.same_page(before)) FAIL("written over its old place");
    }
    std::set<std::pair<std::uint32_t, std::uint32_t>> places;
    for (std::uint32_t stripe = 0; stripe < spec.capacity_stripes(); ++stripe) {
      const SsdPlace place = ftl.find(stripe);
      CHECK(places.insert({place.die, place.page}).second);
    }
    CHECK(all_valid(ftl, spec) == spec.capacity_stripes());
  }
}

TEST_CASE("the victim is the full block with the most garbage") {
  SsdSpec spec = small_drive();
  spec.placement = sim::Placement::by_address;
  SsdFtl ftl(spec);
  // Die 0 holds the even stripes: stripes 16 to 30 are in its block 1.
  for (std::uint32_t stripe = 16; stripe < 32; stripe += 2)
    ftl.write(0, std::span(&stripe, 1), SsdFtl::Writer::host);
  CHECK(ftl.victim(0) == 1u);
  CHECK(ftl.valid(0, 1) == 0);
  CHECK_FALSE(ftl.victim(1));
}

TEST_CASE("the host leaves the reserve to cleaning") {
  const SsdSpec spec = small_drive();
  SsdFtl ftl(spec);
  std::uint32_t stripe = 0;
  while (ftl.has_room(0, SsdFtl::Writer::host))
    ftl.write(0, std::span(&stripe, 1), SsdFtl::Writer::host);
  CHECK(ftl.free_blocks(0) == spec.gc_reserve);
  CHECK(ftl.must_clean(0));
  CHECK(ftl.has_room(0, SsdFtl::Writer::cleaner));
  clean(ftl, 0);
  CHECK_FALSE(ftl.must_clean(0));
}

TEST_CASE("a drive that was overwritten at random starts with garbage everywhere") {
  SsdSpec spec = small_drive();
  spec.overwritten = 3;
  const SsdFtl used(spec);
  CHECK(all_valid(used, spec) == spec.capacity_stripes());
  CHECK(used.free_blocks(0) < SsdFtl(small_drive()).free_blocks(0));
  CHECK(used.victim(0));
}

TEST_CASE("a full drive writes on at the rate of programming and cleaning, and loses nothing") {
  for (const auto order : {sim::DieOrder::arrival, sim::DieOrder::reads_first}) {
    SsdSpec spec = small_drive();
    spec.overwritten = 2;
    spec.die_order = order;
    sim::Engine engine;
    sim::Ssd disk(engine, spec);
    struct Context {
      sim::Ssd& disk;
      sim::Random random{9};
      int left = 3000;
      int done = 0;
    } context{disk};
    disk.set_done(
        [](void* self, sim::DiskRequest& request) {
          auto& c = *static_cast<Context*>(self);
          ++c.done;
          if (--c.left < 8) return;
          request.sector = c.random.below(160) * 8;
          request.write = c.random.chance(0.7);
          c.disk.start(request);
        },
        &context);
    std::deque<sim::DiskRequest> requests(8, {0, 8, true, 0});
    for (sim::DiskRequest& request : requests) disk.start(request);
    engine.run();
    CHECK(context.done == 3000);
    CHECK(disk.counts().erases > 100);
    CHECK(disk.counts().moves > disk.counts().erases);
    // Each erased block had room for eight: what the host wrote and what moved.
    CHECK(disk.counts().programs + disk.counts().moves <= 8 * (disk.counts().erases + 16));
  }
}

TEST_CASE("the mapping cache keeps what was used last, and writes changed pages once") {
  MappingCache cache(3, 10, 100);
  CHECK_FALSE(cache.use(1, MappingCache::Use::change));
  CHECK_FALSE(cache.use(2, MappingCache::Use::change));
  CHECK_FALSE(cache.use(30, MappingCache::Use::read));
  CHECK_FALSE(cache.use(1, MappingCache::Use::read));   // now the newest
  CHECK(cache.use(40, MappingCache::Use::read) == 0u);  // 2 goes: page 0 is written
  CHECK_FALSE(cache.contains(2));
  CHECK(cache.contains(1));
  CHECK_FALSE(cache.use(50, MappingCache::Use::read));  // 30 goes, unchanged
  CHECK_FALSE(cache.use(60, MappingCache::Use::read));  // 1 goes: its page took it along
  CHECK_FALSE(cache.contains(1));
}
