#pragma once
// Where each stripe of a flash drive lies: a page-mapped translation layer.
//
// Pages of a block are programmed in order and only once; what is written again goes to another
// page, and its old place is garbage until the block is erased. With several planes, a block here
// is one of each of them (a superblock), and its pages go round the planes. Each die has an open
// block for the host's writes and one for cleaning. The victim of cleaning is the full block with
// the fewest valid stripes (greedy). A drive begins `filled` (from its first stripe up, as
// ssd_layout.hpp lays them out) and then `overwritten` at random, which is how drives are brought
// to a steady state before they are measured; that takes no simulated time. Sources: NVMeVirt and
// FEMU (greedy victim, reserved blocks), MQSim (preconditioning).
//
// Invariants: a stripe is valid in exactly one place; a block's count is that of its valid stripes.
// Only what was written since the filling takes memory. Errors: writing to a die without room is a
// failed KEV_CHECK.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/block/ssd_layout.hpp"

namespace sim {

class SsdFtl {
 public:
  enum class Writer : std::uint8_t { host, cleaner };

  explicit SsdFtl(const SsdSpec& spec);

  /// What was never written is found where it would lie if the drive had been filled.
  [[nodiscard]] SsdPlace find(std::uint32_t stripe) const;
  [[nodiscard]] bool written(std::uint32_t stripe) const {
    return stripe < filled_stripes_ || moved_to(stripe) != none;
  }
  /// Pages of a row lie at the same place of each plane.
  [[nodiscard]] std::uint32_t row(const SsdPlace& place) const { return place.page / spec_.planes; }
  [[nodiscard]] std::uint32_t cell_level(const SsdPlace& place) const {
    return row(place) % spec_.cell_levels;
  }
  /// The die the next page of the host goes to, of which `stripe` is the first.
  [[nodiscard]] std::uint32_t next_die(std::uint32_t stripe);
  [[nodiscard]] bool has_room(std::uint32_t die, Writer writer) const;
  /// Puts the stripes, at most a page of them, into the next page of the die.
  SsdPlace write(std::uint32_t die, std::span<const std::uint32_t> stripes, Writer writer);

  // -- cleaning -----------------------------------------------------------------------------------
  [[nodiscard]] bool should_clean(std::uint32_t die) const;
  /// The host cannot write there until a block has been erased.
  [[nodiscard]] bool must_clean(std::uint32_t die) const { return !has_room(die, Writer::host); }
  /// Nothing when no full block has garbage.
  [[nodiscard]] std::optional<std::uint32_t> victim(std::uint32_t die) const;
  /// The valid stripes of a block's page.
  void valid_stripes(std::uint32_t die, std::uint32_t block, std::uint32_t page_of_block,
                     std::vector<std::uint32_t>& out) const;
  void erase(std::uint32_t die, std::uint32_t block);

  [[nodiscard]] std::uint32_t pages_per_block() const { return spec_.block_pages(); }
  [[nodiscard]] std::uint32_t blocks_per_die() const { return blocks_per_die_; }
  [[nodiscard]] std::uint32_t free_blocks(std::uint32_t die) const {
    return dies_[die].never_used + static_cast<std::uint32_t>(dies_[die].erased.size());
  }
  [[nodiscard]] std::uint32_t valid(std::uint32_t die, std::uint32_t block) const {
    return block_of(die, block).valid;
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::uint32_t chunk_entries = 128;
  using Chunk = std::array<std::uint32_t, chunk_entries>;

  enum class State : std::uint8_t { free, open, full };
  struct Block {
    std::uint32_t valid = 0;
    State state = State::free;
    /// Which stripe was put into each place; empty: still as the drive was filled.
    std::unique_ptr<std::uint32_t[]> owners;
  };
  struct Frontier {
    std::uint32_t block = none;
    std::uint32_t next_page = 0;  ///< of the block
  };
  struct Die {
    std::uint32_t never_used = 0;
    std::vector<std::uint32_t> erased;
    Frontier frontiers[2];
  };

  [[nodiscard]] const Block& block_of(std::uint32_t die, std::uint32_t block) const {
    return blocks_[std::size_t{die} * blocks_per_die_ + block];
  }
  Block& block_of(std::uint32_t die, std::uint32_t block) {
    return blocks_[std::size_t{die} * blocks_per_die_ + block];
  }
  [[nodiscard]] std::uint32_t packed(const SsdPlace& place) const;
  [[nodiscard]] SsdPlace unpacked(std::uint32_t index) const;
  [[nodiscard]] std::uint32_t moved_to(std::uint32_t stripe) const;
  void fill();
  void overwrite();
  void open_block(std::uint32_t die, Frontier& frontier);
  void invalidate(std::uint32_t stripe);
  void clean_now(std::uint32_t die);

  const SsdSpec& spec_;
  SsdLayout layout_;
  std::uint32_t pages_per_die_;
  std::uint32_t blocks_per_die_;
  std::uint32_t filled_stripes_;
  std::vector<std::unique_ptr<Chunk>> moved_;  ///< by stripe: its place now, packed
  std::vector<Block> blocks_;
  std::vector<Die> dies_;
  std::uint64_t host_pages_ = 0;
};

}  // namespace sim
