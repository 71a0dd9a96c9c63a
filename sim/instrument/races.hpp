#pragma once
// Data races by happens-before: two accesses to one byte, one of them a plain write or both plain
// and one a write, with nothing that orders them. FastTrack (Flanagan and Freund, PLDI 2009): the
// last write and, mostly, the last read are an epoch (thread, clock) instead of a vector of clocks.
//
// What orders: program order; creating and joining threads; a lock's release and its next
// acquisition; an atomic store or update with release order and the load with acquire order that
// reads it (C++20: a release sequence goes on through updates only); fences.
// Never reports accesses that are ordered. Atomic accesses never race with each other.
//
// Invariants: epochs and clocks of other executions count as nothing; a thread's own clock grows
// with each release, so that what it does later is not covered by it.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/instrument/memory_map.hpp"

namespace sim {

/// For each thread, how far somebody knows it.
struct VectorClock {
  std::array<std::uint32_t, threads_max> at{};
};

/// A packed access: execution (32 bits), bytes of the cell (4), several readers (1), thread (6),
/// clock (21).
namespace epoch {
inline constexpr std::uint64_t clock_mask = (1u << 21) - 1;
inline constexpr std::uint64_t several = std::uint64_t{1} << 27;
inline constexpr std::uint64_t all_bytes = std::uint64_t{0xF} << 28;

constexpr std::uint32_t clock(std::uint64_t e) {
  return static_cast<std::uint32_t>(e & clock_mask);
}
constexpr std::uint32_t thread(std::uint64_t e) {
  return static_cast<std::uint32_t>(e >> 21) & 63;
}
constexpr std::uint32_t mark(std::uint64_t e) {
  return static_cast<std::uint32_t>(e >> 32);
}
constexpr std::uint64_t bytes(std::uint64_t e) {
  return e & all_bytes;
}
/// So many from that byte of the cell on.
constexpr std::uint64_t bytes_at(std::uint64_t first, std::uint64_t count) {
  return ((std::uint64_t{1} << count) - 1) << (first + 28);
}
}  // namespace epoch

/// A race: what came first, and what it met.
struct Race {
  std::uint32_t first_thread = 0;
  std::uint32_t first_pc = 0;
  bool first_is_write = false;
};

class RaceDetector {
 public:
  RaceDetector() { clocks_.resize(threads_max); }

  void next_execution();
  void start_thread(std::uint32_t thread, std::uint32_t creator);
  void join_thread(std::uint32_t thread, std::uint32_t finished) {
    raise(clocks_[thread], clocks_[finished]);
  }

  /// What `earlier` has done so far comes before what `later` does from now on.
  void order(std::uint32_t earlier, std::uint32_t later) {
    raise(clocks_[later], clocks_[earlier]);
    tick(earlier);
  }

  /// A clock: what those who acquire it come to know.
  std::uint32_t new_sync() {
    if (syncs_used_ == syncs_.size()) syncs_.emplace_back();
    syncs_[syncs_used_] = {};
    return syncs_used_++;
  }
  /// Who acquires `to` also comes to know what `from` holds now.
  void pass(std::uint32_t from, std::uint32_t to) {
    raise(syncs_[to].released, syncs_[from].released);
  }
  /// The clock of the object at an address.
  std::uint32_t sync_of(Cell& cell);
  void acquire(std::uint32_t thread, std::uint32_t sync) {
    raise(clocks_[thread], syncs_[sync].released);
  }
  /// The object's clock becomes the thread's, or also the thread's.
  void release_store(std::uint32_t thread, std::uint32_t sync);
  void release_join(std::uint32_t thread, std::uint32_t sync);

  // Atomic accesses: order as in std::memory_order.
  [[nodiscard]] bool atomic_load(std::uint32_t thread, Cell& cell, int order, Race& race);
  [[nodiscard]] bool atomic_store(std::uint32_t thread, Cell& cell, int order, Race& race);
  [[nodiscard]] bool atomic_update(std::uint32_t thread, Cell& cell, int order, Race& race);
  void fence(std::uint32_t thread, int order);

  /// Plain accesses to the bytes of one cell. True: a race, told in `race`.
  [[nodiscard]] bool read(std::uint32_t thread, Cell& cell, std::uint64_t bytes, std::uint32_t pc,
                          Race& race) {
    const std::uint64_t mine = own_[thread] | bytes;
    if (cell.read == mine) return false;
    if (!settled(thread, cell.write) || !covers(thread, cell.read, bytes) || !alone(cell))
      return read_slow(thread, cell, bytes, pc, race);
    cell.read = mine;
    cell.read_pc = pc;
    return false;
  }
  [[nodiscard]] bool write(std::uint32_t thread, Cell& cell, std::uint64_t bytes, std::uint32_t pc,
                           Race& race) {
    const std::uint64_t mine = own_[thread] | bytes;
    if (cell.write == mine) return false;
    if (!covers(thread, cell.write, bytes) || !settled(thread, cell.read) || !alone(cell))
      return write_slow(thread, cell, bytes, pc, race);
    cell.write = mine;
    cell.write_pc = pc;
    return false;
  }
  /// The same of all bytes of two cells that lie side by side, the first of them an even one.
  [[nodiscard]] bool read_pair(std::uint32_t thread, Cell* pair, std::uint32_t pc, Race& race) {
    const std::uint64_t mine = own_[thread] | epoch::all_bytes;
    if (pair[0].read == mine && pair[1].read == mine) return false;
    if (!equal(pair) || !settled(thread, pair->write) ||
        !covers(thread, pair->read, epoch::all_bytes) || !alone(pair))
      return read(thread, pair[0], epoch::all_bytes, pc, race) ||
             read(thread, pair[1], epoch::all_bytes, pc, race);
    pair[0].read = pair[1].read = mine;
    pair[0].read_pc = pair[1].read_pc = pc;
    return false;
  }
  [[nodiscard]] bool write_pair(std::uint32_t thread, Cell* pair, std::uint32_t pc, Race& race) {
    const std::uint64_t mine = own_[thread] | epoch::all_bytes;
    if (pair[0].write == mine && pair[1].write == mine) return false;
    if (!equal(pair) || !covers(thread, pair->write, epoch::all_bytes) ||
        !settled(thread, pair->read) || !alone(pair))
      return write(thread, pair[0], epoch::all_bytes, pc, race) ||
             write(thread, pair[1], epoch::all_bytes, pc, race);
    pair[0].write = pair[1].write = mine;
    pair[0].write_pc = pair[1].write_pc = pc;
    return false;
  }

