#include "sim/explored/watched_memory.hpp"

namespace sim {

namespace {

/// Apart from ids in the heap and from those of the kernel's objects.
constexpr std::uint32_t other_id = 0x80000000;

}  // namespace

void WatchedMemory::keep() {
  heap_.keep();
  made_kept_ = made_;
}

void* WatchedMemory::allocate(std::size_t bytes, std::size_t alignment, std::uint32_t maker,
                              std::uint32_t thread, std::uint32_t pc) {
  void* const block = heap_.allocate(bytes, alignment, thread, pc);
  if (block == nullptr) return nullptr;
  const std::uint32_t count = made_[maker]++ % (1U << made_bits);
  const std::uint64_t id = (std::uint64_t{maker} << made_bits | count) << word_bits;
  block_ids_.push_back(object_in(ObjectSpace::model, id));
  return block;
}

void WatchedMemory::next_execution(Begin with) {
  if (with == Begin::empty) {
    heap_.forget();
    made_kept_ = {};
  }
  heap_.next_execution();
  ++execution_;
  made_ = made_kept_;
  block_ids_.resize(heap_.blocks().size());
  others_.clear();
  // Stacks of another machine may lie elsewhere; pages are kept, since their cells carry the number
  // of the execution.
  if (pages_.size() < pages_max) return;
  stack_pages_.clear();
  pages_.clear();
  known_.fill(Known());
}

std::uint32_t WatchedMemory::find_id(std::uintptr_t at) {
  const std::size_t offset = at - heap_.begin();
  if (offset < MemoryMap::heap_bytes) {
    const Heap::Block* const block = heap_.near(offset);
    if (block == nullptr) return object_in(ObjectSpace::model, 0);
    // Objects of more than a kilobyte come round: two of their words then count as one.
    const std::size_t word = (offset - block->offset) / 4 % (1U << word_bits);
    return block_ids_[heap_.number(*block)] + static_cast<std::uint32_t>(word);
  }
  return other_id | others_.of(at);
}

Cell& WatchedMemory::atomic_cell(const volatile void* at, const Context& current) {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  if (Cell* const known = cells(address, current).first) return *known;
  const std::uint32_t number = others_.of(address);
  if (number >= other_cells_.size()) other_cells_.resize(number + 1);
  return other_cells_[number];
}

void WatchedMemory::look_up(Known& known, std::uintptr_t number) {
  const ArenaPause outside;
  const std::uint32_t index = stack_pages_.of(number);
  if (index >= pages_.size()) pages_.resize(index + 1);
  known = {number, pages_[index].get()};
}

void WatchedMemory::make_page(Known& known) {
  const ArenaPause outside;
  auto& page = pages_[stack_pages_.of(known.number)];
  page = std::make_unique<Page>();
  known.page = page.get();
}

}  // namespace sim
