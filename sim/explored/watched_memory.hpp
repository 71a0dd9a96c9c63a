#pragma once
// The memory that the code under test works on: its own objects, and the stacks of the contexts
// that run it. What plain code has allocated is the kernel's and is not looked at, but for atomic
// objects.
//
// Objects lie in an arena that is never reused within an execution, so that every use after free
// shows. Invariants: ids depend on the order of allocations and on the place in an object or a
// stack, never on addresses; blocks live as long as this.

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "sim/explored/address_index.hpp"
#include "sim/instrument/heap.hpp"
#include "sim/instrument/memory_map.hpp"

namespace sim {

class Context;

class WatchedMemory {
 public:
  WatchedMemory() : map_(ArenaStacks::unused), heap_(map_) {}

  void next_execution();

  [[nodiscard]] bool in_heap(const volatile void* at) const { return map_.in_heap(at); }
  [[nodiscard]] Heap& heap() { return heap_; }
  [[nodiscard]] std::size_t heap_offset(const volatile void* at) const {
    return reinterpret_cast<std::uintptr_t>(at) - heap_.begin();
  }
  /// The bookkeeping of the four bytes there; null: not looked at. `current`: who accesses it.
  [[nodiscard]] Cell* cell(const volatile void* at, const Context& current) {
    if (map_.in_heap(at)) [[likely]]
      return &map_.cell(at);
    return stack_cell(at, current);
  }
  /// The same for an atomic object, which orders contexts wherever it lies.
  [[nodiscard]] Cell& atomic_cell(const volatile void* at, const Context& current);
  /// What an atomic object there is called in choices and schedules.
  [[nodiscard]] std::uint32_t id(const volatile void* at);

 private:
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t pages_max = 4096;
  using Page = std::array<Cell, page_bytes / 4>;

  Cell* stack_cell(const volatile void* at, const Context& current);

  MemoryMap map_;
  Heap heap_;
  AddressIndex stack_pages_;
  std::vector<std::unique_ptr<Page>> pages_;  ///< by number in stack_pages_; null: not a stack
  std::uintptr_t last_page_ = 0;
  Page* last_ = nullptr;
  AddressIndex others_;           ///< atomic objects outside of the heap
  std::deque<Cell> other_cells_;  ///< by number
};

}  // namespace sim
