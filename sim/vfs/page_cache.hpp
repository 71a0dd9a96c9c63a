#pragma once
// The page cache: pages of files in a limited memory, found by file and index, locked while they
// are read, evicted when memory is short. It also completes page reads.
//
// Source: Linux 2.6.18, mm/filemap.c (lookup, page lock, hashed wait queues), mm/vmscan.c
// (reclaim), fs/mpage.c (completion). A page read with an error is unlocked with its error flag set
// and not uptodate; whoever wants it then reads it again.
//
// Properties:
//   page_state         unlocking a page that is not locked, whose read is in flight, or that
//   somebody
//                      else locked; reading an uptodate page; clearing uptodate; freeing a locked
//                      page
//   reference_balance  a reference dropped that is not there, or the cache's own by a stranger
// Locks: Inode::tree_lock and the LRU's lock, never both; wait queue locks; all with interrupts
// off. Errors: negative errno, as in the kernel. Which page goes is up to ReplacementRules. Reclaim
// is direct: who allocates pays for it. Dirty pages: write_back.hpp. Left out: kswapd, mapped
// pages. Faults: page.alloc, alloc, cache.reclaim at an allocation; cache.invalidate,
// cache.truncate and cache.cut at a read.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "model/platform/platform.hpp"
#include "sim/faults/faults.hpp"
#include "sim/kernel/wait_queue.hpp"
#include "sim/vfs/dirty_pages.hpp"
#include "sim/vfs/inode.hpp"
#include "sim/vfs/page.hpp"
#include "sim/vfs/page_frames.hpp"
#include "sim/vfs/page_lru.hpp"
#include "sim/vfs/read_bio.hpp"
#include "sim/vfs/replacement.hpp"

namespace sim {

class FileCutter;
class WriteBack;

/// Pages that reclaim scans at a time, at most (SWAP_CLUSTER_MAX).
inline constexpr std::size_t swap_cluster_max = 32;

/// Whether a lookup counts in the hit ratio: a read looks again after readahead.
enum class Lookup : std::uint8_t { first, again };

/// Why a page leaves: only what memory needed is remembered.
enum class Eviction : std::uint8_t { reclaim, invalidation };

struct CacheStats {
  std::uint64_t lookups = 0;  ///< first lookups: hits + misses
  std::uint64_t hits = 0;     ///< found uptodate
  std::uint64_t misses = 0;   ///< absent, or still being read
  std::uint64_t evictions = 0;
  std::uint64_t refaults = 0;            ///< pages that came back and were remembered
  std::uint64_t refaults_activated = 0;  ///< of these, soon enough to be activated
  std::uint64_t read_errors = 0;         ///< pages whose read failed
  std::uint64_t truncated = 0;           ///< pages that left with a part of their file
};

class PageCache {
 public:
  PageCache(Kernel& kernel, Faults& faults, std::uint64_t capacity_pages,
            const ReplacementRules& rules = replacement_rules().front());
  ~PageCache();
  PageCache(const PageCache&) = delete;
  PageCache& operator=(const PageCache&) = delete;

  // -- pages and references -----------------------------------------------------------------------
  /// With a reference; null when it is not cached.
  Page* find_get(Inode& inode, std::uint64_t index, Lookup lookup = Lookup::first);
  /// A page in no file, with one reference, evicting others when memory is full. Null is -ENOMEM:
  /// the fault page.alloc, or nothing can be evicted (after about a second of waiting).
  Page* allocate(kev::Allocation how = kev::Allocation::may_sleep);
  /// Puts an allocated page into the file, LOCKED by the caller, and on the inactive list; the
  /// cache takes a reference of its own. 0, -EEXIST, or -ENOMEM (the fault alloc); then nothing
  /// changed.
  int add(Page& page, Inode& inode, std::uint64_t index);
  void get(Page& page);
  void put(Page& page);

  // -- the page lock ------------------------------------------------------------------------------
  /// Sleeps uninterruptibly; the first of those waiting gets it. Sends plugged reads off meanwhile.
  void lock_page(Page& page);
  bool try_lock_page(Page& page);
  /// By who locked it, or in end_io. Wakes.
  void unlock_page(Page& page);
  /// Sleeps until somebody has unlocked it; does not lock it.
  void wait_on_page_locked(Page& page);
  /// For waiters that do not sleep: the entry's wake function is called, under the queue's lock,
  /// when some page is unlocked; the key says which (Page::id()), and it must return false for
  /// others. It takes the entry out with page_waiters().remove_locked(). Protocol: add, then test
  /// whether the page is still locked; if not, remove.
  void add_page_waiter(Page& page, WaitEntry& entry);
  void remove_page_waiter(Page& page, WaitEntry& entry);
  [[nodiscard]] WaitQueue& page_waiters(const Page& page);
  /// Somebody will wait for this page: lets its disk work.
  void sync_page(Page& page);

