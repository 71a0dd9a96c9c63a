// Pages that lose their file while they are used (Linux 2.6.18, mm/truncate.c).

#include "sim/vfs/file_cutter.hpp"
#include "sim/vfs/page_cache.hpp"
#include "sim/vfs/write_back.hpp"

namespace sim {

void PageCache::set_version(Page& page, std::uint32_t version) {
  if (kernel_.ending()) return;
  check_locked(page, "writes to");
  kernel_.point_of({{"set version", object_in(ObjectSpace::page, page.id_)}, Access::write});
  page.version_ = version;
}

/// truncate_complete_page. Requires: locked by the caller, who has a reference.
void PageCache::remove(Page& page) {
  Inode* inode = page.inode_;
  if (inode == nullptr) return;
  if (page.dirty_) write_back().cancel_dirty(page);
  {
    IrqGuard guard(inode->tree_lock);
    inode->erase(page.index_);
    page.inode_ = nullptr;
    page.uptodate_ = false;
    --page.references_;
  }
  kernel_.spend(Cost::page_evict);
  ++stats_.truncated;
  kernel_.recorder().emit(Ev::page_evict, static_cast<std::int64_t>(page.source_),
                          static_cast<std::int64_t>(page.index_));
}

/// Those that can be had at once go first, so that others' reads end meanwhile; then each is waited
/// for, until there is none.
void PageCache::remove_pages(Inode& inode, std::uint64_t begin) {
  kernel_.might_sleep("truncate");
  const auto next = [&](std::uint64_t from) {
    IrqGuard guard(inode.tree_lock);
    kernel_.spend(Cost::page_lookup);
    return inode.next_cached(from);
  };
  for (std::uint64_t at = next(begin); at != Inode::hole; at = next(at + 1)) {
    Page* page = find_get(inode, at, Lookup::again);
    if (page == nullptr) continue;
    if (!page->writeback_ && try_lock_page(*page)) {
      if (!page->writeback_) remove(*page);
      unlock_page(*page);
    }
    put(*page);
  }
  for (std::uint64_t at = next(begin); at != Inode::hole && !kernel_.ending(); at = next(begin)) {
    Page* page = find_get(inode, at, Lookup::again);
    if (page == nullptr) continue;
    lock_page(*page);
    wait_on_page_writeback(*page);
    remove(*page);
    unlock_page(*page);
    put(*page);
  }
  IrqGuard guard(inode.tree_lock);
  inode.forget_ages(begin);
}

/// Through the middle of what is being read: the pages behind it are locked, and waited for.
void PageCache::truncate_by_fault(const ReadBio& bio, std::optional<kev::Duration> restored_after) {
  if (cutter_ == nullptr) cutter_ = std::make_unique<FileCutter>(*this);
  const std::uint64_t pages = bio.page_list[0]->index() * 2 + bio.page_count;
  cutter_->cut(*bio.inode, pages * page_bytes / 2 + page_bytes / 8, restored_after);
}

}  // namespace sim
