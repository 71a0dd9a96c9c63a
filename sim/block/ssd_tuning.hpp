#pragma once
// What can be set of a flash drive. What is not set keeps the profile's value.
//
// A drive of another size keeps its profile's share of blocks at which cleaning starts.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "model/base/time.hpp"
#include "sim/block/disk.hpp"
#include "sim/block/ssd_spec.hpp"

namespace sim {

struct SsdTuning {
  using Number = std::optional<std::int64_t>;
  using Part = std::optional<double>;
  using Time = std::optional<kev::Duration>;

  Number capacity_bytes;
  Number channels;
  Number ways;
  Part over_provisioning;
  Part filled;
  Part overwritten;
  Number write_buffer_bytes;
  Number queues;
  Number queue_fetch;
  Number fetch_total;
  std::optional<Arbitration> arbitration;
  Number planes;
  Number cell_levels;
  Time sense;       ///< of the fastest kind of page; of all, if the next is not set
  Time slow_sense;  ///< of the slowest; those in between get times in between
  Time program;
  Time slow_program;
  Time erase;
};

struct ArbitrationName {
  std::string_view name;
  Arbitration arbitration;
};
std::span<const ArbitrationName> arbitration_names();

SsdSpec tuned(SsdSpec spec, const SsdTuning& tuning);
/// Null when there is no such profile.
std::unique_ptr<Disk> make_ssd(Engine& engine, std::string_view profile, const SsdTuning& tuning);

}  // namespace sim
