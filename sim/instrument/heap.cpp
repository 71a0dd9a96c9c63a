#include "sim/instrument/heap.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "model/base/check.hpp"

namespace sim {

Heap::Heap(MemoryMap& memory) : begin_(memory.heap()) {
  void* states = ::mmap(nullptr, MemoryMap::heap_bytes >> state_shift, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  KEV_CHECK(states != MAP_FAILED);
  states_ = static_cast<std::uint8_t*>(states);
  blocks_.reserve(256);
}

Heap::~Heap() {
  ::munmap(states_, MemoryMap::heap_bytes >> state_shift);
}

void Heap::keep() {
  blocks_kept_ = blocks_;
  live_kept_ = live_;
  const auto* bytes = reinterpret_cast<const unsigned char*>(begin_);
  image_.assign(bytes, bytes + top_);
}

void Heap::forget() {
  blocks_kept_.clear();
  live_kept_ = 0;
  // States of all that there was are to be cleared.
  image_.clear();
}

void Heap::next_execution() {
  if (top_ > image_.size()) {
    std::memset(states_ + (image_.size() >> state_shift), 0,
                ((top_ - image_.size()) >> state_shift) + 1);
    top_ = image_.size();
  }
  if (blocks_.size() > blocks_kept_.size()) blocks_.resize(blocks_kept_.size());
  if (image_.empty()) {
    live_ = 0;
    return;
  }
  blocks_ = blocks_kept_;
  live_ = live_kept_;
  std::memcpy(reinterpret_cast<void*>(begin_), image_.data(), image_.size());
  for (const Block& block : blocks_) set_state(block, block.state);
}

void Heap::set_state(const Block& block, State state) {
  std::memset(states_ + (block.offset >> state_shift), static_cast<int>(state),
              (block.bytes + 7) >> state_shift);
}

void* Heap::allocate(std::size_t bytes, std::size_t alignment, std::uint32_t thread,
                     std::uint32_t pc) {
  alignment = std::max<std::size_t>(alignment, 16);
  const std::size_t offset = (top_ + gap_bytes + alignment - 1) / alignment * alignment;
  if (bytes > MemoryMap::heap_bytes || offset + bytes + gap_bytes > MemoryMap::heap_bytes)
    return nullptr;
  Block block;
  block.offset = static_cast<std::uint32_t>(offset);
  block.bytes = static_cast<std::uint32_t>(std::max<std::size_t>(bytes, 1));
  block.allocated_by = static_cast<std::uint8_t>(thread);
  block.allocated_pc = pc;
  set_state(block, State::live);
  top_ = (offset + block.bytes + 15) / 16 * 16;
  blocks_.push_back(block);
  ++live_;
  return reinterpret_cast<void*>(begin_ + offset);
}

Heap::Block* Heap::block_at(const void* at) {
  const auto offset = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(at) - begin_);
  const auto found =
      std::lower_bound(blocks_.begin(), blocks_.end(), offset,
                       [](const Block& block, std::uint32_t o) { return block.offset < o; });
  return found != blocks_.end() && found->offset == offset ? &*found : nullptr;
}

void Heap::free(Block& block, std::uint32_t thread, std::uint32_t pc) {
  block.state = State::freed;
  block.freed_by = static_cast<std::uint8_t>(thread);
  block.freed_pc = pc;
  set_state(block, State::freed);
  --live_;
}

const Heap::Block* Heap::near(std::size_t offset) const {
  const auto after =
      std::upper_bound(blocks_.begin(), blocks_.end(), offset,
                       [](std::size_t o, const Block& block) { return o < block.offset; });
  return after == blocks_.begin() ? nullptr : &*std::prev(after);
}

std::vector<const Heap::Block*> Heap::leaked(const std::vector<Range>& roots) const {
  std::vector<bool> reached(blocks_.size(), false);
  std::vector<Range> to_visit = roots;
  while (!to_visit.empty()) {
    const Range range = to_visit.back();
    to_visit.pop_back();
    for (std::uintptr_t at = (range.begin + 7) & ~std::uintptr_t{7}; at + 8 <= range.end; at += 8) {
      std::uintptr_t word = 0;
      std::memcpy(&word, reinterpret_cast<const void*>(at), sizeof(word));
      if (word - begin_ >= top_) continue;
      const Block* block = near(word - begin_);
      if (block == nullptr || block->state != State::live) continue;
      if (word - begin_ > std::size_t{block->offset} + block->bytes || reached[number(*block)])
        continue;
      reached[number(*block)] = true;
      to_visit.push_back({begin_ + block->offset, begin_ + block->offset + block->bytes});
    }
  }
  std::vector<const Block*> lost;
  for (std::size_t i = blocks_kept_.size(); i < blocks_.size(); ++i)
    if (blocks_[i].state == State::live && !reached[i]) lost.push_back(&blocks_[i]);
  return lost;
}

}  // namespace sim
