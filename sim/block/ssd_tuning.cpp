#include "sim/block/ssd_tuning.hpp"

#include <algorithm>
#include <numeric>

#include "sim/block/ssd.hpp"

namespace sim {

namespace {

void resize(SsdSpec& spec, std::uint64_t sectors) {
  const double scale = static_cast<double>(sectors) / static_cast<double>(spec.capacity_sectors);
  constexpr std::uint32_t fewest = 2;
  const double blocks = spec.gc_start_blocks * scale;
  spec.gc_start_blocks = std::max(fewest, static_cast<std::uint32_t>(blocks));
  spec.capacity_sectors = sectors;
}

template <class Value>
void set(Value& of_profile, const std::optional<std::int64_t>& wanted) {
  if (wanted) of_profile = static_cast<Value>(*wanted);
}

}  // namespace

SsdSpec tuned(SsdSpec spec, const SsdTuning& tuning) {
  if (tuning.capacity_bytes)
    resize(spec, static_cast<std::uint64_t>(*tuning.capacity_bytes) / sector_bytes);
  set(spec.channels, tuning.channels);
  spec.partitions = std::gcd(spec.partitions, spec.channels);
  set(spec.ways, tuning.ways);
  set(spec.write_buffer_bytes, tuning.write_buffer_bytes);
  set(spec.queues, tuning.queues);
  set(spec.queue_fetch, tuning.queue_fetch);
  spec.over_provisioning = tuning.over_provisioning.value_or(spec.over_provisioning);
  spec.filled = tuning.filled.value_or(spec.filled);
  spec.overwritten = tuning.overwritten.value_or(spec.overwritten);
  if (tuning.sense) {
    spec.sense_stripe.fill(*tuning.sense);
    spec.sense_page.fill(*tuning.sense);
  }
  spec.program = tuning.program.value_or(spec.program);
  spec.erase = tuning.erase.value_or(spec.erase);
  return spec;
}

std::unique_ptr<Disk> make_ssd(Engine& engine, std::string_view name, const SsdTuning& tuning) {
  const SsdProfile* const profile = find_ssd_profile(name);
  if (profile == nullptr) return nullptr;
  return std::make_unique<Ssd>(engine, tuned(profile->spec(), tuning));
}

}  // namespace sim
