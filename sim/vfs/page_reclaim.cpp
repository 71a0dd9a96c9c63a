// Making room: which pages leave the cache when memory is full (Linux 2.6.18, mm/vmscan.c), and
// throwing out on request.

#include <algorithm>
#include <array>
#include <utility>

#include "sim/vfs/page_cache.hpp"
#include "sim/vfs/write_back.hpp"

namespace sim {

namespace {
constexpr int default_priority = 12;                   // DEF_PRIORITY
constexpr kev::Duration congestion_wait{100'000'000};  // blk_congestion_wait(WRITE, HZ/10)
}  // namespace

/// try_to_free_pages: scans a growing part of the lists until a cluster is free. Pages freed.
std::uint64_t PageCache::reclaim() {
  std::uint64_t freed = 0;
  std::uint64_t scanned = 0;
  lru_.drain();
  for (int priority = default_priority; priority >= 0 && freed < cluster_; --priority) {
    freed += rules_.aging == Aging::in_proportion ? shrink_in_proportion(priority, scanned)
                                                  : shrink_inactive_first(priority, scanned);
    if (write_back_ != nullptr && scanned > cluster_ * 3 / 2)
      write_back_->start_background(scanned);
    if (freed < cluster_ && scanned != 0 && priority < default_priority - 2) wait_for_memory();
  }
  refaults_seen_ = stats_.refaults_activated;
  return freed;
}

/// 6.1, shrink_lruvec: the active list only when the inactive one is low, or when pages came back
/// that should have stayed; and no more than a cluster.
std::uint64_t PageCache::shrink_inactive_first(int priority, std::uint64_t& scanned) {
  const bool deactivate = refaults_seen_ != stats_.refaults_activated ||
                          inactive_is_low(lru_.inactive_pages(), lru_.active_pages());
  std::uint64_t inactive = lru_.inactive_pages() >> priority;
  std::uint64_t active = deactivate ? lru_.active_pages() >> priority : 0;
  std::uint64_t freed = 0;
  scanned += active + inactive;
  while ((inactive != 0 || active != 0) && freed < cluster_) {
    const std::uint64_t first = std::min(inactive, cluster_);
    const std::uint64_t second = std::min(active, cluster_);
    inactive -= first;
    active -= second;
    if (first != 0) freed += shrink_inactive(first);
    if (second != 0) lru_.deactivate(second);
  }
  return freed;
}

/// A page that comes back: how long was it away, counted in pages that were evicted or activated
/// meanwhile? Had the active pages' memory been the inactive list's, it would still be here: then
/// it is one of the working set (6.1, workingset_refault).
void PageCache::recognise(Page& page, PageAge evicted) {
  ++stats_.refaults;
  if (age_.since(evicted) > lru_.active_pages()) return;
  ++stats_.refaults_activated;
  ++age_;
  page.active_ = true;
}

/// 2.6.18, shrink_zone: both lists in proportion to their lengths, a cluster at a time.
std::uint64_t PageCache::shrink_in_proportion(int priority, std::uint64_t& scanned) {
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
  for (std::size_t i = 0; i < isolated; ++i)
    if (pages[i]->inode_ != nullptr) pages[i]->inode_->fetch(pages[i]->index_);
  std::uint64_t freed = 0;
  for (std::size_t i = 0; i < isolated; ++i) {
    Page& page = *pages[i];
    if (evict(page, Eviction::reclaim))
      ++freed;
    else
      lru_.put_back(page);
    put(page);
  }
  return freed;
}

/// Takes a page that the caller has a reference to out of its file, if nobody else needs it.
bool PageCache::evict(Page& page, Eviction why) {
  if (!try_lock_page(page)) return false;
  if (page.dirty_ || page.writeback_) return keep_unwritten(page, why);
  Inode* inode = page.inode_;
  bool evicted = false;
  if (inode != nullptr) {
    IrqGuard guard(inode->tree_lock);
    evicted = page.references_ == 2;  // the cache's and the caller's
    if (evicted) {
      if (why == Eviction::reclaim && rules_.refaults == Refaults::remembered)
        inode->erase(page.index_, age_);
      else
        inode->erase(page.index_);
      page.inode_ = nullptr;
      --page.references_;
      ++age_;
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
  if (write_back_ != nullptr) return write_back_->pause();
  kernel_.current_thread().set_state(ThreadState::uninterruptible);
  kernel_.schedule_timeout(congestion_wait);
}

std::uint64_t PageCache::evict_all() {
  lru_.drain_all();
  lru_.deactivate(lru_.active_pages());
  std::uint64_t freed = 0;
  for (std::uint64_t left = lru_.inactive_pages(); left != 0;) {
    const std::uint64_t count = std::min<std::uint64_t>(left, swap_cluster_max);
    left -= count;
    freed += shrink_inactive(count);
  }
  return freed;
}

std::uint64_t PageCache::invalidate(Inode& inode, std::uint64_t begin, std::uint64_t end) {
  std::uint64_t freed = 0;
  end = std::min(end, inode.page_count());
  for (std::uint64_t index = begin; index < end; ++index) {
    if (inode.cached(index) == nullptr) continue;
    Page* page = find_get(inode, index, Lookup::again);
    if (page == nullptr) continue;
    if (evict(*page, Eviction::invalidation)) ++freed;
    put(*page);
  }
  return freed;
}

std::uint64_t PageCache::max_sane_readahead(std::uint64_t pages) const {
  const std::uint64_t free_pages = capacity_ - in_use_;
  return std::min(pages, (lru_.inactive_pages() + free_pages) / 2);
}

}  // namespace sim
