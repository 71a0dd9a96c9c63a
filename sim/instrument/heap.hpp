#pragma once
// The heap of an explored program: a part of the arena, handed out from the bottom up and never
// reused within an execution, so that every use after free is seen. Each block has poisoned bytes
// around it. The next execution begins where the program's static initialisation ended.
//
// Invariants: a block's number and place depend on the order of allocations only.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/instrument/memory_map.hpp"

namespace sim {

class Heap {
 public:
  enum class State : std::uint8_t { outside, live, freed };

  struct Block {
    std::uint32_t offset = 0;  ///< in the heap
    std::uint32_t bytes = 0;
    std::uint32_t allocated_pc = 0;
    std::uint32_t freed_pc = 0;
    std::uint8_t allocated_by = 0;
    std::uint8_t freed_by = 0;
    State state = State::live;
  };

  explicit Heap(MemoryMap& memory);
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  /// What was allocated so far stays, in every execution, with the content that it has now.
  void keep();
  /// What was kept is given up; the next execution begins with nothing.
  void forget();
  void next_execution();

  /// Null when the heap is full.
  void* allocate(std::size_t bytes, std::size_t alignment, std::uint32_t thread, std::uint32_t pc);
  /// What `at` is the beginning of; null when it is no block.
  Block* block_at(const void* at);
  void free(Block& block, std::uint32_t thread, std::uint32_t pc);
  [[nodiscard]] std::size_t bytes_of(const Block& block) const { return block.bytes; }

  /// Of the eight bytes at an address of the heap.
  [[nodiscard]] State state(const volatile void* at) const {
    return static_cast<State>(
        states_[(reinterpret_cast<std::uintptr_t>(at) - begin_) >> state_shift]);
  }
  /// The block that an address is in or next to.
  [[nodiscard]] const Block* near(std::size_t offset) const;
  [[nodiscard]] std::uint32_t number(const Block& block) const {
    return static_cast<std::uint32_t>(&block - blocks_.data());
  }
  [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }
  [[nodiscard]] std::uintptr_t begin() const { return begin_; }

  /// Blocks of this execution that are neither freed nor pointed to, directly or through other
  /// blocks, from `roots` (begin, end).
  struct Range {
    std::uintptr_t begin;
    std::uintptr_t end;
  };
  [[nodiscard]] std::vector<const Block*> leaked(const std::vector<Range>& roots) const;
  [[nodiscard]] bool all_freed() const { return live_ == live_kept_; }

 private:
  static constexpr std::size_t state_shift = 3;
  static constexpr std::size_t gap_bytes = 16;

  void set_state(const Block& block, State state);

  std::uintptr_t begin_;
  std::uint8_t* states_;
  std::vector<Block> blocks_;
  std::size_t top_ = 0;
  std::size_t live_ = 0;
  std::vector<unsigned char> image_;  ///< of what was kept
  std::vector<Block> blocks_kept_;
  std::size_t live_kept_ = 0;
};

}  // namespace sim
