#include "sim/vfs/page_lru.hpp"

#include <algorithm>

#include "sim/kernel/cpu.hpp"

namespace sim {

namespace {
constexpr std::uint64_t fetched_at_once = 32;  // frames: more would drive each other out
}

PageLru::PageLru(Kernel& kernel, const PageFrames& frames, std::size_t batch)
    : kernel_(kernel),
      frames_(frames),
      batch_pages_(batch),
      batches_(kernel.cpus().size()),
      lru_lock_(kernel, "lru") {
  for (Batch& one : batches_) one.reserve(batch_pages_);
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
  lists_.push_front(list_of(page), page.id());
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
  lists_.remove(list_of(page), page.id());
  page.on_lru_ = false;
}

void PageLru::rotate(Page& page) {
  IrqGuard guard(lru_lock_);
  if (!page.on_lru_ || page.active_ || page.locked_ || page.dirty_) return;
  lists_.remove(inactive, page.id());
  lists_.push_back(inactive, page.id());
}

bool PageLru::activate(Page& page) {
  IrqGuard guard(lru_lock_);
  if (!page.on_lru_ || page.active_) return false;
  lists_.remove(inactive, page.id());
  page.active_ = true;
  lists_.push_front(active, page.id());
  return true;
}

/// The host brings these frames while the caller looks at the first of them. (Always inline: see
/// Inode::fetch().)
inline void PageLru::fetch_oldest(std::uint32_t list, std::uint64_t count) const {
  std::uint32_t frame = lists_.back(list);
  for (; frame != 0 && count != 0; frame = lists_.before(frame), --count)
    __builtin_prefetch(&frames_.at(frame));
}

void PageLru::deactivate(std::uint64_t count) {
  IrqGuard guard(lru_lock_);
  fetch_oldest(active, std::min(count, fetched_at_once));
  for (; count != 0 && lists_.size(active) != 0; --count) {
    const std::uint32_t number = lists_.back(active);
    lists_.remove(active, number);
    frames_.at(number).active_ = false;
    lists_.push_front(inactive, number);
  }
}

std::size_t PageLru::isolate(std::span<Page*> into) {
  IrqGuard guard(lru_lock_);
  fetch_oldest(inactive, into.size());
  std::size_t taken = 0;
  for (std::uint64_t left = lists_.size(inactive); left != 0 && taken < into.size(); --left) {
    const std::uint32_t number = lists_.back(inactive);
    Page& page = frames_.at(number);
    lists_.remove(inactive, number);
    if (page.references_ == 0) {
      lists_.push_front(inactive, number);  // its last user is just freeing it
      continue;
    }
    page.on_lru_ = false;
    ++page.references_;
    into[taken++] = &page;
  }
  return taken;
}

}  // namespace sim
