// What a flash drive does at the same time, and in which turn: planes, kinds of pages, queues.

#include <catch2/catch.hpp>

#include "sim/block/ssd.hpp"
#include "sim/block/ssd_tuning.hpp"
#include "tests/block/support.hpp"

using namespace kev::literals;
using sim::Arbitration;
using sim::SsdSpec;

namespace {

using Times = std::vector<double>;

/// One die behind one channel, 4 KiB pages: sensing 50 us, program 200 us, 10 us over the channel,
/// 1 us over the link for a page.
SsdSpec one_die() {
  SsdSpec spec;
  spec.capacity_sectors = 1 << 18;
  spec.queue_depth = 64;
  spec.sense_stripe.fill(50_us);
  spec.sense_page.fill(50_us);
  spec.program.fill(200_us);
  spec.channel_bytes_per_s = 409'600'000;
  spec.link_bytes_per_s = 4'096'000'000;
  spec.write_buffer_bytes = 4 * 4096;
  return spec;
}

struct Run {
  Times done;  ///< us
  std::vector<std::uint32_t> order;
  sim::Ssd::Counts counts;
  double quiet = 0;  ///< us until nothing happens any more
};

/// Starts all at once.
Run all_at_once(const SsdSpec& spec, std::vector<sim::DiskRequest> requests) {
  sim::Engine engine;
  sim::Ssd disk(engine, spec);
  struct Context {
    sim::Engine& engine;
    Run run;
  } context{engine, {Times(requests.size()), {}, {}, 0}};
  disk.set_done(
      [](void* self, sim::DiskRequest& request) {
        auto& c = *static_cast<Context*>(self);
        c.run.done[request.id] = static_cast<double>(c.engine.now().ns()) / 1000;
        c.run.order.push_back(request.id);
      },
      &context);
  for (std::uint32_t i = 0; i < requests.size(); ++i) requests[i].id = i;
  for (sim::DiskRequest& request : requests) disk.start(request);
  engine.run();
  context.run.counts = disk.counts();
  context.run.quiet = static_cast<double>(engine.now().ns()) / 1000;
  return context.run;
}

sim::DiskRequest page(std::uint64_t number, bool write = false) {
  return {number * 8, 8, write, 0};
}

}  // namespace

TEST_CASE("pages of a row are sensed together and cross the channel one after the other") {
  SsdSpec spec = one_die();
  // The first one keeps the die; the other two wait behind it.
  CHECK(all_at_once(spec, {page(8), page(0), page(1)}).done == Times{61, 121, 181});
  spec.planes = 2;
  const Run run = all_at_once(spec, {page(8), page(0), page(1)});
  CHECK(run.done == Times{61, 121, 131});
  CHECK(run.counts.together == 1);
}

TEST_CASE("neither pages of other rows nor of the same plane are sensed together") {
  SsdSpec spec = one_die();
  spec.planes = 2;
  CHECK(all_at_once(spec, {page(8), page(1), page(2)}).counts.together == 0);
  CHECK(all_at_once(spec, {page(8), page(0), page(0)}).counts.together == 0);
  spec.planes = 4;
  CHECK(all_at_once(spec, {page(8), page(1), page(2), page(0)}).counts.together == 2);
}

TEST_CASE("pages of a row are programmed together") {
  SsdSpec spec = one_die();
  const std::vector<sim::DiskRequest> writes(4, page(0, true));
  // The first begins alone; three follow, or one of its row is too late and two go together.
  const double apart = all_at_once(spec, writes).quiet;
  spec.planes = 2;
  const Run run = all_at_once(spec, writes);
  CHECK(run.counts.together == 1);
  CHECK(run.quiet == Approx(apart - 200));
}

TEST_CASE("planes give back what was written, through cleaning") {
  SsdSpec spec = one_die();
  spec.planes = 2;
  spec.pages_per_block = 8;
  spec.capacity_sectors = 8 * 1024;
  sim::SsdFtl ftl(spec);
  CHECK(ftl.pages_per_block() == 16);
  sim::Random random(3);
  for (int i = 0; i < 5000; ++i) {
    const auto stripe = static_cast<std::uint32_t>(random.below(1024));
    if (!ftl.has_room(0, sim::SsdFtl::Writer::host)) {
      const std::uint32_t block = *ftl.victim(0);
      std::vector<std::uint32_t> valid;
      for (std::uint32_t p = 0; p < ftl.pages_per_block(); ++p) {
        ftl.valid_stripes(0, block, p, valid);
        if (!valid.empty()) ftl.write(0, valid, sim::SsdFtl::Writer::cleaner);
      }
      ftl.erase(0, block);
      continue;
    }
    const sim::SsdPlace place = ftl.write(0, {&stripe, 1}, sim::SsdFtl::Writer::host);
    if (!ftl.find(stripe).same_page(place)) FAIL("stripe " << stripe);
  }
}

