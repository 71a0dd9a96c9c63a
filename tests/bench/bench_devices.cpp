// How much a second the models of the machine do, each on its own.
//   bench_devices [--benchmark_filter=hdd] ...
// hdd: 100 000 random requests of 4 KB, two reads to a write, one at a time.
// ssd: 400 000 random reads of 4 KB, 32 at a time.
// page-cache/lookups: of pages that are cached. page-cache/linux-*: 10 million references to 2^20
// pages, zipf 0.9, of which 100 000 fit in, with these rules of replacement; "misses" is their
// part. A trace is known in advance: in the rows named "known" the memory that later references
// will touch is fetched before, which libCacheSim does not do. In the others it is not. tcp:
// segments of a bulk transfer, 100 Mbit/s, 20 ms, 60 s simulated, both directions counted. The
// counter with a simulator's name says how many times as fast as that one this is, by what that one
// did on 2 cores of an AMD EPYC: DiskSim 4.0 62 000 requests/s, MQSim 49 000, libCacheSim's LRU 4.4
// million references/s, ns-3 3.37 39 000 segments/s (CUBIC; bench_ns3 repeats this one).
//
// A model is a row in `models` below, with a function that runs its workload once.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <span>
#include <vector>

#include "sim/block/disk.hpp"
#include "sim/engine/random.hpp"
#include "sim/validate/tcp_wire.hpp"
#include "tests/bench/cache_workload.hpp"

namespace {

using bench::Foresight;

constexpr std::uint32_t requests = 100'000;

/// Requests of 4 KB anywhere on the disk, each when the one before is done. Returns how many.
std::int64_t random_requests(const char* kind, const char* profile) {
  sim::Engine engine;
  const auto disk = sim::find_disk_kind(kind)->make(engine, profile);
  disk->set_done([](void*, sim::DiskRequest&) {}, nullptr);
  const std::uint64_t pages = disk->capacity_sectors() / 8;
  sim::Random random(1);
  for (std::uint32_t i = 0; i < requests; ++i) {
    const std::uint64_t page = random.below(pages);
    const bool write = random.below(3) == 0;
    sim::DiskRequest request{page * 8, 8, write, i};
    disk->start(request);
    engine.run();
  }
  return requests;
}

/// Reads of 4 KB anywhere on the disk, `depth` at a time. Returns how many.
std::int64_t queued_reads(const char* kind, const char* profile, std::uint32_t depth) {
  sim::Engine engine;
  const auto disk = sim::find_disk_kind(kind)->make(engine, profile);
  struct Loop {
    sim::Disk& disk;
    std::uint64_t pages;
    std::int64_t left = 400'000;
    sim::Random random{1};
    void start(sim::DiskRequest& request) {
      request.sector = random.below(pages) * 8;
      disk.start(request);
    }
  } loop{*disk, disk->capacity_sectors() / 8};
  disk->set_done(
      [](void* self, sim::DiskRequest& request) {
        auto& of = *static_cast<Loop*>(self);
        if (--of.left >= 0) of.start(request);
      },
      &loop);
  std::vector<sim::DiskRequest> reads(depth, {0, 8, false, 0});
  for (sim::DiskRequest& request : reads) loop.start(request);
  engine.run();
  return 400'000 + depth;
}

struct Done {
  std::int64_t operations = 0;
  double miss_ratio = 0;
};

Done cached(const bench::CacheCounts& counts) {
  return {counts.operations, counts.miss_ratio};
}

std::span<const std::uint32_t> trace() {
  static const std::vector<std::uint32_t> made = bench::zipf_trace();
  return made;
}

Done segments(const char* congestion) {
  sim::TcpSetup setup;
  setup.stack = sim::find_net_stack("linux-6.1");
  setup.congestion = sim::find_congestion_control(congestion);
  setup.bytes = INT64_MAX / 4;
  setup.delay_us = 10'000;
  setup.rate = 100'000'000;
  setup.receive_buffer = setup.send_buffer = 4 << 20;
  setup.until_us = 60'000'000;
  return {sim::measure_wire(setup, 1).segments_sent};
}

struct Peer {
  const char* name;
  double per_s;
};

constexpr Peer disksim{"DiskSim", 62'000};
constexpr Peer mqsim{"MQSim", 49'000};
constexpr Peer libcachesim{"libCacheSim", 4'400'000};
constexpr Peer ns3{"ns-3", 39'000};

struct Model {
  const char* name;  ///< of the benchmark
  const Peer& peer;
  Done (*run)();
};

constexpr Model models[] = {
    {"hdd/cheetah-9lp", disksim, [] { return Done{random_requests("hdd", "cheetah-9lp")}; }},
    {"hdd/atlas-10k", disksim, [] { return Done{random_requests("hdd", "atlas-10k")}; }},
    {"hdd/deskstar-7k500", disksim, [] { return Done{random_requests("hdd", "deskstar-7k500")}; }},
    {"ssd/970-pro", mqsim, [] { return Done{queued_reads("ssd", "970-pro", 32)}; }},
    {"ssd/mqsim-default", mqsim, [] { return Done{queued_reads("ssd", "mqsim-default", 32)}; }},
    {"page-cache/lookups", libcachesim,
     [] { return cached(bench::look_up_pages(trace(), Foresight::none)); }},
    {"page-cache/lookups/known", libcachesim,
     [] { return cached(bench::look_up_pages(trace(), Foresight::some_references)); }},
    {"page-cache/linux-2.6.18", libcachesim,
     [] { return cached(bench::reference_pages("linux-2.6.18", trace(), Foresight::none)); }},
    {"page-cache/linux-2.6.18/known", libcachesim,
     [] {
       return cached(bench::reference_pages("linux-2.6.18", trace(), Foresight::some_references));
     }},
    {"page-cache/linux-6.1", libcachesim,
     [] { return cached(bench::reference_pages("linux-6.1", trace(), Foresight::none)); }},
    {"page-cache/linux-6.1/known", libcachesim,
     [] {
       return cached(bench::reference_pages("linux-6.1", trace(), Foresight::some_references));
     }},
    {"tcp/newreno", ns3, [] { return segments("newreno"); }},
    {"tcp/cubic", ns3, [] { return segments("cubic"); }},
};

void measure(benchmark::State& state, const Model& model) {
  if (&model.peer == &libcachesim) trace();  // made before the time begins
  Done all;
  for (auto _ : state) {
    const Done done = model.run();
    all.operations += done.operations;
    all.miss_ratio = done.miss_ratio;
  }
  state.SetItemsProcessed(all.operations);
  state.counters[model.peer.name] = benchmark::Counter(
      static_cast<double>(all.operations) / model.peer.per_s, benchmark::Counter::kIsRate);
  if (all.miss_ratio > 0) state.counters["misses"] = all.miss_ratio;
}

}  // namespace

int main(int argc, char** argv) {
  for (const Model& model : models)
    benchmark::RegisterBenchmark(model.name, [&model](benchmark::State& state) {
      measure(state, model);
    })->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
