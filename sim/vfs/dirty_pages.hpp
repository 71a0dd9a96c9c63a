#pragma once
// Which pages of a file must be written, and which are being written: the tags of the original's
// radix tree, and the inode's own state while it is on a list of dirty inodes.
//
// Invariants: a page's dirty and writeback flags and these sets say the same; both change with
// Inode::tree_lock held. Source: Linux 2.6.18, mm/page-writeback.c, fs/fs-writeback.c. Units:
// pages.

#include <cstdint>
#include <set>

#include "model/base/time.hpp"

namespace sim {

/// The sysctls vm.dirty_*.
struct DirtyLimits {
  std::uint64_t ratio = 40;             ///< percent of memory: writers must write, too
  std::uint64_t background_ratio = 10;  ///< pdflush begins
  kev::Duration interval{5'000'000'000};
  kev::Duration expire{30'000'000'000};
};

struct DirtyPages {
  std::set<std::uint64_t> dirty;      ///< PAGECACHE_TAG_DIRTY
  std::set<std::uint64_t> writeback;  ///< PAGECACHE_TAG_WRITEBACK
  std::uint64_t next = 0;             ///< where cyclic write-back goes on (writeback_index)
  bool error = false;                 ///< AS_EIO: a write failed, and nobody has been told
  bool inode_dirty = false;           ///< I_DIRTY_PAGES
  bool inode_locked = false;          ///< I_LOCK: somebody writes its pages for memory's sake
  kev::Instant since;                 ///< when it became dirty (dirtied_when)
};

}  // namespace sim
