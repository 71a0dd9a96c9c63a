// The page lock, those who wait for it, and the page's state, which it guards.

#include "sim/vfs/disk_host.hpp"
#include "sim/vfs/page_cache.hpp"

namespace sim {

/// A thread that sleeps until one page is unlocked. The queue is shared by many pages: the wake
/// function lets only the right page's wake-up through, and not if somebody has locked it again
/// meanwhile.
class PageCache::LockWaiter {
 public:
  LockWaiter(PageCache& cache, const Page& page)
      : kernel_(cache.kernel_),
        thread_(kernel_.current_thread()),
        page_(page),
        queue_(cache.page_waiters(page)),
        entry_(&wake, this) {}

  void be_exclusive() { entry_.exclusive = true; }
  void prepare() { queue_.prepare(entry_, ThreadState::uninterruptible); }
  void finish() { queue_.finish(entry_); }

 private:
  static bool wake(WaitEntry& entry, std::uint32_t key) {
    auto& waiter = *static_cast<LockWaiter*>(entry.owner());
    if (key != waiter.page_.id() || waiter.page_.locked()) return false;
    if (!waiter.kernel_.wake(waiter.thread_)) return false;
    waiter.queue_.remove_locked(entry);
    return true;
  }

  Kernel& kernel_;
  Thread& thread_;
  const Page& page_;
  WaitQueue& queue_;
  WaitEntry entry_;
};

WaitQueue& PageCache::page_waiters(const Page& page) {
  constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15;
  return *waiters_[(page.id_ * golden_ratio) >> waiters_shift_];
}

void PageCache::add_page_waiter(Page& page, WaitEntry& entry) {
  page_waiters(page).add(entry);
}

void PageCache::remove_page_waiter(Page& page, WaitEntry& entry) {
  page_waiters(page).remove(entry);
}

void PageCache::sync_page(Page& page) {
  if (page.inode_ != nullptr) page.inode_->disk().unplug();
}

bool PageCache::try_lock_page(Page& page) {
  if (kernel_.ending()) return true;
  kernel_.point_of({{"lock page", object_in(ObjectSpace::page, page.id_)}, Access::write});
  if (page.locked_) return false;
  page.locked_ = true;
  page.owner_ = kernel_.current()->id();
  return true;
}

void PageCache::lock_page(Page& page) {
  if (kernel_.ending()) return;
  kernel_.might_sleep("lock_page");
  if (try_lock_page(page)) return;
  LockWaiter waiter(*this, page);
  waiter.be_exclusive();
  do {
    waiter.prepare();
    if (page.locked_) {
      sync_page(page);
      kernel_.schedule();
    }
  } while (!try_lock_page(page));
  waiter.finish();
}

void PageCache::wait_on_page_locked(Page& page) {
  if (kernel_.ending()) return;
  kernel_.might_sleep("wait_on_page_locked");
  if (!page.locked_) return;
  LockWaiter waiter(*this, page);
  do {
    waiter.prepare();
    if (page.locked_) {
      sync_page(page);
      kernel_.schedule();
    }
  } while (page.locked_);
  waiter.finish();
}

bool PageCache::owned_by_me(const Page& page) const {
  return page.owner_ == 0 || page.owner_ == kernel_.current()->id();
}

void PageCache::unlock_page(Page& page) {
  if (kernel_.ending()) return;
  kernel_.point_of({{"unlock page", object_in(ObjectSpace::page, page.id_)}, Access::write});
  check_locked(page, "unlocks");
  page.locked_ = false;
  WaitQueue& waiters = page_waiters(page);
  if (waiters.active()) waiters.wake(1, page.id_);
}

// -- state ----------------------------------------------------------------------------------------

void PageCache::check_locked(const Page& page, const char* operation) {
  const char* why = !page.locked_        ? "which is not locked"
                    : page.in_flight_    ? "whose read is in flight"
                    : !owned_by_me(page) ? "which somebody else has locked"
                                         : nullptr;
  if (why != nullptr) [[unlikely]]
    violate_state(page, operation, why);
}

void PageCache::set_uptodate(Page& page) {
  if (kernel_.ending()) return;
  check_locked(page, "sets uptodate on");
  kernel_.point_of({{"set uptodate", object_in(ObjectSpace::page, page.id_)}, Access::write});
  page.uptodate_ = true;
}

void PageCache::set_error(Page& page) {
  if (kernel_.ending()) return;
  check_locked(page, "sets the error flag of");
  kernel_.point_of({{"set error", object_in(ObjectSpace::page, page.id_)}, Access::write});
  page.error_ = true;
}

void PageCache::clear_error(Page& page) {
  page.error_ = false;
}

void PageCache::clear_uptodate(Page& page) {
  if (kernel_.ending()) return;
  kernel_.point_of({{"clear uptodate", object_in(ObjectSpace::page, page.id_)}, Access::write});
  if (page.uptodate_ && page.inode_ != nullptr)
    violate_state(page, "clears uptodate of", "which is cached");
  page.uptodate_ = false;
}

void PageCache::mark_accessed(Page& page) {
  if (kernel_.ending()) return;
  kernel_.point_of({{"mark accessed", object_in(ObjectSpace::page, page.id_)}, Access::write});
  if (lru_.mark_accessed(page)) ++age_;
}

}  // namespace sim
