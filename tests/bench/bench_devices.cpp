// How many requests a second the device models serve, on their own: no block layer, no machine.
//   bench_devices [--benchmark_filter=hdd] ...
// hdd: 100 000 random requests of 4 KB, two reads to a write, one at a time. Argument: the drive.
// ssd: 400 000 random reads of 4 KB, 32 at a time.
//
// A device is a row in `devices` below, with a function that runs its workload once.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sim/block/disk.hpp"
#include "sim/engine/random.hpp"

namespace {

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

struct Device {
  const char* name;       ///< of the benchmark
  std::int64_t (*run)();  ///< the workload; returns how many operations it was
};

constexpr Device devices[] = {
    {"hdd/cheetah-9lp", [] { return random_requests("hdd", "cheetah-9lp"); }},
    {"hdd/atlas-10k", [] { return random_requests("hdd", "atlas-10k"); }},
    {"hdd/deskstar-7k500", [] { return random_requests("hdd", "deskstar-7k500"); }},
    {"ssd/970-pro", [] { return queued_reads("ssd", "970-pro", 32); }},
    {"ssd/mqsim-default", [] { return queued_reads("ssd", "mqsim-default", 32); }},
};

}  // namespace

int main(int argc, char** argv) {
  for (const Device& device : devices)
    benchmark::RegisterBenchmark(device.name, [&device](benchmark::State& state) {
      std::int64_t operations = 0;
      for (auto _ : state) operations += device.run();
      state.SetItemsProcessed(operations);
    })->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
