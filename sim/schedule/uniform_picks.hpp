#pragma once
// Uniform picks among few threads, for callers that make millions of them a second: four picks come
// out of one random word, and a table says which thread the picked one is.
//
// Invariants: every thread of the set is equally likely, to the last bit (Lemire, "Fast random
// integer generation in an interval", 2019, on 15 bits at a time). Picks depend on the source
// alone.

#include <array>
#include <cstdint>

#include "sim/schedule/strategy.hpp"

namespace sim {

/// The threads of each set of the first eight, in order.
using SmallSets = std::array<std::array<std::uint8_t, 8>, 256>;
constexpr SmallSets members_of_small_sets() {
  SmallSets sets{};
  for (ThreadMask set = 1; set < sets.size(); ++set)
    for (std::uint32_t i = 0; i < count_of(set); ++i)
      sets[set][i] = static_cast<std::uint8_t>(nth_of(set, i));
  return sets;
}
inline constexpr SmallSets small_sets = members_of_small_sets();

class UniformPicks {
 public:
  /// Picks come from there, which outlives them, until the next begin().
  void begin(Random* source) {
    source_ = source;
    bits_ = empty;
  }
  /// Whether there is a source.
  explicit operator bool() const { return source_ != nullptr; }

  [[gnu::always_inline]] std::uint32_t pick(ThreadMask ready) {
    if (ready >= small_sets.size()) [[unlikely]]
      return pick_any(ready, *source_);
    if (bits_ == empty) bits_ = source_->next() >> 4 | std::uint64_t{1} << (4 * draw_bits);
    const std::uint32_t count = count_of(ready);
    const std::uint32_t product = static_cast<std::uint32_t>(bits_ & draw_mask) * count;
    bits_ >>= draw_bits;
    // An exact draw takes the place of those that would make some threads likelier.
    if ((product & draw_mask) < count) [[unlikely]]
      if ((product & draw_mask) < (draw_mask + 1) % count) return pick_any(ready, *source_);
    return small_sets[ready][product >> draw_bits];
  }

 private:
  static constexpr unsigned draw_bits = 15;
  static constexpr std::uint32_t draw_mask = (1u << draw_bits) - 1;
  /// Draws end with a bit that is set.
  static constexpr std::uint64_t empty = 1;

  Random* source_ = nullptr;
  std::uint64_t bits_ = empty;
};

}  // namespace sim
