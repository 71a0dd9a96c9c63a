#include "sim/vfs/page_lru.hpp"

namespace sim {

PageLru::~PageLru() {
  inactive_.clear();
  active_.clear();
}

void PageLru::add(Page& page) {
  IrqGuard guard(lru_lock_);
  KEV_CHECK(!page.on_lru_);
  page.on_lru_ = true;
  (page.active_ ? active_ : inactive_).push_front(page);
}

void PageLru::remove(Page& page) {
  IrqGuard guard(lru_lock_);
  if (!page.on_lru_) return;
  List& list = page.active_ ? active_ : inactive_;
  list.erase(list.iterator_to(page));
  page.on_lru_ = false;
}

void PageLru::mark_accessed(Page& page) {
  if (!page.active_ && page.referenced_ && page.on_lru_) {
    activate(page);
    page.referenced_ = false;
  } else {
    page.referenced_ = true;
  }
}

void PageLru::activate(Page& page) {
  IrqGuard guard(lru_lock_);
  if (!page.on_lru_ || page.active_) return;
  inactive_.erase(inactive_.iterator_to(page));
  page.active_ = true;
  active_.push_front(page);
}

void PageLru::deactivate(std::uint64_t count) {
  IrqGuard guard(lru_lock_);
  for (; count != 0 && !active_.empty(); --count) {
    Page& page = active_.back();
    active_.pop_back();
    page.active_ = false;
    inactive_.push_front(page);
  }
}

std::size_t PageLru::isolate(std::span<Page*> into) {
  IrqGuard guard(lru_lock_);
  std::size_t taken = 0;
  for (std::uint64_t left = inactive_.size(); left != 0 && taken < into.size(); --left) {
    Page& page = inactive_.back();
    inactive_.pop_back();
    if (page.references_ == 0) {
      inactive_.push_front(page);  // its last user is just freeing it
      continue;
    }
    page.on_lru_ = false;
    ++page.references_;
    into[taken++] = &page;
  }
  return taken;
}

}  // namespace sim
