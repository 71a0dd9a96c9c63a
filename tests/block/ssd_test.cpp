// The flash drive against sums of its parameters: single accesses, parallelism, write buffer.

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/block/ssd.hpp"
#include "tests/block/support.hpp"

using namespace kev::literals;
using sim::SsdLayout;
using sim::SsdPlace;
using sim::SsdSpec;
using sim::test::closed_loop;
using sim::test::make_ssd;

namespace {

SsdSpec profile(std::string_view name) {
  return sim::find_ssd_profile(name)->spec();
}

/// Round numbers: 2 channels of 2 dies, 4 KiB pages; sensing 50 us, program 200 us, 10 us over the
/// channel, 1 us over the link for a page; buffer of four pages.
SsdSpec round_numbers() {
  SsdSpec spec;
  spec.capacity_sectors = 1 << 20;
  spec.queue_depth = 64;
  spec.channels = 2;
  spec.ways = 2;
  spec.sense_stripe = {50_us, 50_us};
  spec.sense_page = {50_us, 50_us};
  spec.program = {200_us};
  spec.channel_bytes_per_s = 409'600'000;
  spec.link_bytes_per_s = 4'096'000'000;
  spec.write_buffer_bytes = 4 * 4096;
  return spec;
}

/// Starts all at once; when each was done, in us.
std::vector<double> all_at_once(const SsdSpec& spec, std::vector<sim::DiskRequest> requests) {
  sim::Engine engine;
  sim::Ssd disk(engine, spec);
  struct Context {
    sim::Engine& engine;
    std::vector<double> done;
  } context{engine, std::vector<double>(requests.size())};
  disk.set_done(
      [](void* self, sim::DiskRequest& request) {
        auto& c = *static_cast<Context*>(self);
        c.done[request.id] = static_cast<double>(c.engine.now().ns()) / 1000;
      },
      &context);
  for (std::uint32_t i = 0; i < requests.size(); ++i) {
    requests[i].id = i;
    disk.start(requests[i]);
  }
  engine.run();
  return context.done;
}

double alone(const SsdSpec& spec, std::uint64_t sector, std::uint32_t sectors, bool write = false) {
  return all_at_once(spec, {{sector, sectors, write, 0}})[0];
}

using Times = std::vector<double>;

}  // namespace

TEST_CASE("970-pro: single accesses are sums of its parameters") {
  const SsdSpec spec = profile("970-pro");
  // Firmware 21.5, sensing 29.76, 4 KiB over a channel 5.12, over the link 1.22.
  CHECK(alone(spec, 0, 8) == Approx(57.6).margin(0.001));
  // The MSB page comes after a round over 2 channels and 2 ways of the partition: 4 * 8 * 4
  // stripes.
  CHECK(alone(spec, std::uint64_t{128} * 8, 8) == Approx(69.6).margin(0.001));
  // 16 KiB, one stripe a partition, is still small: four dies at once, four turns on the link.
  CHECK(alone(spec, 0, 32) == Approx(21.5 + 29.76 + 5.12 + 4 * 1.22).margin(0.001));
  CHECK(alone(spec, 0, 40) > 30.5 + 30);
  // 128 KiB: firmware 30.5; four pages on four channels, sensing 30, 2 * 20.48 over each channel,
  // of which the last four chunks of 4.877 queue at the link.
  CHECK(alone(spec, 0, 256) == Approx(30.5 + 30 + 40.96 + 4 * 4.877).margin(0.001));
  // A write of 4 KiB: firmware 4.0 + 0.46, link 1.22.
  CHECK(alone(spec, 0, 8, true) == Approx(5.68).margin(0.001));
}

TEST_CASE("mqsim-default: sensing, channel, link") {
  const SsdSpec spec = profile("mqsim-default");
  // First a sector of the translation page, then the page; each after a command.
  const double commands = 2 * 0.290;
  CHECK(alone(spec, 0, 16) == Approx(commands + 75 + 1.538 + 75 + 24.601 + 2.048).margin(0.001));
}

