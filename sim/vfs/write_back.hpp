#pragma once
// Write-back: who writes dirty pages, when, and who waits for it.
//
// Source: Linux 2.6.18, mm/page-writeback.c, mm/pdflush.c, fs/fs-writeback.c, fs/mpage.c:
//   mark_dirty   a page differs from the disk; its inode joins the dirty ones, newest first
//   balance      a writer looks at the limits after so many pages of its CPU (a 32nd of memory a
//                CPU, 16 to 1024; 8 while the limit is exceeded). Above dirty_ratio it writes pages
//                itself, one and a half times as many, and sleeps until a request has been
//                given back or for 100 ms, until it has written that many or the limit is kept.
//                Above dirty_background_ratio it starts pdflush
//   pdflush      two threads. One, started by balance(), writes 1024 pages at a time until there
//                are fewer than the background limit, oldest inode first; one, every 5 s, what has
//                been dirty for 30 s. Both leave a congested disk alone
//   sync         fsync: writes all that is dirty, waits for it, and tells a failed write, once
//   flush        starts the writes of a file's dirty pages, and waits for none (filemap_flush)
//   page_out     reclaim writes a page that it would have evicted, and evicts it when it comes to
//                the end of its list again, where the end of the write has put it
// The limits are of the memory that the page cache may have. dirty_ratio is half of that at most
// (nothing is mapped), and 5 % at least; the background's is half of it if it is not smaller.
// Left out: metadata (names, sizes and places of blocks are never written), more than two threads,
// the wake-up of the periodic writer while nothing is dirty.
//
// Locks: Inode::tree_lock for a page's state. Context: process, may sleep, except where said.
// Properties: page_state. Faults: disk.write, at the disk.

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/kernel/timer.hpp"
#include "sim/vfs/page_cache.hpp"
#include "sim/vfs/write_bio.hpp"

namespace sim {

struct WriteBackStats {
  std::uint64_t pages_written = 0;
  std::uint64_t bios = 0;
  std::uint64_t failed_pages = 0;
  std::uint64_t throttled = 0;      ///< times that a writer was above the limit
  kev::Duration throttled_time{0};  ///< how long they were held up for it
  std::uint64_t paged_out = 0;      ///< pages written by reclaim
};

/// What a run of write-back shall do, and what it met (struct writeback_control).
struct WriteControl {
  enum class Wait : std::uint8_t { none, for_each };  ///< WB_SYNC_NONE, WB_SYNC_ALL
  enum class Disk : std::uint8_t { wait, skip_congested };

  std::int64_t to_write = INT64_MAX;  ///< pages, still
  Wait wait = Wait::none;
  Disk disk = Disk::wait;
  enum class By : std::uint8_t { writer, pdflush };

  By by = By::writer;
  std::uint64_t begin = 0;                      ///< pages of the file
  std::uint64_t end = UINT64_MAX;               ///< not with `cyclic`
  bool cyclic = false;                          ///< goes on where the last run ended
  std::optional<kev::Instant> older_than = {};  ///< only inodes dirty since before (kupdate)
  bool congested = false;                       ///< answer: the disk was
};

class WriteBack {
 public:
  WriteBack(PageCache& cache, const DirtyLimits& limits);
  WriteBack(const WriteBack&) = delete;
  WriteBack& operator=(const WriteBack&) = delete;

  /// Requires: locked by the caller, in its file. May not sleep.
  void mark_dirty(Page& page);
  /// The page's contents need not be written any more. Requires: locked by the caller.
  void cancel_dirty(Page& page);
  /// The caller has made so many pages dirty (balance_dirty_pages_ratelimited).
  void balance(std::uint64_t pages);
  /// 0, or -EIO when a write of the file has failed since the last call.
  int sync(Inode& inode);
  /// Of pages [begin, end), those under writeback already are left alone.
  void flush(Inode& inode, std::uint64_t begin, std::uint64_t end);
  /// Reclaim wants a page that is dirty. It is unlocked, and under writeback, if the disk may have
  /// it. Requires: locked by the caller, who has the only reference besides the cache's.
  void page_out(Page& page);
  /// Reclaim is in need: pdflush writes so many pages, unless it is at work anyway.
  void start_background(std::uint64_t min_pages);
  /// Until a write request has been given back (blk_congestion_wait), 100 ms at most.
  void pause();

  [[nodiscard]] std::uint64_t dirty_pages() const { return dirty_; }
  [[nodiscard]] std::uint64_t writeback_pages() const { return writeback_; }
  [[nodiscard]] std::uint64_t background_limit() const;
  [[nodiscard]] std::uint64_t limit() const;
  [[nodiscard]] const WriteBackStats& stats() const { return stats_; }

 private:
  class BioBuilder;
  enum class Job : std::uint8_t { none, background, periodic };
  struct Flusher {
    explicit Flusher(Kernel& kernel) : wait(kernel, "pdflush") {}
    WaitQueue wait;
    Job job = Job::none;
    std::uint64_t min_pages = 0;
  };

  // write_back.cpp
  void balance_now();
  [[nodiscard]] bool exceeded() const { return dirty_ + writeback_ > limit(); }

  // write_back_inodes.cpp
  void write_inodes(WriteControl& control);
  void write_inode(Inode& inode, WriteControl& control);
  void settle(Inode& inode, const WriteControl& control);
  void write_pages(Inode& inode, WriteControl& control);
  void write_page(Page& page, BioBuilder& builder, WriteControl& control);
  void clear_dirty(Page& page);
  void begin_writeback(Page& page);
  WriteBio& make_bio(Inode& inode);
  void submit(WriteBio& bio);
  static void end_write(Bio& finished);

  // pdflush.cpp
  bool start_flusher(Job job, std::uint64_t min_pages);
  void flusher_loop(Flusher& self);
  void make_flushers();
  void write_background(std::int64_t min_pages);
  void write_old();
  void arm_timer();
  static void on_timer(void* self);

  PageCache& cache_;
  Kernel& kernel_;
  DiskHost* disk_ = nullptr;  ///< of the files that were dirty
  const DirtyLimits limits_;
  const std::uint64_t pages_between_looks_;  ///< ratelimit_pages
  std::uint64_t dirty_ = 0;                  ///< NR_FILE_DIRTY
  std::uint64_t writeback_ = 0;              ///< NR_WRITEBACK
  bool over_limit_ = false;                  ///< dirty_exceeded
  bool flushing_ = false;                    ///< a pdflush writes (BDI_pdflush)
  std::vector<std::uint64_t> dirtied_;       ///< by CPU, since its last look
  std::list<Inode*> fresh_;                  ///< s_dirty: the newest first
  std::list<Inode*> in_turn_;                ///< s_io: the oldest last
  std::vector<std::unique_ptr<Flusher>> flushers_;
  bool has_flushers_ = false;
  bool timer_armed_ = false;  ///< the periodic writer will come, or is at work
  HrTimer timer_;
  std::deque<WriteBio> bios_;
  std::vector<WriteBio*> free_bios_;
  WriteBackStats stats_;
};

}  // namespace sim
