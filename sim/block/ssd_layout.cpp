#include "sim/block/ssd_layout.hpp"

namespace sim {

SsdLayout::SsdLayout(const SsdSpec& spec)
    : channels_(spec.channels),
      ways_(spec.ways),
      partitions_(spec.partitions),
      page_stripes_(spec.page_stripes),
      partition_channels_(spec.channels / spec.partitions) {
  KEV_CHECK(ways_ > 0);
  KEV_CHECK(partitions_ > 0);
  KEV_CHECK(spec.stripe_sectors > 0);
  KEV_CHECK(page_stripes_ > 0);
  KEV_CHECK(spec.planes > 0);
  KEV_CHECK(spec.cell_levels >= 1 && spec.cell_levels <= most_cell_levels);
  KEV_CHECK(partition_channels_ * partitions_ == channels_);
  KEV_CHECK(partition_channels_ > 0);
}

SsdPlace SsdLayout::place(std::uint32_t stripe) const {
  const std::uint32_t partition = stripe % partitions_;
  const std::uint32_t local = stripe / partitions_;
  const std::uint32_t page = local / page_stripes_;
  const std::uint32_t row = page / partition_channels_;
  const std::uint32_t channel = partition * partition_channels_ + page % partition_channels_;
  return {channel * ways_ + row % ways_, row / ways_, local % page_stripes_};
}

std::uint32_t SsdLayout::stripe_at(const SsdPlace& place) const {
  const std::uint32_t channel = place.die / ways_;
  const std::uint32_t row = place.page * ways_ + place.die % ways_;
  const std::uint32_t page = row * partition_channels_ + channel % partition_channels_;
  const std::uint32_t local = page * page_stripes_ + place.slot;
  return local * partitions_ + channel / partition_channels_;
}

std::uint32_t SsdLayout::program_die(std::uint64_t n) const {
  const auto channel = static_cast<std::uint32_t>(n % channels_);
  const auto way = static_cast<std::uint32_t>(n / channels_ % ways_);
  return channel * ways_ + way;
}

}  // namespace sim