TEST_CASE("kinds of pages: rows alternate between LSB, CSB and MSB") {
  SsdSpec spec = one_die();
  spec.pages_per_block = 255;
  spec.cell_levels = 3;
  spec.sense_stripe = {50_us, 70_us, 100_us};
  for (const std::uint64_t row : {0U, 1U, 2U, 3U}) {
    INFO("row " << row);
    const double sense[] = {50, 70, 100};
    CHECK(all_at_once(spec, {page(row)}).done[0] == Approx(sense[row % 3] + 11));
  }
  spec.planes = 2;
  CHECK(all_at_once(spec, {page(1)}).done[0] == Approx(61));
  CHECK(all_at_once(spec, {page(2)}).done[0] == Approx(81));
}

TEST_CASE("each kind of page has its own time to be programmed") {
  SsdSpec spec = one_die();
  spec.pages_per_block = 255;
  spec.cell_levels = 3;
  spec.program = {200_us, 700_us, 2000_us};
  spec.write_buffer_bytes = spec.page_bytes();
  // Each write gets in when the one before it is on flash.
  const Times done = all_at_once(spec, std::vector<sim::DiskRequest>(4, page(0, true))).done;
  CHECK(done == Times{1, 1 + 211, 1 + 211 + 711, 1 + 211 + 711 + 2011});
}

TEST_CASE("tuned kinds of pages: times in equal steps, whole rows of kinds in a block") {
  sim::SsdTuning tuning;
  tuning.cell_levels = 4;
  tuning.sense = 40_us;
  tuning.slow_sense = 100_us;
  tuning.program = 1_ms;
  tuning.slow_program = 4_ms;
  tuning.planes = 2;
  const SsdSpec spec = sim::tuned(sim::find_ssd_profile("mqsim-default")->spec(), tuning);
  CHECK(spec.sense_page == sim::CellTimes{40_us, 60_us, 80_us, 100_us});
  CHECK(spec.program == sim::CellTimes{1_ms, 2_ms, 3_ms, 4_ms});
  CHECK(spec.planes == 2);
  sim::SsdTuning levels;
  levels.cell_levels = 3;
  const SsdSpec tlc = sim::tuned(sim::find_ssd_profile("970-pro")->spec(), levels);
  CHECK(tlc.pages_per_block == 255);
  CHECK(tlc.sense_page[2] == tlc.sense_page[1]);
}

TEST_CASE("weighted arbitration: urgent first, then by weight - round robin knows no classes") {
  using sim::IoClass;
  SsdSpec spec = one_die();
  spec.fetch_total = 1;
  const sim::IoPriority low{IoClass::idle, 7};
  const sim::IoPriority high{IoClass::best_effort, 0};
  const sim::IoPriority urgent{IoClass::real_time, 4};
  std::vector<sim::DiskRequest> reads;
  for (const sim::IoPriority& priority : {low, low, low, high, high, high, high, high, urgent}) {
    reads.push_back(page(0));
    reads.back().priority = priority;
  }
  CHECK(all_at_once(spec, reads).order == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8});
  spec.arbitration = Arbitration::weighted;
  // The first had been taken when the others came: a turn of its class. Four high ones a round.
  CHECK(all_at_once(spec, reads).order == std::vector<std::uint32_t>{0, 8, 3, 4, 5, 6, 7, 1, 2});
}

TEST_CASE("weighted arbitration: processes of one class take turns") {
  SsdSpec spec = one_die();
  spec.fetch_total = 1;
  spec.queues = 2;
  spec.arbitration = Arbitration::weighted;
  std::vector<sim::DiskRequest> reads(5, page(0));
  reads[3].process = reads[4].process = 1;
  CHECK(all_at_once(spec, reads).order == std::vector<std::uint32_t>{0, 3, 1, 4, 2});
}
