#pragma once
// The parameters of a flash drive, and the table of known drives.
//
// Units: sectors of 512 bytes, Duration (ns), bytes per second. Each number of a profile has its
// source beside it.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/base/time.hpp"
#include "sim/block/sector.hpp"

namespace sim {

/// Which die a page is programmed on.
enum class Placement : std::uint8_t {
  next_die,    ///< round all dies
  by_address,  ///< where the address lay when the drive was filled in order
};

/// What a die does first when several wait for it.
enum class DieOrder : std::uint8_t {
  arrival,
  reads_first,  ///< mapping, reads, programs, cleaning; cleaning first when blocks run out
};

/// What becomes of a translation page that has to be written anew.
enum class MappingWriteBack : std::uint8_t {
  programs,         ///< goes to flash, and must be read again when it is wanted again
  stays_in_memory,  ///< is merged with its copy on flash, and never leaves the memory again
};

/// Which submission queue the drive takes the next command from.
enum class Arbitration : std::uint8_t {
  round_robin,  ///< all queues in turn
  /// NVMe's weighted round robin with urgent priority class (NVM Express 1.4, 4.13.2): each process
  /// has a queue a class (flow_class.hpp); urgent ones first, then so many commands of each class a
  /// round as its weight; queues of one class in turn.
  weighted,
};

inline constexpr std::size_t most_cell_levels = 4;  ///< QLC
/// A time for each kind of page that a cell holds: LSB first, MSB last.
using CellTimes = std::array<kev::Duration, most_cell_levels>;

struct SsdSpec {
  std::uint64_t capacity_sectors = 0;
  std::uint32_t queue_depth = 1;

  // Where sectors lie (see ssd_layout.hpp).
  std::uint32_t channels = 1;
  std::uint32_t ways = 1;            ///< dies on each channel
  std::uint32_t partitions = 1;      ///< groups of channels that stripes go round; divides channels
  std::uint32_t stripe_sectors = 8;  ///< smallest piece that is read from a die
  std::uint32_t page_stripes = 1;    ///< flash page, the unit of sensing and programming
  std::uint32_t planes = 1;          ///< of a die: pages of a row, one in each, go together
  std::uint32_t cell_levels = 1;     ///< kinds of pages, whose rows alternate: bits of a cell
  Placement placement = Placement::next_die;

  // Flash.
  CellTimes sense_stripe;  ///< tR of a single stripe
  CellTimes sense_page;    ///< tR of more than that
  CellTimes program;       ///< tPROG of a page
  kev::Duration erase;     ///< tBERS of a block, in all planes at once

  DieOrder die_order = DieOrder::arrival;

  // Transfers.
  kev::Duration command;  ///< of a command to a die; while the channel is busy, none can be given
  std::int64_t channel_bytes_per_s = 1;
  std::uint32_t channel_chunk_bytes = 4096;  ///< goes on to the host while the next chunk comes
  std::int64_t link_bytes_per_s = 1;         ///< host link, both directions together

  // Controller.
  kev::Duration firmware_read_small;  ///< reads of at most one stripe a partition
  kev::Duration firmware_read;
  kev::Duration firmware_write;
  kev::Duration firmware_write_stripe;   ///< and so much for each stripe written
  std::uint64_t write_buffer_bytes = 0;  ///< a write is done when it is in there
  std::int64_t buffer_bytes_per_s = 0;   ///< of its memory; 0: never the bottleneck
  std::uint32_t queues = 1;              ///< submission queues (of each class)
  Arbitration arbitration = Arbitration::round_robin;
  std::uint32_t queue_fetch = 0;  ///< commands of one queue in the drive; 0: any number
  std::uint32_t fetch_total = 0;  ///< commands of all queues in the drive; 0: any number

  // Blocks and garbage (see ssd_ftl.hpp).
  std::uint32_t pages_per_block = 256;  ///< in each plane
  double over_provisioning = 0.07;      ///< flash beyond the capacity, as a part of it
  double filled = 1;                    ///< part of the capacity that was written once, in order
  double overwritten = 0;               ///< and then so many times its size again, at random
  std::uint32_t gc_start_blocks = 2;    ///< cleaning starts when a die has no more free blocks
  std::uint32_t gc_reserve = 1;         ///< free blocks of a die that only cleaning may use
  std::uint64_t seed = 1;               ///< of what was overwritten

  // Mapping table (see ssd_mapping_cache.hpp).
  std::uint32_t mapping_cache_entries = 0;  ///< 0: the whole table is in memory
  std::uint32_t mapping_page_entries = 1;   ///< of a translation page on flash
  std::uint32_t mapping_caches = 1;         ///< of so many entries each; processes share them out
  MappingWriteBack mapping_write_back = MappingWriteBack::programs;

  [[nodiscard]] std::uint32_t dies() const { return channels * ways; }
  [[nodiscard]] std::uint32_t stripe_bytes() const { return stripe_sectors * sector_bytes; }
  [[nodiscard]] std::uint64_t capacity_stripes() const {
    return (capacity_sectors + stripe_sectors - 1) / stripe_sectors;
  }
  /// Blocks of all planes are written, cleaned and erased as one.
  [[nodiscard]] std::uint32_t block_pages() const { return pages_per_block * planes; }
  [[nodiscard]] std::uint32_t page_bytes() const { return page_stripes * stripe_bytes(); }
};

struct SsdProfile {
  std::string_view name;
  std::string_view description;
  SsdSpec (*spec)();
};

std::span<const SsdProfile> ssd_profiles();
/// Null when there is no such profile.
const SsdProfile* find_ssd_profile(std::string_view name);

}  // namespace sim
