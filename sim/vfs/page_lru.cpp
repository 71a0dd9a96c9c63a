#include "sim/vfs/page_lru.hpp"

#include <algorithm>

#include "sim/kernel/cpu.hpp"

namespace sim {

PageLru::PageLru(Kernel& kernel, std::size_t batch)
    : kernel_(kernel),
      batch_pages_(batch),
      batches_(kernel.cpus().size()),
      lru_lock_(kernel, "lru") {
  for (Batch& one : batches_) one.reserve(batch_pages_);
}

PageLru::~PageLru() {
  inactive_.clear();
  active_.clear();
}

PageLru::Batch& PageLru::own_batch() {
  return batches_[kernel_.interrupt_cpu()];
}

void PageLru::add(Page& page) {
  KEV_CHECK(!page.on_lru_ && !page.gathered_);
  Batch& batch = own_batch();
  page.gathered_ = true;
  batch.push_back(&page);
  if (batch.size() == batch_pages_) drain(batch);
}

void PageLru::put_back(Page& page) {
  IrqGuard guard(lru_lock_);
  KEV_CHECK(!page.gathered_);
  link(page);
}

void PageLru::link(Page& page) {
  KEV_CHECK(!page.on_lru_);
  page.on_lru_ = true;
  (page.active_ ? active_ : inactive_).push_front(page);
}

void PageLru::drain(Batch& batch) {
  if (batch.empty()) return;
  IrqGuard guard(lru_lock_);
  for (Page* page : batch) {
    page->gathered_ = false;
    link(*page);
  }
  batch.clear();
}

void PageLru::drain() {
  drain(own_batch());
}

void PageLru::drain_all() {
  for (Batch& batch : batches_) drain(batch);
}

void PageLru::remove(Page& page) {
  if (page.gathered_) {
    page.gathered_ = false;
    for (Batch& batch : batches_)
      batch.erase(std::remove(batch.begin(), batch.end(), &page), batch.end());
    return;
  }
  IrqGuard guard(lru_lock_);
  if (!page.on_lru_) return;
  List& list = page.active_ ? active_ : inactive_;
  list.erase(list.iterator_to(page));
  page.on_lru_ = false;
}

bool PageLru::mark_accessed(Page& page) {
  if (page.active_ || !page.referenced_ || !page.on_lru_) {
    page.referenced_ = true;
    return false;
  }
  const bool activated = activate(page);
  page.referenced_ = false;
  return activated;
}

bool PageLru::activate(Page& page) {
  IrqGuard guard(lru_lock_);
  if (!page.on_lru_ || page.active_) return false;
  inactive_.erase(inactive_.iterator_to(page));
  page.active_ = true;
  active_.push_front(page);
  return true;
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
