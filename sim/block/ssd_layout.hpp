#pragma once
// Which dies a read touches: a fixed mapping, that of a drive written once from front to back.
//
// Stripes (4 KiB) go round the partitions; within a partition, consecutive stripes fill a flash
// page, and pages go round its channels first, then the ways (channel, way, die: CWDP in MQSim's
// terms). Cell levels alternate with each round over the dies. Source: NVMeVirt (conv_ftl), MQSim.
//
// Invariants: the pieces of a read cover its stripes exactly once. No allocation.

#include <cstdint>

#include "model/base/check.hpp"
#include "sim/block/ssd_spec.hpp"

namespace sim {

/// What one flash page contributes to a read.
struct SsdPiece {
  std::uint32_t die = 0;  ///< channel * ways + way
  std::uint32_t cell_level = 0;
  std::uint32_t stripes = 0;
};

class SsdLayout {
 public:
  explicit SsdLayout(const SsdSpec& spec);

  /// Calls visit(SsdPiece) for each page a read of these sectors touches: partition by partition,
  /// upwards. Requires sectors > 0.
  template <class Visit>
  void for_each_piece(std::uint64_t sector, std::uint32_t sectors, Visit visit) const {
    const std::uint64_t first = sector / stripe_sectors_;
    const std::uint64_t last = (sector + sectors - 1) / stripe_sectors_;
    for (std::uint64_t start = first; start <= last && start < first + partitions_; ++start) {
      const auto partition = static_cast<std::uint32_t>(start % partitions_);
      // Stripes of this partition, counted within it.
      std::uint64_t local = start / partitions_;
      const std::uint64_t end = local + (last - start) / partitions_ + 1;
      while (local < end) {
        const std::uint64_t page = local / page_stripes_;
        const std::uint64_t page_end = (page + 1) * page_stripes_;
        const std::uint64_t piece_end = page_end < end ? page_end : end;
        visit(piece(partition, page, static_cast<std::uint32_t>(piece_end - local)));
        local = piece_end;
      }
    }
  }

  /// The die the n-th programmed page goes to: round all channels, then the ways.
  [[nodiscard]] std::uint32_t program_die(std::uint64_t n) const;

 private:
  [[nodiscard]] SsdPiece piece(std::uint32_t partition, std::uint64_t page,
                               std::uint32_t stripes) const;

  std::uint32_t channels_;
  std::uint32_t ways_;
  std::uint32_t partitions_;
  std::uint32_t stripe_sectors_;
  std::uint32_t page_stripes_;
  std::uint32_t cell_levels_;
  std::uint32_t partition_channels_;
};

}  // namespace sim
