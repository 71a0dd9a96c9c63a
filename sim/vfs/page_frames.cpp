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
  if (count_ % chunk_frames == 0) {
    std::size_t room = (chunk_frames + 1) * cache_line;
    memory_.push_back(std::make_unique<std::byte[]>(room));
    void* first = memory_.back().get();
    first = std::align(cache_line, chunk_frames * sizeof(Page), first, room);
    chunks_.push_back(static_cast<Page*>(first));
  }
  ++count_;
  return *new (&at(count_)) Page(cache, count_);
}

}  // namespace sim
