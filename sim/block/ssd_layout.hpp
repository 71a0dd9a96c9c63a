#pragma once
// Where stripes lie in a drive that was written once from front to back.
//
// Stripes go round the partitions; within a partition, consecutive stripes fill a flash page, and
// pages go round its channels first, then the ways (channel, way, die: CWDP in MQSim's terms).
// Source: NVMeVirt (conv_ftl), MQSim.
//
// Invariants: place() and stripe_at() are inverse to each other. No allocation.

#include <cstdint>

#include "model/base/check.hpp"
#include "sim/block/ssd_spec.hpp"

namespace sim {

struct SsdPlace {
  std::uint32_t die = 0;   ///< channel * ways + way
  std::uint32_t page = 0;  ///< of the die
  std::uint32_t slot = 0;  ///< stripe of the page

  [[nodiscard]] bool same_page(const SsdPlace& other) const {
    return die == other.die && page == other.page;
  }
};

class SsdLayout {
 public:
  explicit SsdLayout(const SsdSpec& spec);

  [[nodiscard]] SsdPlace place(std::uint32_t stripe) const;
  [[nodiscard]] std::uint32_t stripe_at(const SsdPlace& place) const;
  /// The die the n-th programmed page goes to: round all channels, then the ways.
  [[nodiscard]] std::uint32_t program_die(std::uint64_t n) const;

 private:
  std::uint32_t channels_;
  std::uint32_t ways_;
  std::uint32_t partitions_;
  std::uint32_t page_stripes_;
  std::uint32_t partition_channels_;
};

}  // namespace sim
