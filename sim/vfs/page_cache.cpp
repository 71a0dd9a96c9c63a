#include "sim/vfs/page_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "sim/vfs/disk_host.hpp"
#include "sim/vfs/file_cutter.hpp"
#include "sim/vfs/write_back.hpp"

namespace sim {

namespace {

/// What 2.6.18 scans at a time from 1024 pages up; less for small caches, which it would empty at
/// once.
std::uint64_t cluster_for(std::uint64_t capacity) {
  return std::clamp<std::uint64_t>(capacity / swap_cluster_max, 1, swap_cluster_max);
}

/// 2.6.18, wait_table_hash_nr_entries(): one queue for 256 pages, a power of two from 4 to 4096.
std::uint64_t wait_queues_for(std::uint64_t capacity) {
  return std::bit_ceil(std::clamp<std::uint64_t>(capacity / 256, 4, 4096));
}

// Violations are told apart from what happens every time, whose calls would save registers for them
// (as in sim/kernel/lock.cpp).

[[gnu::noinline]] void violate_use(Kernel& kernel, std::uint32_t frame) {
  kernel.violate("reference_balance", fmt::format("free page frame {} is used", frame));
}

[[gnu::noinline]] void violate_drop(Kernel& kernel, std::uint32_t frame) {
  kernel.violate("reference_balance",
                 fmt::format("'{}' drops a reference to page frame {} that it does not have",
                             kernel.current()->name(), frame));
}

}  // namespace

PageCache::PageCache(Kernel& kernel, Faults& faults, std::uint64_t capacity_pages,
                     const ReplacementRules& rules)
    : kernel_(kernel),
      faults_(faults),
      capacity_(capacity_pages),
      rules_(rules),
      cluster_(cluster_for(capacity_pages)),
      lru_(kernel, frames_, std::min(rules.batch, cluster_)) {
  KEV_CHECK(capacity_ != 0);
  const std::uint64_t queues = wait_queues_for(capacity_);
  for (std::uint64_t i = 0; i < queues; ++i)
    waiters_.push_back(std::make_unique<WaitQueue>(kernel, "page wait"));
  waiters_shift_ = 64 - std::countr_zero(queues);
}

[[gnu::noinline]] void PageCache::violate_state(const Page& page, const char* operation,
                                                const char* why) {
  kernel_.violate("page_state",
                  fmt::format("'{}' {} page {} of file {}, {}", kernel_.current()->name(),
                              operation, page.index_, page.source_, why));
}

// -- pages and references -------------------------------------------------------------------------

Page& PageCache::take_frame() {
  ++in_use_;
  if (free_.empty()) return frames_.make(*this);
  Page& page = *free_.back();
  free_.pop_back();
  return page;
}

void PageCache::free_frame(Page& page) {
  if (page.locked_) violate_state(page, "frees", "which is locked");
  if (page.dirty_ || page.writeback_) violate_state(page, "frees", "which is not written");
  if (page.on_lru_ || page.gathered_) lru_.remove(page);
  page.folio_order_ = 0;
  page.uptodate_ = page.error_ = page.referenced_ = page.active_ = page.readahead_ = false;
  page.version_ = Page::never_read;
  page.owner_ = 0;
  --in_use_;
  free_.push_back(&page);
}

Page* PageCache::find_get(Inode& inode, std::uint64_t index, Lookup lookup) {
  IrqGuard guard(inode.tree_lock);
  kernel_.spend(Cost::page_lookup);
  Page* page = inode.cached(index);
  if (page != nullptr) ++page->references_;
  if (lookup == Lookup::first) {
    ++stats_.lookups;
    ++(page != nullptr && page->uptodate_ ? stats_.hits : stats_.misses);
  }
  return page;
}

Page* PageCache::allocate(kev::Allocation how) {
  if (kernel_.ending()) return nullptr;
  if (how == kev::Allocation::may_sleep) kernel_.might_sleep("page allocation");
  kernel_.point_of({{"allocate page", 0}, Access::write});
  if (faults_.strike(FaultPoint::page_alloc, 0) != 0) return nullptr;
  if (how == kev::Allocation::may_sleep &&
      faults_.ask(FaultPlace::cache_allocate, {}).is(FaultPoint::cache_reclaim))
    reclaim();
  while (in_use_ == capacity_) {
    if (how == kev::Allocation::atomic) return nullptr;
    if (reclaim() == 0 && in_use_ == capacity_) return nullptr;
  }
  Page& page = take_frame();
  page.references_ = 1;
  kernel_.spend(Cost::page_allocate);
  return &page;
}

int PageCache::add(Page& page, Inode& inode, std::uint64_t index) {
  KEV_CHECK(page.inode_ == nullptr);
  {
    IrqGuard guard(inode.tree_lock);
    if (inode.cached(index) != nullptr) return -EEXIST;
    if (inode.needs_node(index)) {
      const int error = faults_.strike(FaultPoint::alloc, page.id_);
      if (error != 0) return error;
    }
    kernel_.spend(Cost::page_insert);
    ++page.references_;
    page.locked_ = true;
    page.owner_ = kernel_.current()->id();
    page.inode_ = &inode;
    page.index_ = static_cast<std::uint32_t>(index);
    page.source_ = inode.id();
    if (const auto evicted = inode.insert(index, page, frames_)) recognise(page, *evicted);
  }
  lru_.add(page);
  return 0;
}

void PageCache::get(Page& page) {
  kernel_.point_of({{"get page", object_in(ObjectSpace::page, page.id_)}, Access::write});
  if (page.references_ <= 0) [[unlikely]]
    return violate_use(kernel_, page.id_);
  ++page.references_;
}

void PageCache::put(Page& page) {
  if (kernel_.ending()) return;
  kernel_.point_of({{"put page", object_in(ObjectSpace::page, page.id_)}, Access::write});
  const std::int32_t least = page.inode_ != nullptr ? 1 : 0;
  if (page.references_ <= least) [[unlikely]]
    return violate_drop(kernel_, page.id_);
  if (--page.references_ == 0) free_frame(page);
}

// -- reads ----------------------------------------------------------------------------------------

ReadBio& PageCache::make_read_bio(Inode& inode, const ReadHooks& hooks) {
  if (free_bios_.empty()) free_bios_.push_back(&bios_.emplace_back(*this));
  ReadBio& bio = *free_bios_.back();
  free_bios_.pop_back();
  bio.id = kernel_.next_id();
  bio.end_io = &end_read;
  bio.inode = &inode;
  bio.hooks = hooks;
  bio.page_count = 0;
  bio.sectors = 0;
  return bio;
}

void PageCache::submit(ReadBio& bio) {
  KEV_CHECK(bio.page_count != 0);
  for (Page* page : bio.pages()) {
    check_locked(*page, "reads into");
    if (page->uptodate_) violate_state(*page, "reads into", "which is uptodate");
    page->in_flight_ = true;
  }
  kernel_.recorder().emit(Ev::page_fill, static_cast<std::int64_t>(bio.inode->id()),
                          static_cast<std::int64_t>(bio.page_list[0]->index_),
                          static_cast<std::int64_t>(bio.page_count));
  if (bio.hooks.on_bio != nullptr) bio.hooks.on_bio(bio.hooks.owner, bio);
  invalidate_by_fault(bio);
  kernel_.release(&bio);
  bio.inode->disk().submit(bio);
}

/// Somebody else gives the file's pages up (posix_fadvise, POSIX_FADV_DONTNEED).
void PageCache::invalidate_by_fault(const ReadBio& bio) {
  FaultSubject subject;
  subject.object = bio.id;
  subject.target = static_cast<std::int64_t>(bio.inode->id());
  subject.offset = static_cast<std::int64_t>(bio.page_list[0]->index_ * page_bytes);
  subject.length = static_cast<std::int64_t>(bio.page_count * page_bytes);
  const FaultVerdict verdict = faults_.ask(FaultPlace::cache_fill, subject);
  if (verdict.is(FaultPoint::cache_invalidate)) invalidate(*bio.inode);
  if (verdict.is(FaultPoint::cache_truncate)) truncate_by_fault(bio, verdict.delay);
  if (verdict.is(FaultPoint::cache_cut)) truncate_by_fault(bio, std::nullopt);
}

void PageCache::end_read(Bio& finished) {
  auto& bio = static_cast<ReadBio&>(finished);
  PageCache& cache = bio.cache;
  cache.kernel_.acquire(&bio);
  cache.kernel_.recorder().emit(Ev::page_done, static_cast<std::int64_t>(bio.inode->id()),
                                static_cast<std::int64_t>(bio.page_list[0]->index_),
                                static_cast<std::int64_t>(bio.page_count), bio.error);
  for (Page* page : bio.pages()) {
    page->in_flight_ = false;
    page->owner_ = 0;
    if (bio.error == 0) page->version_ = bio.inode->version_on_disk(page->index_);
  }
  if (bio.error != 0) cache.stats_.read_errors += bio.page_count;
  if (bio.hooks.end_io != nullptr)
    bio.hooks.end_io(bio.hooks.owner, bio);
  else
    cache.finish_pages(bio);
  cache.free_bios_.push_back(&bio);
}

void PageCache::finish_pages(ReadBio& bio) {
  for (std::size_t i = bio.page_count; i-- != 0;) {
    Page& page = *bio.page_list[i];
    if (bio.error == 0)
      set_uptodate(page);
    else
      set_error(page);
    if (bio.error != 0 && kev::bug(kernel_, kev::Bug::page_left_busy_on_read_error)) continue;
    unlock_page(page);
  }
}

void PageCache::finish_hole(Page& page) {
  check_locked(page, "fills");
  page.version_ = page.inode_->version_of_hole(page.index_);
  set_uptodate(page);
  unlock_page(page);
}

}  // namespace sim
