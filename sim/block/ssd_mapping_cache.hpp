#pragma once
// The part of a mapping table that is in a drive's memory: entries in order of last use.
//
// The table itself is on flash, in translation pages of so many entries. An entry that is not here
// costs the reading of its page. A changed entry that must go takes all changed entries of its page
// along, which costs a program. Source: DFTL (Gupta et al., ASPLOS 2009), as MQSim does it (CMT).
//
// Invariants: at most `entries` entries. No allocation after construction.

#include <cstdint>
#include <optional>
#include <vector>

namespace sim {

class MappingCache {
 public:
  /// For addresses below `stripes`.
  MappingCache(std::uint32_t entries, std::uint32_t page_entries, std::uint64_t stripes);

  [[nodiscard]] std::uint32_t page_of(std::uint32_t stripe) const { return stripe / page_entries_; }
  [[nodiscard]] bool contains(std::uint32_t stripe) const { return find(stripe) != none; }
  /// Uses the entry, which gets in if it was not there. The translation page to be written, when a
  /// changed entry had to go.
  enum class Use : std::uint8_t { read, change };
  std::optional<std::uint32_t> use(std::uint32_t stripe, Use use);

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  struct Entry {
    std::uint32_t stripe = none;
    bool changed = false;
    std::uint32_t newer = none;
    std::uint32_t older = none;
    std::uint32_t chain = none;  ///< next of its bucket
    // Entries of one translation page.
    std::uint32_t page_next = none;
    std::uint32_t page_previous = none;
  };

  [[nodiscard]] std::uint32_t find(std::uint32_t stripe) const;
  [[nodiscard]] std::uint32_t bucket_of(std::uint32_t stripe) const;
  void unlink(std::uint32_t index);
  void push_newest(std::uint32_t index);
  void unchain(std::uint32_t index);
  void join_page(std::uint32_t index);
  void leave_page(std::uint32_t index);
  /// The oldest makes room.
  std::optional<std::uint32_t> evict();

  std::uint32_t page_entries_;
  std::uint32_t capacity_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> buckets_;
  std::vector<std::uint32_t> pages_;  ///< first entry of each translation page
  std::uint32_t used_ = 0;
  std::uint32_t newest_ = none;
  std::uint32_t oldest_ = none;
};

}  // namespace sim
