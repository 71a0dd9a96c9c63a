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

constexpr ArbitrationName arbitration_rows[] = {
    {"round-robin", Arbitration::round_robin},
    {"weighted", Arbitration::weighted},
};

/// Levels that the profile does not have are as slow as its slowest.
void set_levels(SsdSpec& spec, std::uint32_t levels) {
  for (CellTimes* times : {&spec.sense_stripe, &spec.sense_page, &spec.program})
    for (std::size_t level = spec.cell_levels; level < most_cell_levels; ++level)
      (*times)[level] = (*times)[spec.cell_levels - 1];
  spec.cell_levels = levels;
  spec.pages_per_block -= spec.pages_per_block % levels;
}

/// The fastest kind of page, the slowest, and times in equal steps for those between.
void set_times(CellTimes& times, std::uint32_t levels, const SsdTuning::Time& fast,
               const SsdTuning::Time& slow) {
  if (fast) times.fill(*fast);
  if (!slow || levels < 2) return;
  const std::int64_t first = times[0].ns();
  const std::int64_t rise = slow->ns() - first;
  for (std::uint32_t level = 1; level < levels; ++level)
    times[level] = kev::Duration(first + rise * level / (levels - 1));
}

}  // namespace

std::span<const ArbitrationName> arbitration_names() {
  return arbitration_rows;
}

SsdSpec tuned(SsdSpec spec, const SsdTuning& tuning) {
  if (tuning.capacity_bytes)
    resize(spec, static_cast<std::uint64_t>(*tuning.capacity_bytes) / sector_bytes);
  set(spec.channels, tuning.channels);
  spec.partitions = std::gcd(spec.partitions, spec.channels);
  set(spec.ways, tuning.ways);
  set(spec.write_buffer_bytes, tuning.write_buffer_bytes);
  set(spec.queues, tuning.queues);
  set(spec.queue_fetch, tuning.queue_fetch);
  set(spec.fetch_total, tuning.fetch_total);
  set(spec.planes, tuning.planes);
  spec.arbitration = tuning.arbitration.value_or(spec.arbitration);
  spec.over_provisioning = tuning.over_provisioning.value_or(spec.over_provisioning);
  spec.filled = tuning.filled.value_or(spec.filled);
  spec.overwritten = tuning.overwritten.value_or(spec.overwritten);
  if (tuning.cell_levels) set_levels(spec, static_cast<std::uint32_t>(*tuning.cell_levels));
  set_times(spec.sense_stripe, spec.cell_levels, tuning.sense, tuning.slow_sense);
  set_times(spec.sense_page, spec.cell_levels, tuning.sense, tuning.slow_sense);
  set_times(spec.program, spec.cell_levels, tuning.program, tuning.slow_program);
  spec.erase = tuning.erase.value_or(spec.erase);
  return spec;
}

std::unique_ptr<Disk> make_ssd(Engine& engine, std::string_view name, const SsdTuning& tuning) {
  const SsdProfile* const profile = find_ssd_profile(name);
  if (profile == nullptr) return nullptr;
  return std::make_unique<Ssd>(engine, tuned(profile->spec(), tuning));
}

}  // namespace sim