TEST_CASE("reads on different channels overlap, on one die they queue") {
  const SsdSpec spec = round_numbers();
  CHECK(alone(spec, 0, 8) == Approx(61));
  // Pages 0 and 1: two channels; the link serves one after the other.
  CHECK(all_at_once(spec, {{0, 8, false, 0}, {8, 8, false, 0}}) == Times{61, 62});
  // Pages 0 and 2: one channel, two dies: sensing overlaps, the channel does not.
  CHECK(all_at_once(spec, {{0, 8, false, 0}, {16, 8, false, 0}}) == Times{61, 71});
  // Pages 0 and 4: one die.
  CHECK(all_at_once(spec, {{0, 8, false, 0}, {32, 8, false, 0}}) == Times{61, 121});
  // One read of four pages uses all four dies.
  CHECK(alone(spec, 0, 32) == Approx(72));
}

TEST_CASE("chunks cross the link while the next one comes") {
  SsdSpec spec = round_numbers();
  spec.page_stripes = 4;
  spec.write_buffer_bytes = std::uint64_t{4} * spec.page_bytes();
  // 50 + 40 over the channel + the last chunk's 1.
  CHECK(alone(spec, 0, 32) == Approx(91));
  spec.channel_chunk_bytes = 16384;
  CHECK(alone(spec, 0, 32) == Approx(94));
}

TEST_CASE("a read waits for a program on its die") {
  SsdSpec spec = round_numbers();
  // The write is in the buffer after 1 us, on die 0 from 11 to 211 us.
  const Times times = all_at_once(spec, {{0, 8, true, 0}, {0, 8, false, 0}});
  CHECK(times[0] == Approx(1));
  // The read arrived first at the die; the program waits for it.
  CHECK(times[1] == Approx(61));
  spec.firmware_read_small = 5_us;
  CHECK(all_at_once(spec, {{0, 8, true, 0}, {0, 8, false, 0}})[1] == Approx(211 + 61));
}

TEST_CASE("writes end in the buffer until it is full - then at the rate of programming") {
  const SsdSpec spec = round_numbers();
  std::vector<sim::DiskRequest> writes(12, {0, 8, true, 0});
  const Times times = all_at_once(spec, writes);
  CHECK(std::vector<double>(times.begin(), times.begin() + 4) == Times{1, 2, 3, 4});
  // Programs end at 211 and 212 on the two channels' first dies, 221 and 222 on the second ones.
  CHECK(std::vector<double>(times.begin() + 4, times.begin() + 8) == Times{212, 213, 222, 223});
  CHECK(times[8] > 400);
}

TEST_CASE("a buffer that holds less than a page still drains") {
  SsdSpec spec = round_numbers();
  spec.page_stripes = 4;
  spec.write_buffer_bytes = spec.page_bytes();
  // Three stripes do not fill a page, and the next two do not fit.
  const Times times = all_at_once(spec, {{0, 24, true, 0}, {100, 16, true, 0}});
  CHECK(times[0] == Approx(3));
  // Three stripes over the channel 30, program 200, then two over the link.
  CHECK(times[1] == Approx(3 + 30 + 200 + 2));
}

TEST_CASE("a write larger than the buffer gets it to itself") {
  const SsdSpec spec = round_numbers();
  const Times times = all_at_once(spec, {{0, 8, true, 0}, {0, 64, true, 0}, {0, 8, true, 0}});
  CHECK(times[0] == Approx(1));
  CHECK(times[1] == Approx(211 + 8));
  CHECK(times[2] > times[1]);
}

