#pragma once
// What a search has seen: 128-bit hashes of configurations, and the set of them. The hash depends
// on the words added and their order only.

#include <cstdint>
#include <vector>

namespace kev::spec {

class StateHash {
 public:
  void add(std::uint64_t word) {
    low_ = mix(low_ ^ word, 0x9E3779B97F4A7C15) + word;
    high_ = mix(high_ + word, 0xC2B2AE3D27D4EB4F) ^ low_;
  }
  [[nodiscard]] std::uint64_t low() const { return low_; }
  [[nodiscard]] std::uint64_t high() const { return high_; }

 private:
  /// The finaliser of Stafford's variant 13 of MurmurHash3.
  static std::uint64_t mix(std::uint64_t word, std::uint64_t salt) {
    word += salt;
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
    return word ^ (word >> 31);
  }

  std::uint64_t low_ = 0x243F6A8885A308D3;
  std::uint64_t high_ = 0x13198A2E03707344;
};

/// Open addressing with linear probing, at most half full.
class VisitedSet {
 public:
  VisitedSet() : slots_(initial_slots) {}

  /// False when it was there already.
  bool insert(const StateHash& hash) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    // The all-zero slot is the empty one.
    const Slot slot{hash.low() | 1, hash.high()};
    if (!place(slots_, slot)) return false;
    ++size_;
    return true;
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  static constexpr std::size_t initial_slots = 256;
  struct Slot {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
  };

  static bool place(std::vector<Slot>& slots, const Slot& slot) {
    const std::size_t mask = slots.size() - 1;
    std::size_t at = slot.high & mask;
    while (slots[at].low != 0) {
      if (slots[at].low == slot.low && slots[at].high == slot.high) return false;
      at = (at + 1) & mask;
    }
    slots[at] = slot;
    return true;
  }

  void grow() {
    std::vector<Slot> larger(2 * slots_.size());
    for (const Slot& slot : slots_)
      if (slot.low != 0) place(larger, slot);
    slots_.swap(larger);
  }

  std::vector<Slot> slots_;
  std::uint64_t size_ = 0;
};

}  // namespace kev::spec
