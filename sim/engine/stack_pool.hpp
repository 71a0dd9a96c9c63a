#pragma once
// Stacks for fibers, mapped once and reused: mapping a fresh stack a fiber is five times slower
// than taking a used one from the pool.
//
// Invariants: every stack has a guard page below it, so that an overflow ends the process instead
// of corrupting a neighbour (the page costs nothing once mapped); the most recently returned stack
// is handed out first, because it is the one still in the cache; the pool outlives its fibers.
// One pool belongs to one thread.
// Limit: a stack with its guard page takes two mappings of the process and Linux allows about 65
// 000 (sysctl vm.max_map_count): from some 32 000 fibers at a time on, the stacks have no guard
// page.

#include <cstddef>
#include <vector>

#include "sim/engine/sanitizers.hpp"

namespace sim {

class StackPool {
 public:
  /// AddressSanitizer's frames are several times larger.
#if SIM_ADDRESS_SANITIZER
  static constexpr std::size_t default_bytes = 256 * 1024;
#else
  static constexpr std::size_t default_bytes = 64 * 1024;
#endif

  /// One usable stack; `top` is its highest address, where it begins to grow down from.
  struct Stack {
    void* top = nullptr;
    std::size_t bytes = 0;
  };

  explicit StackPool(std::size_t stack_bytes = default_bytes) : stack_bytes_(stack_bytes) {}
  ~StackPool();
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  [[nodiscard]] Stack take();
  void give_back(Stack stack);
  /// All stacks come back at once, whoever has them: fibers that are gone without their destructors
  /// (sim/engine/arena.hpp).
  void reclaim();

  /// The bytes each stack was asked for; up to 2 KiB of them shift its top (see the source).
  [[nodiscard]] std::size_t stack_bytes() const { return stack_bytes_; }
  /// Stacks mapped so far, in use or not.
  [[nodiscard]] std::size_t mapped() const { return mapped_; }
  [[nodiscard]] std::size_t in_use() const { return mapped_ - free_.size(); }

 private:
  [[nodiscard]] Stack map();

  std::size_t stack_bytes_;
  std::size_t mapping_bytes_ = 0;  ///< of one stack with its guard page
  std::size_t mapped_ = 0;
  std::vector<Stack> free_;
  std::vector<Stack> all_;
};

}  // namespace sim
