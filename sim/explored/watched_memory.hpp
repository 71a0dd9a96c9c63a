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
#include "sim/kernel/context.hpp"
#include "sim/kernel/steps.hpp"

namespace sim {

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
  /// The bookkeeping of memory from an address on, four bytes a cell, and up to where the cells
  /// lie in a row. Null: not looked at. `current`: who accesses it.
  struct Cells {
    Cell* first = nullptr;
    std::uintptr_t end = 0;
  };
  [[nodiscard]] Cells cells(std::uintptr_t at, const Context& current) {
    const std::size_t offset = at - heap_.begin();
    if (offset < MemoryMap::heap_bytes) [[likely]]
      return {&map_.heap_cell(offset), heap_.begin() + MemoryMap::heap_bytes};
    return stack_cells(at, current);
  }
  /// The same for an atomic object, which orders contexts wherever it lies.
  [[nodiscard]] Cell& atomic_cell(const volatile void* at, const Context& current);
  /// What an atomic object there is called in choices and schedules.
  [[nodiscard]] std::uint32_t id(const volatile void* at) {
    const auto address = reinterpret_cast<std::uintptr_t>(at);
    KnownId& known = known_ids_[address / 4 % known_ids_.size()];
    if (known.address != address || known.execution != execution_) [[unlikely]]
      known = {address, execution_, find_id(address)};
    return known.id;
  }

 private:
  static constexpr unsigned made_bits = 14;
  static constexpr unsigned word_bits = 8;
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t pages_max = 4096;
  static constexpr unsigned known_bits = 6;
  struct alignas(64) Page {
    std::array<Cell, page_bytes / 4> cells;
  };
  /// What a page was last known to be; null: not a stack.
  struct Known {
    std::uintptr_t number = 0;
    Page* page = nullptr;
  };

  [[nodiscard]] Cells stack_cells(std::uintptr_t at, const Context& current) {
    const std::uintptr_t number = at / page_bytes;
    Known& known = known_[(number * 0x9E3779B97F4A7C15) >> (64 - known_bits)];
    if (known.number != number) [[unlikely]]
      look_up(known, number);
    const std::uintptr_t end = (number + 1) * page_bytes;
    // Whoever lies on a stack was first accessed by its owner.
    if (known.page == nullptr) {
      if (!current.on_stack(reinterpret_cast<const void*>(at))) return {nullptr, end};
      make_page(known);
    }
    return {&known.page->cells[at % page_bytes / 4], end};
  }
  struct KnownId {
    std::uintptr_t address = 0;
    std::uint64_t execution = 0;
    std::uint32_t id = 0;
  };
  std::uint32_t find_id(std::uintptr_t at);
  void look_up(Known& known, std::uintptr_t number);
  void make_page(Known& known);

  using Counts = std::array<std::uint32_t, threads_max>;

  MemoryMap map_;
  Heap heap_;
  std::uint64_t execution_ = 1;
  std::vector<std::uint32_t> block_ids_;  ///< by number
  std::array<KnownId, 64> known_ids_;
  Counts made_{};  ///< blocks, by maker
  Counts made_kept_{};
  AddressIndex stack_pages_;
  std::vector<std::unique_ptr<Page>> pages_;  ///< by number in stack_pages_; null: not a stack
  std::array<Known, std::size_t{1} << known_bits> known_;  ///< by hash
  AddressIndex others_;                                    ///< atomic objects outside of the heap
  std::deque<Cell> other_cells_;                           ///< by number
};

}  // namespace sim
