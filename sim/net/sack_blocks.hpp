#pragma once
// The blocks a receiver reports in SACK options (RFC 2018; Linux: tcp_sack_new_ofo_skb): the most
// recent one first, at most four remembered and three sent beside a timestamp.
//
// Invariants: blocks neither touch nor overlap, and begin after the next expected byte.

#include <array>
#include <cstdint>

namespace sim {

struct SackBlock {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  ///< the byte after it
};

class SackBlocks {
 public:
  static constexpr std::uint32_t most = 4;

  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] const SackBlock& operator[](std::uint32_t index) const { return blocks_[index]; }
  void clear() { count_ = 0; }

  /// Data that came early: joins the blocks it touches, and goes to the front.
  void add(SackBlock block) {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < count_; ++i) {
      const SackBlock& other = blocks_[i];
      if (other.begin <= block.end && block.begin <= other.end) {
        block.begin = other.begin < block.begin ? other.begin : block.begin;
        block.end = other.end > block.end ? other.end : block.end;
      } else {
        blocks_[kept++] = other;
      }
    }
    if (kept == most) --kept;
    for (std::uint32_t i = kept; i != 0; --i) blocks_[i] = blocks_[i - 1];
    blocks_[0] = block;
    count_ = kept + 1;
  }
  /// Everything before `next` is in order now.
  void advance(std::uint64_t next) {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < count_; ++i)
      if (blocks_[i].begin > next) blocks_[kept++] = blocks_[i];
    count_ = kept;
  }

 private:
  std::array<SackBlock, most> blocks_;
  std::uint32_t count_ = 0;
};

}  // namespace sim
