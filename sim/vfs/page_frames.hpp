#pragma once
// The memory of a page cache: page frames by number, made when first needed.
//
// Invariants: frames keep their addresses; each lies in one cache line of the host, since a lookup
// touches little else. Numbers begin with 1. Not allocated with an alignment of its own: such
// memory would be outside of arenas (sim/engine/arena.hpp).

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
    return chunks_[(number - 1) / chunk_frames][(number - 1) % chunk_frames];
  }

 private:
  static constexpr std::uint32_t chunk_frames = 64;

  std::uint32_t count_ = 0;
  std::vector<std::unique_ptr<std::byte[]>> memory_;
  std::vector<Page*> chunks_;
};

}  // namespace sim