TEST_CASE("throughput grows with queue depth up to what the dies can do") {
  double last = 0;
  for (const std::uint32_t depth : {1u, 2u, 4u, 8u, 16u, 32u, 128u}) {
    INFO("depth " << depth);
    const auto place = [random = sim::Random(3)]() mutable { return random.below(1 << 24) * 8; };
    const double rate =
        closed_loop(make_ssd, "970-pro", depth, 20'000, 8, false, place).requests_per_s;
    CHECK(rate > last * 1.05);
    last = rate;
  }
  // 16 dies, each busy for sensing (35.76 us on average) and the channel transfer.
  const double bound = 16 / ((35.76 + 5.12) * 1e-6);
  CHECK(last < bound);
  CHECK(last > 0.8 * bound);
}

TEST_CASE("large sequential reads fill the host link") {
  const auto place = [next = std::uint64_t{0}]() mutable {
    return std::exchange(next, next + 256);
  };
  const double rate = closed_loop(make_ssd, "970-pro", 16, 5000, 256, false, place).bytes_per_s;
  CHECK(rate == Approx(3.36e9).epsilon(0.02));
}

TEST_CASE("the layout puts each stripe into one place, and finds it there") {
  sim::Random random(17);
  for (const char* name : {"970-pro", "mqsim-default"}) {
    const SsdSpec spec = profile(name);
    const SsdLayout layout(spec);
    for (int round = 0; round < 2000; ++round) {
      const auto stripe = static_cast<std::uint32_t>(random.below(spec.capacity_stripes()));
      const SsdPlace place = layout.place(stripe);
      if (place.die >= spec.dies() || place.slot >= spec.page_stripes) FAIL("no such place");
      if (layout.stripe_at(place) != stripe) FAIL(name << ": stripe " << stripe);
    }
  }
}

TEST_CASE("queues are served in turn, so many commands of each at a time") {
  SsdSpec spec = round_numbers();
  spec.queues = 2;
  spec.queue_fetch = 1;
  // All on one die: 61 us, then every 60. Process 0 comes first with three, process 1 with one.
  std::vector<sim::DiskRequest> reads(4, {0, 8, false, 0});
  reads[3].process = 1;
  const Times times = all_at_once(spec, reads);
  CHECK(times[0] < times[3]);
  CHECK(times[3] < times[1]);
  CHECK(times[1] < times[2]);
}

TEST_CASE("reads first: a read passes programs that wait for its die") {
  SsdSpec spec = round_numbers();
  spec.channels = 1;
  spec.ways = 1;
  spec.firmware_read_small = 20_us;
  std::vector<sim::DiskRequest> requests(4, {0, 8, true, 0});
  requests[3].write = false;
  // Three programs of 210 us; the read comes when the first has begun.
  CHECK(all_at_once(spec, requests)[3] == Approx(1 + 3 * 210 + 61).margin(3));
  spec.die_order = sim::DieOrder::reads_first;
  CHECK(all_at_once(spec, requests)[3] == Approx(1 + 210 + 61).margin(3));
}

TEST_CASE("a command waits until the channel is free, and data go first") {
  SsdSpec spec = round_numbers();
  spec.channels = 1;
  spec.ways = 3;
  spec.command = 2_us;
  // Commands from 0, 2 and 4 us on; sensed at 52, 54 and 56; 10 us each over the channel.
  const sim::DiskRequest first{0, 8, false, 0};
  const sim::DiskRequest second{8, 8, false, 0};
  const sim::DiskRequest third{16, 8, false, 0};
  CHECK(all_at_once(spec, {first, second, third}) == Times{63, 73, 83});
  // The first die could read on at 62, but the others' data are on the channel until 82.
  CHECK(all_at_once(spec, {first, second, third, first})[3] == Approx(82 + 2 + 50 + 10 + 1));
}

TEST_CASE("a program's data follow its command") {
  SsdSpec spec = round_numbers();
  spec.write_buffer_bytes = spec.page_bytes();
  spec.command = 2_us;
  // In the buffer at 1 us; the second write gets in when the first is programmed.
  CHECK(all_at_once(spec, {{0, 8, true, 0}, {8, 8, true, 0}}) == Times{1, 1 + 2 + 10 + 200 + 1});
}

TEST_CASE("classes: urgent first, the others by their weights") {
  using sim::IoClass;
  SsdSpec spec = round_numbers();
  spec.die_order = sim::DieOrder::reads_first;
  const sim::IoPriority low{IoClass::idle, 7};
  const sim::IoPriority high{IoClass::best_effort, 0};
  const sim::IoPriority urgent{IoClass::real_time, 4};
  // All of one die, which the first occupies. Then the other urgent one, four high, a low, a high.
  std::vector<sim::DiskRequest> reads;
  for (const sim::IoPriority& priority : {urgent, low, high, high, high, high, high, low, urgent})
    reads.push_back({0, 8, false, 0, 0, priority});
  const Times times = all_at_once(spec, reads);
  const auto rank = [&](std::size_t read) {
    return std::count_if(times.begin(), times.end(), [&](double t) { return t < times[read]; });
  };
  std::vector<std::ptrdiff_t> order;
  for (std::size_t read = 0; read < reads.size(); ++read) order.push_back(rank(read));
  CHECK(order == std::vector<std::ptrdiff_t>{0, 6, 2, 3, 4, 5, 7, 8, 1});
  // A drive that serves in order of arrival has no classes.
  spec.die_order = sim::DieOrder::arrival;
  const Times arrival = all_at_once(spec, reads);
  CHECK(std::is_sorted(arrival.begin(), arrival.end()));
}

TEST_CASE("the buffer's memory limits how fast writes end") {
  SsdSpec spec = round_numbers();
  spec.buffer_bytes_per_s = 409'600'000;  // 10 us for a page
  CHECK(all_at_once(spec, {{0, 8, true, 0}, {8, 8, true, 0}}) == Times{11, 21});
}

TEST_CASE("an address that is not in the mapping cache costs a read of its translation page") {
  SsdSpec spec = round_numbers();
  spec.mapping_cache_entries = 2;
  spec.mapping_page_entries = 4;
  // One sector of the page: 50 + 1.25 us, then the read itself.
  CHECK(alone(spec, 0, 8) == Approx(61 + 51.25));
  // Both addresses are on one page: it is read once.
  const Times times = all_at_once(spec, {{0, 8, false, 0}, {8, 8, false, 0}});
  CHECK(times[1] == Approx(62 + 51.25));
}

TEST_CASE("a changed translation page: written to flash, or kept in memory") {
  SsdSpec spec = round_numbers();
  spec.mapping_cache_entries = 1;
  spec.mapping_page_entries = 4;
  spec.mapping_write_back =
      GENERATE(sim::MappingWriteBack::programs, sim::MappingWriteBack::stays_in_memory);
  sim::Engine engine;
  sim::Ssd disk(engine, spec);
  disk.set_done([](void*, sim::DiskRequest&) {}, nullptr);
  const auto access = [&](std::uint64_t page, bool write) {
    sim::DiskRequest request{page * 8, 8, write, 0};
    disk.start(request);
    engine.run();
  };
  access(0, true);   // reads translation page 0
  access(4, false);  // reads page 1; page 0 has to be written: what has not changed is read
  access(0, false);  // page 0 again
  const bool stays = spec.mapping_write_back == sim::MappingWriteBack::stays_in_memory;
  CHECK(disk.counts().mapping_reads == (stays ? 3 : 4));
  CHECK(disk.counts().mapping_programs == (stays ? 0 : 1));
}

TEST_CASE("each mapping cache serves its processes alone") {
  SsdSpec spec = round_numbers();
  spec.mapping_cache_entries = 1;
  spec.mapping_page_entries = 1;
  spec.queues = 2;
  for (const std::uint32_t caches : {1U, 2U}) {
    spec.mapping_caches = caches;
    sim::Engine engine;
    sim::Ssd disk(engine, spec);
    disk.set_done([](void*, sim::DiskRequest&) {}, nullptr);
    for (std::uint32_t i = 0; i < 6; ++i) {
      const std::uint32_t process = i % 2;
      sim::DiskRequest request{std::uint64_t{process} * 8, 8, false, i, process};
      disk.start(request);
      engine.run();
    }
    CHECK(disk.counts().mapping_reads == (caches == 1 ? 6 : 2));
  }
}
