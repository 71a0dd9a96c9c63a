// In which order a hard disk serves what it has taken.

#include <catch2/catch.hpp>

#include "sim/block/hdd.hpp"
#include "sim/block/hdd_tuning.hpp"
#include "tests/block/support.hpp"

using namespace kev::literals;
using sim::DriveDistance;
using sim::DriveOrder;
using sim::HddSpec;

namespace {

using Percents = std::vector<int>;

/// Reads at so many hundredths of the disk, all there from the first on: in order of their ends.
Percents served(DriveOrder order, DriveDistance distance, const Percents& at,
                std::optional<kev::Duration> age_limit = {}) {
  HddSpec spec = sim::find_hdd_profile("deskstar-7k500")->spec();
  spec.queue_depth = 32;
  spec.order = order;
  spec.distance = distance;
  spec.age_limit = age_limit.value_or(spec.age_limit);
  sim::Engine engine;
  sim::Hdd disk(engine, spec);
  Percents done;
  disk.set_done(
      [](void* self, sim::DiskRequest& request) {
        static_cast<Percents*>(self)->push_back(static_cast<int>(request.id));
      },
      &done);
  std::vector<sim::DiskRequest> reads;
  for (const int percent : at) {
    const auto share = static_cast<std::uint64_t>(percent);
    reads.push_back(
        {disk.capacity_sectors() / 100 * share, 8, false, static_cast<std::uint32_t>(percent)});
  }
  for (sim::DiskRequest& read : reads) disk.start(read);
  engine.run();
  return done;
}

const Percents arrivals = {50, 40, 60, 95, 10, 48};

}  // namespace

TEST_CASE("every order by the way of the arm") {
  const auto in_order = [](DriveOrder order) {
    return served(order, DriveDistance::sectors, arrivals);
  };
  CHECK(in_order(DriveOrder::fcfs) == arrivals);
  CHECK(in_order(DriveOrder::look) == Percents{50, 60, 95, 48, 40, 10});
  CHECK(in_order(DriveOrder::c_look) == Percents{50, 60, 95, 10, 40, 48});
  CHECK(in_order(DriveOrder::sstf) == Percents{50, 48, 40, 60, 95, 10});
  // 35 to the next ahead, but 12 and a fifth of the disk to the one behind.
  CHECK(in_order(DriveOrder::vscan) == Percents{50, 60, 48, 40, 10, 95});
}

TEST_CASE("distances in cylinders take the same way") {
  const auto in_order = [](DriveOrder order) {
    return served(order, DriveDistance::cylinders, arrivals);
  };
  CHECK(in_order(DriveOrder::look) == Percents{50, 60, 95, 48, 40, 10});
  CHECK(in_order(DriveOrder::c_look) == Percents{50, 60, 95, 10, 40, 48});
  CHECK(in_order(DriveOrder::sstf) == Percents{50, 48, 40, 60, 95, 10});
}

TEST_CASE("whoever has waited for the age limit is next in any order") {
  for (const DriveOrder order : {DriveOrder::look, DriveOrder::c_look, DriveOrder::sstf,
                                 DriveOrder::vscan, DriveOrder::sptf})
    CHECK(served(order, DriveDistance::cylinders, arrivals, 1_ns) == arrivals);
}

TEST_CASE("tuning of hard disks: what is set, and nothing else") {
  const HddSpec as_is = sim::find_hdd_profile("deskstar-7k500")->spec();
  const HddSpec same = sim::tuned(as_is, {});
  CHECK(same.queue_depth == as_is.queue_depth);
  CHECK(same.order == as_is.order);
  CHECK(same.fast_write == as_is.fast_write);
  sim::HddTuning tuning;
  tuning.queue_depth = 3;
  tuning.order = DriveOrder::vscan;
  tuning.age_limit = 7_ms;
  tuning.fast_write = sim::FastWrite::none;
  const HddSpec other = sim::tuned(as_is, tuning);
  CHECK(other.queue_depth == 3);
  CHECK(other.order == DriveOrder::vscan);
  CHECK(other.age_limit == 7_ms);
  CHECK(other.fast_write == sim::FastWrite::none);
}
