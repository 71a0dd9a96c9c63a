// Pages that are being written, and those who wait for that (Linux 2.6.18, mm/filemap.c), and what
// reclaim does with pages that are not written yet.

#include "sim/vfs/disk_host.hpp"
#include "sim/vfs/file_changes.hpp"
#include "sim/vfs/file_cutter.hpp"
#include "sim/vfs/write_back.hpp"

namespace sim {

namespace {

/// Of wake-ups at a write's end, on the queue that the page's lock has, too.
std::uint32_t writeback_key(const Page& page) {
  return page.id() | 0x8000'0000;
}

bool is_written(void* page) {
  return !static_cast<const Page*>(page)->writeback();
}

}  // namespace

PageCache::~PageCache() = default;

WriteBack& PageCache::write_back() {
  if (write_back_ == nullptr) write_back_ = std::make_unique<WriteBack>(*this, dirty_limits_);
  return *write_back_;
}

void PageCache::wait_on_page_writeback(Page& page) {
  if (kernel_.ending()) return;
  kernel_.might_sleep("wait_on_page_writeback");
  if (!page.writeback_) return;
  WaitQueue& queue = page_waiters(page);
  WaitEntry entry(kernel_.current_thread(), &is_written, &page);
  do {
    queue.prepare(entry, ThreadState::uninterruptible);
    if (page.writeback_) {
      sync_page(page);
      kernel_.schedule();
    }
  } while (page.writeback_ && !kernel_.ending());
  queue.finish(entry);
}

/// end_page_writeback. Softirq context.
void PageCache::end_writeback(Page& page) {
  kernel_.point_of({{"end writeback", object_in(ObjectSpace::page, page.id_)}, Access::write});
  if (page.reclaim_) {
    page.reclaim_ = false;
    lru_.rotate(page);
  }
  {
    IrqGuard guard(page.inode_->tree_lock);
    page.writeback_ = false;
    page.inode_->changes().pages.writeback.erase(page.index_);
  }
  WaitQueue& waiters = page_waiters(page);
  if (waiters.active()) waiters.wake(1, writeback_key(page));
}

/// shrink_page_list of a page that is dirty or being written: it stays this time. Requires: locked
/// by the caller; unlocks it. Always false: it was not evicted.
bool PageCache::keep_unwritten(Page& page, Eviction why) {
  const bool referenced = page.referenced_;
  if (why == Eviction::reclaim) page.referenced_ = false;
  const bool write = why == Eviction::reclaim && !page.writeback_ && !referenced;
  if (write)
    write_back().page_out(page);
  else
    unlock_page(page);
  return false;
}

}  // namespace sim
