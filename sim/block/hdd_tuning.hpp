#pragma once
// What can be set of a hard disk. What is not set keeps the profile's value.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "model/base/time.hpp"
#include "sim/block/disk.hpp"
#include "sim/block/hdd_spec.hpp"

namespace sim {

struct HddTuning {
  std::optional<std::int64_t> queue_depth;
  std::optional<DriveOrder> order;  ///< distances are in cylinders then
  std::optional<kev::Duration> age_limit;
  std::optional<FastWrite> fast_write;
};

/// Names of what can be chosen.
struct DriveOrderName {
  std::string_view name;
  DriveOrder order;
};
std::span<const DriveOrderName> drive_order_names();
struct FastWriteName {
  std::string_view name;
  FastWrite level;
};
std::span<const FastWriteName> fast_write_names();

HddSpec tuned(HddSpec spec, const HddTuning& tuning);
/// Null when there is no such profile.
std::unique_ptr<Disk> make_hdd(Engine& engine, std::string_view profile, const HddTuning& tuning);

}  // namespace sim
