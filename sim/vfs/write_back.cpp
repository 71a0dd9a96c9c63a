// Becoming dirty, the limits, and who waits because of them.

#include "sim/vfs/write_back.hpp"

#include <algorithm>
#include <cerrno>

#include "sim/vfs/disk_host.hpp"
#include "sim/vfs/file_changes.hpp"

namespace sim {

namespace {

constexpr std::uint64_t looks_when_exceeded = 8;
constexpr kev::Duration congestion_pause{100'000'000};  // HZ/10

std::uint64_t pages_between_looks(const PageCache& cache, std::size_t cpus) {
  return std::clamp<std::uint64_t>(cache.capacity() / (cpus * 32), 16, 1024);
}

}  // namespace

WriteBack::WriteBack(PageCache& cache, const DirtyLimits& limits)
    : cache_(cache),
      kernel_(cache.kernel()),
      limits_(limits),
      pages_between_looks_(pages_between_looks(cache, kernel_.cpus().size())),
      dirtied_(kernel_.cpus().size(), 0),
      timer_(kernel_, "write-back timer", &on_timer, this) {}

std::uint64_t WriteBack::limit() const {
  const std::uint64_t ratio = std::clamp<std::uint64_t>(limits_.ratio, 5, 50);
  return ratio * cache_.capacity() / 100;
}

std::uint64_t WriteBack::background_limit() const {
  const std::uint64_t ratio = std::clamp<std::uint64_t>(limits_.ratio, 5, 50);
  const std::uint64_t background =
      limits_.background_ratio < ratio ? limits_.background_ratio : ratio / 2;
  return background * cache_.capacity() / 100;
}

void WriteBack::mark_dirty(Page& page) {
  if (kernel_.ending()) return;
  Inode& inode = *page.inode_;
  DirtyPages& state = inode.changes().pages;
  disk_ = &inode.disk();
  {
    IrqGuard guard(inode.tree_lock);
    if (page.dirty_) return;
    page.dirty_ = true;
    state.dirty.insert(page.index_);
    ++dirty_;
  }
  kernel_.point({"inode is dirty", object_in(ObjectSpace::inode, inode.id())});
  if (!state.inode_dirty) {
    state.inode_dirty = true;
    if (!state.inode_locked) {
      state.since = kernel_.now();
      fresh_.push_front(&inode);
    }
  }
  arm_timer();
}

void WriteBack::cancel_dirty(Page& page) {
  if (page.dirty_) clear_dirty(page);
}

void WriteBack::clear_dirty(Page& page) {
  IrqGuard guard(page.inode_->tree_lock);
  page.dirty_ = false;
  page.inode_->changes().pages.dirty.erase(page.index_);
  --dirty_;
}

void WriteBack::balance(std::uint64_t pages) {
  std::uint64_t& dirtied = dirtied_[kernel_.interrupt_cpu()];
  dirtied += pages;
  if (dirtied < (over_limit_ ? looks_when_exceeded : pages_between_looks_)) return;
  dirtied = 0;
  balance_now();
}

void WriteBack::pause() {
  if (!kernel_.ending() && disk_ != nullptr) disk_->wait_for_writes(congestion_pause);
}

/// Writes until it has written enough, or the limit is kept.
void WriteBack::balance_now() {
  const auto chunk = static_cast<std::int64_t>(pages_between_looks_ + pages_between_looks_ / 2);
  std::int64_t written = 0;
  const kev::Instant begin = kernel_.now();
  if (exceeded()) ++stats_.throttled;
  while (exceeded() && !kernel_.ending()) {
    over_limit_ = true;
    if (dirty_ != 0) {
      WriteControl control;
      control.to_write = chunk;
      write_inodes(control);
      if (!exceeded()) break;
      written += chunk - control.to_write;
      if (written >= chunk) break;
    }
    pause();
  }
  stats_.throttled_time += kernel_.now() - begin;
  if (!exceeded()) over_limit_ = false;
  if (!flushing_ && dirty_ > background_limit()) start_flusher(Job::background, 0);
}

int WriteBack::sync(Inode& inode) {
  kernel_.might_sleep("fsync");
  if (inode.changed() == nullptr) return 0;
  DirtyPages& state = inode.changes().pages;
  WriteControl control;
  control.wait = WriteControl::Wait::for_each;
  write_pages(inode, control);
  {
    MutexGuard guard(inode.changes().mutex);  // for the file system's own part: metadata
  }
  std::uint64_t at = 0;
  for (;;) {
    Page* page = nullptr;
    {
      IrqGuard guard(inode.tree_lock);
      const auto next = state.writeback.lower_bound(at);
      if (next == state.writeback.end()) break;
      at = *next;
    }
    page = cache_.find_get(inode, at++, Lookup::again);
    if (page == nullptr) continue;
    cache_.wait_on_page_writeback(*page);
    cache_.put(*page);
  }
  const bool failed = state.error;
  state.error = false;
  return failed ? -EIO : 0;
}

void WriteBack::flush(Inode& inode, std::uint64_t begin, std::uint64_t end) {
  if (inode.changed() == nullptr) return;
  WriteControl control;
  control.begin = begin;
  control.end = end;
  write_pages(inode, control);
}

void WriteBack::start_background(std::uint64_t min_pages) {
  start_flusher(Job::background, min_pages);
}

}  // namespace sim
