#pragma once
// The memory that the code under test works on: its own objects, and the stacks of the contexts
// that run it. What plain code has allocated is the kernel's and is not looked at, but for atomic
// objects.
//
// Objects lie in an arena that is never reused within an execution, so that every use after free
// shows. Invariants: the id of a place in an object depends on who made the object, on how many it
// has made before, and on the place, not on what others made meanwhile, and never on addresses;
// blocks live as long as this.

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "sim/explored/address_index.hpp"
#include "sim/instrument/heap.hpp"
#include "sim/instrument/memory_map.hpp"
#include "sim/kernel/steps.hpp"

namespace sim {

class Context;

class WatchedMemory {
 public:
  WatchedMemory() : map_(ArenaStacks::unused), heap_(map_) {}

  /// `keep`: what was kept is there again; else the memory is empty.
  enum class Begin : bool { empty, kept };
  void next_execution(Begin with);
  /// Later executions may begin with what there is now.
  void keep();

  /// `maker`: the number of the context.
  void* allocate(std::size_t bytes, std::size_t alignment, std::uint32_t maker,
                 std::uint32_t thread, std::uint32_t pc);
  [[nodiscard]] bool in_heap(const volatile void* at) const { return map_.in_heap(at); }
  /// Nothing is ever mapped there (vm.mmap_min_addr): a null pointer, or a member behind one.
  [[nodiscard]] static bool in_first_page(const volatile void* at) {
    return reinterpret_cast<std::uintptr_t>(at) < page_bytes;
  }
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
  static constexpr unsigned made_bits = 14;
  static constexpr unsigned word_bits = 8;
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t pages_max = 4096;
  using Page = std::array<Cell, page_bytes / 4>;

  Cell* stack_cell(const volatile void* at, const Context& current);

  using Counts = std::array<std::uint32_t, threads_max>;

  MemoryMap map_;
  Heap heap_;
  std::vector<std::uint32_t> block_ids_;  ///< by number
  Counts made_{};                         ///< blocks, by maker
  Counts made_kept_{};
  AddressIndex stack_pages_;
  std::vector<std::unique_ptr<Page>> pages_;  ///< by number in stack_pages_; null: not a stack
  std::uintptr_t last_page_ = 0;
  Page* last_ = nullptr;
  AddressIndex others_;           ///< atomic objects outside of the heap
  std::deque<Cell> other_cells_;  ///< by number
};

}  // namespace sim
