#include "sim/instrument/races.hpp"

#include "model/base/check.hpp"
#include "sim/engine/arena.hpp"

namespace sim {

namespace {

// std::memory_order as the compiler passes it.
constexpr int consume = 1;
constexpr int acquire_order = 2;
constexpr int release_order = 3;
constexpr int acq_rel = 4;
constexpr int seq_cst = 5;

constexpr bool acquires(int order) {
  return order == consume || order == acquire_order || order >= acq_rel;
}
constexpr bool releases(int order) {
  return order >= release_order && order <= seq_cst;
}

}  // namespace

void RaceDetector::next_execution() {
  ++mark_;
  KEV_CHECK(mark_ != 0);
  threads_ = 0;
  syncs_used_ = 0;
  readers_used_ = 0;
  has_fence_ = 0;
  displaced_.clear();
  displaced_hashes_.fill(0);
}

void RaceDetector::tick(std::uint32_t thread) {
  // Beyond the last clock nothing grows: races may be missed, none is invented.
  std::uint32_t& clock = clocks_[thread].at[thread];
  if (clock < epoch::clock_mask) ++clock;
  own_[thread] = (std::uint64_t{mark_} << 32) | (std::uint64_t{thread} << 21) | clock;
}

void RaceDetector::start_thread(std::uint32_t thread, std::uint32_t creator) {
  threads_ = thread + 1;
  if (thread == 0) {
    clocks_[0].at[0] = 0;
  } else {
    for (std::uint32_t i = 0; i < thread; ++i) clocks_[i].at[thread] = 0;
    clocks_[thread] = clocks_[creator];
    clocks_[thread].at[thread] = 0;
    tick(creator);
  }
  tick(thread);
}

std::uint32_t RaceDetector::sync_of(Cell& cell) {
  if (cell.sync_mark == mark_) return cell.sync;
  cell.sync = new_sync();
  cell.sync_mark = mark_;
  return cell.sync;
}

void RaceDetector::release_store(std::uint32_t thread, std::uint32_t sync) {
  for (std::uint32_t i = 0; i < threads_; ++i) syncs_[sync].released.at[i] = clocks_[thread].at[i];
  tick(thread);
}

void RaceDetector::release_join(std::uint32_t thread, std::uint32_t sync) {
  raise(syncs_[sync].released, clocks_[thread]);
  tick(thread);
}

bool RaceDetector::atomic_load(std::uint32_t thread, Cell& cell, int order, Race& race) {
  const std::uint32_t at = sync_of(cell);
  if (acquires(order)) acquire(thread, at);
  syncs_[at].atomic_read = own_[thread] | epoch::all_bytes;
  if (!unordered(thread, cell.write)) return false;
  tell(race, cell.write, cell.write_pc, true);
  return true;
}

bool RaceDetector::atomic_store(std::uint32_t thread, Cell& cell, int order, Race& race) {
  const std::uint32_t at = sync_of(cell);
  Sync& sync = syncs_[at];
  const bool met = unordered(thread, cell.write);
  if (met) tell(race, cell.write, cell.write_pc, true);
  const bool read = meets_reads(thread, cell, epoch::all_bytes, race);
  sync.atomic_write = own_[thread] | epoch::all_bytes;
  if (releases(order)) {
    release_store(thread, at);
  } else {
    for (std::uint32_t i = 0; i < threads_; ++i)
      sync.released.at[i] = (has_fence_ & bit_of(thread)) != 0 ? fence_released_[thread].at[i] : 0;
  }
  return met || read;
}

bool RaceDetector::atomic_update(std::uint32_t thread, Cell& cell, int order, Race& race) {
  const std::uint32_t at = sync_of(cell);
  const bool met = unordered(thread, cell.write);
  if (met) tell(race, cell.write, cell.write_pc, true);
  const bool read = meets_reads(thread, cell, epoch::all_bytes, race);
  if (acquires(order)) acquire(thread, at);
  syncs_[at].atomic_write = own_[thread] | epoch::all_bytes;
  if (releases(order))
    release_join(thread, at);
  else if ((has_fence_ & bit_of(thread)) != 0)
    raise(syncs_[at].released, fence_released_[thread]);
  return met || read;
}

void RaceDetector::fence(std::uint32_t thread, int order) {
  // Which objects the relaxed loads before the fence read is not kept: the fence acquires all that
  // there is, which hides races but invents none.
  if (acquires(order))
    for (std::uint32_t i = 0; i < syncs_used_; ++i) raise(clocks_[thread], syncs_[i].released);
  if (releases(order)) {
    has_fence_ |= bit_of(thread);
    fence_released_[thread] = clocks_[thread];
    tick(thread);
  }
}

bool RaceDetector::meets_reads(std::uint32_t thread, const Cell& cell, std::uint64_t bytes,
                               Race& race) const {
  if (epoch::mark(cell.read) != mark_) return false;
  if ((cell.read & epoch::several) == 0) {
    if ((cell.read & bytes) == 0 || !unordered(thread, cell.read)) return false;
    tell(race, cell.read, cell.read_pc, false);
    return true;
  }
  const auto& readers = readers_[epoch::clock(cell.read)];
  for (std::uint32_t i = 0; i < threads_; ++i) {
    const std::uint64_t access = readers[i];
    if ((access & bytes) == 0 || !unordered(thread, access)) continue;
    tell(race, access, cell.read_pc, false);
    return true;
  }
  return false;
}

bool RaceDetector::meets_displaced(std::uint32_t thread, const Cell& cell, std::uint64_t bytes,
                                   bool write, Race& race) const {
  for (const Displaced& old : displaced_) {
    if (old.cell != &cell || (old.access & bytes) == 0 || !(write || old.is_write)) continue;
    if (!unordered(thread, old.access)) continue;
    tell(race, old.access, old.pc, old.is_write);
    return true;
  }
  return false;
}

/// Keeps an access whose bytes the one that takes its place does not cover.
void RaceDetector::displace(const Cell& cell, std::uint64_t access, std::uint32_t pc,
                            bool is_write) {
  if (epoch::mark(access) != mark_) return;
  const ArenaPause outside;
  displaced_.push_back({&cell, access, pc, is_write});
  const std::size_t hash = hash_of(cell);
  displaced_hashes_[hash / 64] |= std::uint64_t{1} << (hash % 64);
}

bool RaceDetector::read_slow(std::uint32_t thread, Cell& cell, std::uint64_t bytes,
                             std::uint32_t pc, Race& race) {
  if ((cell.write & bytes) != 0 && unordered(thread, cell.write)) {
    tell(race, cell.write, cell.write_pc, true);
    return true;
  }
  if (may_be_displaced(cell) && meets_displaced(thread, cell, bytes, false, race)) return true;
  if (cell.sync_mark == mark_ && unordered(thread, syncs_[cell.sync].atomic_write)) {
    tell(race, syncs_[cell.sync].atomic_write, 0, true);
    return true;
  }
  const std::uint64_t mine = own_[thread] | bytes;
  const bool stale = epoch::mark(cell.read) != mark_;
  if (!stale && (cell.read & epoch::several) != 0) {
    std::uint64_t& slot = readers_[epoch::clock(cell.read)][thread];
    if (epoch::mark(slot) == mark_ && (epoch::bytes(slot) & ~bytes) != 0)
      displace(cell, slot, cell.read_pc, false);
    slot = mine;
  } else if (stale || !unordered(thread, cell.read)) {
    if (!stale && (epoch::bytes(cell.read) & ~bytes) != 0)
      displace(cell, cell.read, cell.read_pc, false);
    cell.read = mine;
  } else {
    if (readers_used_ == readers_.size()) {
      const ArenaPause outside;
      readers_.emplace_back();
    }
    // What others left in it is of other executions.
    auto& readers = readers_[readers_used_];
    readers[epoch::thread(cell.read)] = cell.read;
    readers[thread] = mine;
    cell.read = (std::uint64_t{mark_} << 32) | epoch::several | readers_used_++;
  }
  cell.read_pc = pc;
  return false;
}

bool RaceDetector::write_slow(std::uint32_t thread, Cell& cell, std::uint64_t bytes,
                              std::uint32_t pc, Race& race) {
  if ((cell.write & bytes) != 0 && unordered(thread, cell.write)) {
    tell(race, cell.write, cell.write_pc, true);
    return true;
  }
  if (meets_reads(thread, cell, bytes, race)) return true;
  if (may_be_displaced(cell) && meets_displaced(thread, cell, bytes, true, race)) return true;
  if (cell.sync_mark == mark_) {
    const Sync& sync = syncs_[cell.sync];
    const bool write = unordered(thread, sync.atomic_write);
    if (write || unordered(thread, sync.atomic_read)) {
      tell(race, write ? sync.atomic_write : sync.atomic_read, 0, write);
      return true;
    }
  }
  if ((epoch::bytes(cell.write) & ~bytes) != 0) displace(cell, cell.write, cell.write_pc, true);
  cell.write = own_[thread] | bytes;
  cell.write_pc = pc;
  return false;
}

}  // namespace sim
