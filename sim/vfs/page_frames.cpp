#include "sim/vfs/page_frames.hpp"

#include <memory>
#include <new>

namespace sim {

namespace {

constexpr std::size_t cache_line = 64;
static_assert(sizeof(Page) == cache_line && alignof(Page) == cache_line);

}  // namespace

PageFrames::~PageFrames() {
  for (std::uint32_t number = 1; number <= count_; ++number) std::destroy_at(&at(number));
}

Page& PageFrames::make(PageCache& cache) {
  ++count_;
  if (const Place place = place_of(count_); place.index == 0) {
    const std::size_t frames = std::size_t{first_chunk} << place.chunk;
    std::size_t room = (frames + 1) * cache_line;
    memory_.push_back(std::make_unique_for_overwrite<std::byte[]>(room));
    void* first = memory_.back().get();
    first = std::align(cache_line, frames * sizeof(Page), first, room);
    chunks_[place.chunk] = static_cast<Page*>(first);
  }
  return *new (&at(count_)) Page(cache, count_);
}

}  // namespace sim