 private:
  struct Sync {
    VectorClock released;
    std::uint64_t atomic_write = 0;
    std::uint64_t atomic_read = 0;
  };
  /// An access that a later one to other bytes of the same cell displaced.
  struct Displaced {
    const Cell* cell;
    std::uint64_t access;
    std::uint32_t pc;
    bool is_write;
  };

  void raise(VectorClock& clock, const VectorClock& other) const {
    for (std::uint32_t i = 0; i < threads_; ++i) clock.at[i] = std::max(clock.at[i], other.at[i]);
  }
  void tick(std::uint32_t thread);
  /// Whether the access was in this execution and nothing orders it before `thread`'s next one.
  [[nodiscard]] bool unordered(std::uint32_t thread, std::uint64_t access) const {
    return epoch::mark(access) == mark_ &&
           clocks_[thread].at[epoch::thread(access)] < epoch::clock(access);
  }

  // What nearly every access meets, and what is decided on the spot then.
  /// Nothing of what the cell holds races with the thread's next access.
  [[nodiscard]] bool settled(std::uint32_t thread, std::uint64_t held) const {
    return epoch::mark(held) != mark_ ||
           ((held & epoch::several) == 0 &&
            clocks_[thread].at[epoch::thread(held)] >= epoch::clock(held));
  }
  /// Such an access may take its place, too: whoever races with it races with the new one.
  [[nodiscard]] bool covers(std::uint32_t thread, std::uint64_t held, std::uint64_t bytes) const {
    return epoch::mark(held) != mark_ ||
           ((held & (epoch::several | (epoch::all_bytes ^ bytes))) == 0 &&
            clocks_[thread].at[epoch::thread(held)] >= epoch::clock(held));
  }
  /// The cell holds all that there is: no accesses to other bytes, no atomic ones.
  [[nodiscard]] bool alone(const Cell& cell) const {
    return cell.sync_mark != mark_ && !may_be_displaced(cell);
  }
  [[nodiscard]] bool alone(const Cell* pair) const {
    return pair[0].sync_mark != mark_ && pair[1].sync_mark != mark_ && !may_be_displaced(*pair);
  }
  [[nodiscard]] static bool equal(const Cell* pair) {
    return pair[0].write == pair[1].write && pair[0].read == pair[1].read;
  }
  /// Cells of a pair have the same, and so do some others.
  [[nodiscard]] static std::size_t hash_of(const Cell& cell) {
    return reinterpret_cast<std::uintptr_t>(&cell) / (2 * sizeof(Cell)) % 256;
  }
  [[nodiscard]] bool may_be_displaced(const Cell& cell) const {
    const std::size_t hash = hash_of(cell);
    return ((displaced_hashes_[hash / 64] >> (hash % 64)) & 1) != 0;
  }
  bool read_slow(std::uint32_t thread, Cell& cell, std::uint64_t bytes, std::uint32_t pc,
                 Race& race);
  bool write_slow(std::uint32_t thread, Cell& cell, std::uint64_t bytes, std::uint32_t pc,
                  Race& race);
  bool meets_reads(std::uint32_t thread, const Cell& cell, std::uint64_t bytes, Race& race) const;
  bool meets_displaced(std::uint32_t thread, const Cell& cell, std::uint64_t bytes, bool write,
                       Race& race) const;
  void displace(const Cell& cell, std::uint64_t access, std::uint32_t pc, bool is_write);
  static void tell(Race& race, std::uint64_t access, std::uint32_t pc, bool is_write) {
    race = {epoch::thread(access), pc, is_write};
  }

  std::uint32_t mark_ = 0;
  std::uint32_t threads_ = 0;
  std::vector<VectorClock> clocks_;
  std::array<std::uint64_t, threads_max> own_{};  ///< each thread's epoch, without bytes
  std::array<VectorClock, threads_max> fence_released_{};
  ThreadMask has_fence_ = 0;
  std::vector<Sync> syncs_;
  std::uint32_t syncs_used_ = 0;
  std::vector<std::array<std::uint64_t, threads_max>> readers_;
  std::uint32_t readers_used_ = 0;
  std::vector<Displaced> displaced_;
  std::array<std::uint64_t, 4> displaced_hashes_{};  ///< a bit for each that one of them has
};

}  // namespace sim
