#pragma once
// The memory of an explored program, and a cell of bookkeeping for every four bytes of it.
//
// Three kinds of memory: the arena (stacks of threads, then the heap), one mapping that is reset
// with each execution; the program's own variables (data), restored from an image; all else
// (foreign), which stays as it is.
//
// Invariants: an object's id depends on where it lies in its kind of memory, or for foreign memory
// on the order of first use, never on addresses; a cell's content counts only for the execution
// whose number it carries, so that nothing is cleared between executions.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sim/schedule/strategy.hpp"

namespace sim {

/// The last accesses to four bytes, for the race detector, and the synchronisation object there.
struct Cell {
  std::uint64_t write = 0;  ///< an Epoch
  std::uint64_t read = 0;   ///< an Epoch, or an index of several
  std::uint32_t write_pc = 0;
  std::uint32_t read_pc = 0;
  std::uint32_t sync = 0;       ///< index of the object's clock
  std::uint32_t sync_mark = 0;  ///< execution in which it was given
};

/// Whether threads run on the arena's stacks, which then have guard pages.
enum class ArenaStacks : bool { unused, guarded };

enum class MemoryKind : std::uint8_t { arena, data, foreign };

class MemoryMap {
 public:
  static constexpr std::size_t stack_bytes = 256 * 1024;
  static constexpr std::size_t stacks_bytes = stack_bytes * threads_max;
  static constexpr std::size_t heap_bytes = std::size_t{64} * 1024 * 1024;
  static constexpr std::size_t cell_shift = 2;

  explicit MemoryMap(ArenaStacks stacks = ArenaStacks::guarded);
  ~MemoryMap();
  MemoryMap(const MemoryMap&) = delete;
  MemoryMap& operator=(const MemoryMap&) = delete;

  /// Tells where the program's variables are.
  void set_data(std::uintptr_t begin, std::size_t bytes);

  /// Cells of another execution are empty from now on.
  void next_execution() {
    if (!foreign_.empty()) foreign_.clear();
  }

  [[nodiscard]] std::uint32_t id(const volatile void* at) {
    const auto address = reinterpret_cast<std::uintptr_t>(at);
    if (address - data_ < data_bytes_) return data_id | to_cell(address - data_);
    if (address - arena_ < stacks_bytes + heap_bytes) return to_cell(address - arena_);
    return foreign_id | foreign(address);
  }
  /// The same, if that is the program's variables, heap or stacks.
  [[nodiscard]] std::optional<std::uint32_t> own_id(std::uintptr_t address) const {
    if (address - data_ < data_bytes_) return data_id | to_cell(address - data_);
    if (address - arena_ < stacks_bytes + heap_bytes) return to_cell(address - arena_);
    return std::nullopt;
  }
  [[nodiscard]] Cell& cell(const volatile void* at) {
    const auto address = reinterpret_cast<std::uintptr_t>(at);
    if (address - data_ < data_bytes_) return data_cells_[to_cell(address - data_)];
    if (address - arena_ < stacks_bytes + heap_bytes)
      return arena_cells_[to_cell(address - arena_)];
    return foreign_cells_[foreign(address)];
  }
  /// That of an offset in the heap.
  [[nodiscard]] Cell& heap_cell(std::size_t offset) const {
    return arena_cells_[to_cell(stacks_bytes + offset)];
  }
  /// That of an object's id.
  [[nodiscard]] Cell& cell_of(std::uint32_t id) {
    if ((id & data_id) != 0) return data_cells_[id ^ data_id];
    if ((id & foreign_id) != 0) return foreign_cells_[id ^ foreign_id];
    return arena_cells_[id];
  }

  [[nodiscard]] std::uintptr_t stack_bottom(std::uint32_t thread) const {
    return arena_ + thread * stack_bytes;
  }
  [[nodiscard]] std::uintptr_t heap() const { return arena_ + stacks_bytes; }
  [[nodiscard]] bool in_heap(const volatile void* at) const {
    return reinterpret_cast<std::uintptr_t>(at) - heap() < heap_bytes;
  }
  /// The same, of an object's id.
  [[nodiscard]] static bool is_heap_id(std::uint32_t id) {
    return id - to_cell(stacks_bytes) < to_cell(heap_bytes);
  }
  /// Whether it is a thread_local variable of the machine's thread, a library's: the program's
  /// threads, which are fibers, share it without knowing.
  [[nodiscard]] bool is_machine_local(const volatile void* at) const {
    const auto address = reinterpret_cast<std::uintptr_t>(at);
    for (const Range& range : machine_locals_)
      if (address - range.begin < range.bytes) return true;
    return false;
  }
  [[nodiscard]] bool is_foreign(const volatile void* at) const {
    const auto address = reinterpret_cast<std::uintptr_t>(at);
    return address - data_ >= data_bytes_ && address - arena_ >= stacks_bytes + heap_bytes;
  }
  [[nodiscard]] std::uintptr_t data() const { return data_; }
  [[nodiscard]] std::size_t data_bytes() const { return data_bytes_; }

  /// Where an id lies: the kind of memory, and the offset in bytes from its beginning.
  struct Where {
    MemoryKind kind;
    std::size_t offset;
  };
  [[nodiscard]] static Where where(std::uint32_t id);

 private:
  struct Range {
    std::uintptr_t begin;
    std::size_t bytes;
  };
  static constexpr std::uint32_t data_id = 0x40000000;
  static constexpr std::uint32_t foreign_id = 0x80000000;

  static std::uint32_t to_cell(std::uintptr_t offset) {
    return static_cast<std::uint32_t>(offset >> cell_shift);
  }
  std::uint32_t foreign(std::uintptr_t address);

  std::uintptr_t arena_ = 0;
  std::uintptr_t data_ = 0;
  std::size_t data_bytes_ = 0;
  Cell* arena_cells_ = nullptr;
  Cell* data_cells_ = nullptr;
  Cell* foreign_cells_ = nullptr;
  std::map<std::uintptr_t, std::uint32_t> foreign_;
  std::vector<Range> machine_locals_;
};

}  // namespace sim
