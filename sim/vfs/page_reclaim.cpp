// Making room: which pages leave the cache when memory is full (Linux 2.6.18, mm/vmscan.c), and
// throwing out on request.

#include <algorithm>
#include <array>
#include <utility>

#include "sim/vfs/page_cache.hpp"

namespace sim {

namespace {
constexpr int default_priority = 12;                   // DEF_PRIORITY
constexpr kev::Duration congestion_wait{100'000'000};  // blk_congestion_wait(WRITE, HZ/10)
}  // namespace

/// try_to_free_pages: scans a growing part of the lists until a cluster is free. Pages freed.
std::uint64_t PageCache::reclaim() {
  std::uint64_t freed = 0;
  std::uint64_t scanned = 0;
  for (int priority = default_priority; priority >= 0 && freed < cluster_; --priority) {
    freed += shrink(priority, scanned);
    if (freed < cluster_ && scanned != 0 && priority < default_priority - 2) wait_for_memory();
  }
  return freed;
}

/// shrink_zone: both lists in proportion to their lengths, a cluster at a time.
std::uint64_t PageCache::shrink(int priority, std::uint64_t& scanned) {
  scan_active_ += (lru_.active_pages() >> priority) + 1;
  scan_inactive_ += (lru_.inactive_pages() >> priority) + 1;
  std::uint64_t active = 0;
  std::uint64_t inactive = 0;
  if (scan_active_ >= cluster_) active = std::exchange(scan_active_, 0);
  if (scan_inactive_ >= cluster_) inactive = std::exchange(scan_inactive_, 0);
  scanned += active + inactive;
  std::uint64_t freed = 0;
  while (active != 0 || inactive != 0) {
    if (active != 0) {
      const std::uint64_t count = std::min(active, cluster_);
      active -= count;
      lru_.deactivate(count);
    }
    if (inactive != 0) {
      const std::uint64_t count = std::min(inactive, cluster_);
      inactive -= count;
      freed += shrink_inactive(count);
    }
  }
  return freed;
}

/// Evicts what it can of the `count` oldest inactive pages (at most a cluster); the others go back
/// to the list's head.
std::uint64_t PageCache::shrink_inactive(std::uint64_t count) {
  std::array<Page*, swap_cluster_max> pages;
  const std::size_t isolated = lru_.isolate({pages.data(), count});
  std::uint64_t freed = 0;
  for (std::size_t i = 0; i < isolated; ++i) {
    Page& page = *pages[i];
    if (evict(page))
      ++freed;
    else
      lru_.add(page);
    put(page);
  }
  return freed;
}

/// Takes a page that the caller has a reference to out of its file, if nobody else needs it.
bool PageCache::evict(Page& page) {
  if (!try_lock_page(page)) return false;
  Inode* inode = page.inode_;
  bool evicted = false;
  if (inode != nullptr) {
    IrqGuard guard(inode->tree_lock);
    evicted = page.references_ == 2;  // the cache's and the caller's
    if (evicted) {
      inode->erase(page.index_);
      page.inode_ = nullptr;
      --page.references_;
    }
  }
  page.referenced_ = false;
  unlock_page(page);
  if (evicted) {
    kernel_.spend(Cost::page_evict);
    ++stats_.evictions;
    kernel_.recorder().emit(Ev::page_evict, static_cast<std::int64_t>(page.source_),
                            static_cast<std::int64_t>(page.index_));
  }
  return evicted;
}

void PageCache::wait_for_memory() {
  if (kernel_.ending()) return;
  kernel_.current_thread().set_state(ThreadState::uninterruptible);
  kernel_.schedule_timeout(congestion_wait);
}

std::uint64_t PageCache::evict_all() {
  lru_.deactivate(lru_.active_pages());
  std::uint64_t freed = 0;
  for (std::uint64_t left = lru_.inactive_pages(); left != 0;) {
    const std::uint64_t count = std::min<std::uint64_t>(left, swap_cluster_max);
    left -= count;
    freed += shrink_inactive(count);
  }
  return freed;
}

std::uint64_t PageCache::invalidate(Inode& inode) {
  std::uint64_t freed = 0;
  for (std::uint64_t index = 0; index < inode.page_count(); ++index) {
    if (inode.cached(index) == nullptr) continue;
    Page* page = find_get(inode, index, Lookup::again);
    if (page == nullptr) continue;
    if (evict(*page)) ++freed;
    put(*page);
  }
  return freed;
}

std::uint64_t PageCache::max_sane_readahead(std::uint64_t pages) const {
  const std::uint64_t free_pages = capacity_ - in_use_;
  return std::min(pages, (lru_.inactive_pages() + free_pages) / 2);
}

}  // namespace sim