  // -- state --------------------------------------------------------------------------------------
  void set_uptodate(Page& page);
  void set_error(Page& page);
  void clear_error(Page& page);
  /// Nobody may take uptodate back from a cached page.
  void clear_uptodate(Page& page);
  void mark_readahead(Page& page) { page.readahead_ = true; }
  void clear_readahead(Page& page) { page.readahead_ = false; }
  void mark_accessed(Page& page);

  // -- reads --------------------------------------------------------------------------------------
  ReadBio& make_read_bio(Inode& inode, const ReadHooks& hooks);
  /// Submits it. Requires: at least one page, all of them locked by the caller and not uptodate.
  void submit(ReadBio& bio);
  /// The ordinary end of a read, for end_io hooks: every page uptodate or error, and unlocked, last
  /// page first (mpage_end_io_read).
  void finish_pages(ReadBio& bio);
  /// A page of a hole: uptodate without any reading, and unlocked.
  void finish_hole(Page& page);

  // -- memory -------------------------------------------------------------------------------------
  /// Evicts all clean, unlocked, unreferenced pages; how many.
  std::uint64_t evict_all();
  /// The same for one file.
  std::uint64_t invalidate(Inode& inode) { return invalidate(inode, 0, inode.page_count()); }
  /// And for pages [begin, end) of it (invalidate_mapping_pages).
  std::uint64_t invalidate(Inode& inode, std::uint64_t begin, std::uint64_t end);
  /// Takes pages from `begin` on out of the file, whoever uses them: those that are locked are
  /// waited for, and who holds one finds that it is in no file any more and not uptodate
  /// (truncate_inode_pages). Requires: the file ends before them; its mutex. May sleep.
  void remove_pages(Inode& inode, std::uint64_t begin);
  /// The page's bytes are those of that version from now on. Requires: locked by the caller.
  void set_version(Page& page, std::uint32_t version);
  /// New pages that CPUs still gather join the lists (lru_add_drain_all).
  void drain_batches() { lru_.drain_all(); }
  /// How many pages it is sensible to read ahead at once (2.6.18): half of what is inactive or
  /// free.
  [[nodiscard]] std::uint64_t max_sane_readahead(std::uint64_t pages) const;

  // -- writes -------------------------------------------------------------------------------------
  /// Before anything is written.
  void set_dirty_limits(const DirtyLimits& limits) { dirty_limits_ = limits; }
  /// Made when first asked for.
  WriteBack& write_back();
  /// Null when nothing was ever written.
  [[nodiscard]] const WriteBack* written_back() const { return write_back_.get(); }
  /// Sleeps until the page is not being written.
  void wait_on_page_writeback(Page& page);

  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }
  [[nodiscard]] std::uint64_t pages_in_use() const { return in_use_; }
  [[nodiscard]] const PageLru& lru() const { return lru_; }
  [[nodiscard]] const CacheStats& stats() const { return stats_; }
  [[nodiscard]] Kernel& kernel() { return kernel_; }

 private:
  class LockWaiter;

  Page& take_frame();
  void free_frame(Page& page);
  [[nodiscard]] bool owned_by_me(const Page& page) const;
  /// The current context may change this page: it is locked, and nobody else's.
  void check_locked(const Page& page, const char* operation);
  void violate_state(const Page& page, const char* operation, const char* why);

  static void end_read(Bio& finished);
  void invalidate_by_fault(const ReadBio& bio);
  void truncate_by_fault(const ReadBio& bio, std::optional<kev::Duration> restored_after);
  void remove(Page& page);

  std::uint64_t reclaim();
  std::uint64_t shrink_in_proportion(int priority, std::uint64_t& scanned);
  std::uint64_t shrink_inactive_first(int priority, std::uint64_t& scanned);
  std::uint64_t shrink_inactive(std::uint64_t count);
  void recognise(Page& page, PageAge evicted);
  bool evict(Page& page, Eviction why);
  bool keep_unwritten(Page& page, Eviction why);
  void end_writeback(Page& page);
  friend class WriteBack;
  void wait_for_memory();

  Kernel& kernel_;
  Faults& faults_;
  const std::uint64_t capacity_;
  const ReplacementRules& rules_;
  const std::uint64_t cluster_;  ///< pages scanned at a time
  std::uint64_t in_use_ = 0;
  std::uint64_t scan_active_ = 0;  ///< still to be scanned
  std::uint64_t scan_inactive_ = 0;
  PageAge age_;                      ///< pages evicted and activated so far (nonresident_age)
  std::uint64_t refaults_seen_ = 0;  ///< refaults_activated at the end of the last reclaim
  PageFrames frames_;
  std::vector<Page*> free_;
  PageLru lru_;
  std::vector<std::unique_ptr<WaitQueue>> waiters_;  ///< hashed by page
  int waiters_shift_ = 0;                            ///< leaves as many bits of a hash as needed
  std::deque<ReadBio> bios_;
  std::vector<ReadBio*> free_bios_;
  CacheStats stats_;
  DirtyLimits dirty_limits_;
  std::unique_ptr<WriteBack> write_back_;  ///< when something has been written
  std::unique_ptr<FileCutter> cutter_;     ///< when a fault has cut a file off
};

}  // namespace sim
