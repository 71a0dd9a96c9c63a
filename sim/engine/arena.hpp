#pragma once
// Memory that is put back as it was: everything that is allocated with new while the arena is in
// use lies in it, and rewind() restores it to the bytes that it had at mark(). A world that is
// built once, marked, and rewound before each execution is new every time, for the price of one
// copy; objects made since the mark are simply gone, without their destructors.
//
// Invariants: what outlives an execution is not allocated in it: callers put ArenaPause around code
// of others. Function-local statics that allocate must be initialised before (run once without).
// Freed blocks are used again by blocks of their size, when delete knows it; the rest waits for
// rewind().
// One arena is in use at a time in a process, and only on one thread. In sanitizer builds new is
// the sanitizer's: available() is false, and mark() must not be called.
// Errors: an execution that needs more than bytes_max is our own bug (KEV_CHECK).

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/engine/sanitizers.hpp"

namespace sim {

class Arena {
 public:
  static constexpr std::size_t bytes_max = std::size_t{256} << 20;
  static constexpr bool available();

  /// Reserves addresses; memory comes as it is used. Requires: fewer than 8 others.
  Arena();
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Remembers what there is.
  void mark();
  /// Requires: mark() was called; nothing made since is used any more.
  void rewind();
  /// Requires: nothing in it is used any more.
  void clear();
  /// Bytes that mark() remembered.
  [[nodiscard]] std::size_t marked() const { return image_.size(); }

  // For operator new and delete.
  void* allocate(std::size_t bytes);
  void free(void* block, std::size_t bytes);
  /// Null: the block is of no arena.
  static Arena* owner(const void* block);

 private:
  static constexpr std::size_t granule = 16;
  static constexpr std::size_t small_max = 1024;
  static constexpr std::size_t large_classes = 16;
  struct Freed {
    Freed* next;
  };
  /// At the beginning of the arena, so that it is restored with the rest.
  struct State {
    char* top;
    Freed* small[small_max / granule + 1];
    Freed* large[large_classes];
  };
  struct SizeClass {
    std::size_t bytes;
    Freed** list;
  };
  SizeClass class_of(std::size_t bytes);

  std::size_t slot_;
  State* state_;
  std::vector<char> image_;
};

/// Where new allocates; null: as always.
extern Arena* arena_in_use;

constexpr bool Arena::available() {
  return SIM_ADDRESS_SANITIZER == 0 && SIM_THREAD_SANITIZER == 0;
}

class ArenaUse {
 public:
  explicit ArenaUse(Arena* arena) : before_(arena_in_use) { arena_in_use = arena; }
  ~ArenaUse() { arena_in_use = before_; }
  ArenaUse(const ArenaUse&) = delete;
  ArenaUse& operator=(const ArenaUse&) = delete;

 private:
  Arena* before_;
};

/// Meanwhile new allocates as always.
class ArenaPause : ArenaUse {
 public:
  ArenaPause() : ArenaUse(nullptr) {}
};

}  // namespace sim
