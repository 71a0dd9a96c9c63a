#include "sim/block/ssd_layout.hpp"

namespace sim {

SsdLayout::SsdLayout(const SsdSpec& spec)
    : channels_(spec.channels),
      ways_(spec.ways),
      partitions_(spec.partitions),
      stripe_sectors_(spec.stripe_sectors),
      page_stripes_(spec.page_stripes),
      cell_levels_(spec.cell_levels),
      partition_channels_(spec.channels / spec.partitions) {
  KEV_CHECK(ways_ > 0);
  KEV_CHECK(partitions_ > 0);
  KEV_CHECK(stripe_sectors_ > 0);
  KEV_CHECK(page_stripes_ > 0);
  KEV_CHECK(cell_levels_ >= 1 && cell_levels_ <= 2);
  KEV_CHECK(partition_channels_ * partitions_ == channels_);
  KEV_CHECK(partition_channels_ > 0);
}

SsdPiece SsdLayout::piece(std::uint32_t partition, std::uint64_t page,
                          std::uint32_t stripes) const {
  const std::uint64_t row = page / partition_channels_;
  const auto column = static_cast<std::uint32_t>(page - row * partition_channels_);
  const std::uint64_t round = row / ways_;
  const auto way = static_cast<std::uint32_t>(row - round * ways_);
  const std::uint32_t channel = partition * partition_channels_ + column;
  return SsdPiece{channel * ways_ + way, static_cast<std::uint32_t>(round % cell_levels_), stripes};
}

std::uint32_t SsdLayout::program_die(std::uint64_t n) const {
  const auto channel = static_cast<std::uint32_t>(n % channels_);
  const auto way = static_cast<std::uint32_t>(n / channels_ % ways_);
  return channel * ways_ + way;
}

}  // namespace sim
