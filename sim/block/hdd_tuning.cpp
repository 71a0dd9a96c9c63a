#include "sim/block/hdd_tuning.hpp"

#include "sim/block/disksim_disk.hpp"
#include "sim/block/hdd.hpp"

namespace sim {

namespace {

constexpr DriveOrderName order_rows[] = {
    {"fcfs", DriveOrder::fcfs}, {"look", DriveOrder::look},   {"c-look", DriveOrder::c_look},
    {"sstf", DriveOrder::sstf}, {"vscan", DriveOrder::vscan}, {"sptf", DriveOrder::sptf},
};

constexpr FastWriteName fast_write_rows[] = {
    {"none", FastWrite::none},
    {"appending", FastWrite::appending},
    {"any", FastWrite::any},
};

}  // namespace

std::span<const DriveOrderName> drive_order_names() {
  return order_rows;
}

std::span<const FastWriteName> fast_write_names() {
  return fast_write_rows;
}

HddSpec tuned(HddSpec spec, const HddTuning& tuning) {
  if (tuning.queue_depth) spec.queue_depth = static_cast<std::uint32_t>(*tuning.queue_depth);
  if (tuning.order) spec.distance = DriveDistance::cylinders;
  spec.order = tuning.order.value_or(spec.order);
  spec.age_limit = tuning.age_limit.value_or(spec.age_limit);
  spec.fast_write = tuning.fast_write.value_or(spec.fast_write);
  return spec;
}

std::unique_ptr<Disk> make_hdd(Engine& engine, std::string_view profile, const HddTuning& tuning) {
  const kev::Result<HddSpec> spec = find_hdd_spec(profile);
  return spec ? std::make_unique<Hdd>(engine, tuned(*spec, tuning)) : nullptr;
}

}  // namespace sim
