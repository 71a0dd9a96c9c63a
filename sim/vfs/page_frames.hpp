#pragma once
// The memory of a page cache: page frames by number, made when first needed.
//
// Invariants: frames keep their addresses; each lies in one cache line of the host, since a lookup
// touches little else. Numbers begin with 1. They lie in chunks, each twice as large as the one
// before: a small cache takes little memory, which is copied for each execution that is explored,
// and most of a large one lies in pages that the host can map as huge ones. Not allocated with an
// alignment of its own: such memory would be outside of arenas (sim/engine/arena.hpp).

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/vfs/page.hpp"

namespace sim {

class PageFrames {
 public:
  PageFrames() = default;
  ~PageFrames();
  PageFrames(const PageFrames&) = delete;
  PageFrames& operator=(const PageFrames&) = delete;

  /// A new one, with the next number.
  Page& make(PageCache& cache);
  /// Requires: it has been made.
  [[nodiscard]] Page& at(std::uint32_t number) const {
    const Place place = place_of(number);
    return chunks_[place.chunk][place.index];
  }

 private:
  static constexpr std::uint32_t first_chunk = 64;  ///< frames
  static constexpr std::uint32_t chunks_max = 26;   ///< numbers of 32 bits

  struct Place {
    std::uint32_t chunk;
    std::uint32_t index;
  };
  /// The frames before chunk c are first_chunk * (2^c - 1).
  static constexpr Place place_of(std::uint32_t number) {
    const std::uint32_t at = number - 1 + first_chunk;
    const auto chunk = static_cast<std::uint32_t>(std::bit_width(at) - std::bit_width(first_chunk));
    return {chunk, at - (first_chunk << chunk)};
  }

  std::uint32_t count_ = 0;
  std::vector<std::unique_ptr<std::byte[]>> memory_;
  std::array<Page*, chunks_max> chunks_{};
};

}  // namespace sim
