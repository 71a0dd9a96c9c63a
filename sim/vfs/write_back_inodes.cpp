// Which inodes and pages are written next, and what becomes of them.

#include <algorithm>

#include "sim/vfs/disk_host.hpp"
#include "sim/vfs/file_changes.hpp"
#include "sim/vfs/write_back.hpp"

namespace sim {

/// Gathers contiguous pages into bios.
class WriteBack::BioBuilder {
 public:
  BioBuilder(WriteBack& owner, Inode& inode, WriteControl::Wait wait)
      : owner_(owner),
        inode_(inode),
        awaited_(wait == WriteControl::Wait::for_each),
        max_pages_(std::min<std::size_t>(
            WriteBio::max_pages, std::max(inode.disk().max_sectors() / page_sectors, 1U))) {}

  /// Unlocks the page. Requires: locked by the caller, not dirty any more.
  void add(Page& page) {
    const std::uint64_t sector = inode_.sector_of(page.index());
    if (sector == Inode::hole) return owner_.cache_.unlock_page(page);  // truncate will have it
    if (bio_ != nullptr && (bio_->page_count == max_pages_ || bio_->end_sector() != sector))
      submit();
    if (bio_ == nullptr) {
      bio_ = &owner_.make_bio(inode_);
      bio_->sector = sector;
      bio_->awaited = awaited_;
    }
    owner_.begin_writeback(page);
    bio_->versions[bio_->page_count] = page.content(0, 1).version;
    bio_->page_list[bio_->page_count++] = &page;
    bio_->sectors += page_sectors;
    owner_.cache_.unlock_page(page);
  }

  void submit() {
    if (bio_ == nullptr) return;
    WriteBio& bio = *bio_;
    bio_ = nullptr;
    owner_.submit(bio);
  }

 private:
  WriteBack& owner_;
  Inode& inode_;
  const bool awaited_;
  const std::size_t max_pages_;
  WriteBio* bio_ = nullptr;
};

/// sync_sb_inodes: oldest first, and none that became dirty meanwhile.
void WriteBack::write_inodes(WriteControl& control) {
  const kev::Instant begin = kernel_.now();
  if (!control.older_than || in_turn_.empty()) in_turn_.splice(in_turn_.begin(), fresh_);
  for (;;) {
    kernel_.point({"next dirty inode", 0});
    if (in_turn_.empty() || kernel_.ending()) break;
    Inode& inode = *in_turn_.back();
    const DirtyPages& state = inode.changes().pages;
    if (control.disk == WriteControl::Disk::skip_congested &&
        inode.disk().queue().congested(true)) {
      control.congested = true;
      break;
    }
    if (state.since > begin || (control.older_than && state.since > *control.older_than)) break;
    if (control.by == WriteControl::By::pdflush) {
      if (flushing_) break;
      flushing_ = true;
    }
    write_inode(inode, control);
    if (control.by == WriteControl::By::pdflush) flushing_ = false;
    if (control.to_write <= 0) break;
  }
}

void WriteBack::write_inode(Inode& inode, WriteControl& control) {
  DirtyPages& state = inode.changes().pages;
  if (state.inode_locked) {
    in_turn_.remove(&inode);
    fresh_.push_front(&inode);
    return;
  }
  state.inode_locked = true;
  state.inode_dirty = false;
  write_pages(inode, control);
  settle(inode, control);
}

/// __sync_single_inode: on which list it goes.
void WriteBack::settle(Inode& inode, const WriteControl& control) {
  kernel_.point({"inode is written", object_in(ObjectSpace::inode, inode.id())});
  DirtyPages& state = inode.changes().pages;
  state.inode_locked = false;
  in_turn_.remove(&inode);
  fresh_.remove(&inode);
  if (state.inode_dirty) {
    fresh_.push_front(&inode);  // somebody wrote to it meanwhile
  } else if (!state.dirty.empty()) {
    state.inode_dirty = true;
    if (control.older_than) {
      fresh_.push_back(&inode);  // next again
    } else {
      state.since = kernel_.now();
      fresh_.push_front(&inode);  // the others have their turn
    }
  }
}

/// mpage_writepages: in the order of the file.
void WriteBack::write_pages(Inode& inode, WriteControl& control) {
  DirtyPages& state = inode.changes().pages;
  const std::uint64_t first = control.cyclic ? state.next : control.begin;
  const bool whole = control.begin == 0 && control.end == UINT64_MAX;
  std::uint64_t at = first;
  bool wrapped = first == 0 || !control.cyclic;
  bool done = false;
  BioBuilder builder(*this, inode, control.wait);
  while (!done && !kernel_.ending()) {
    bool more = false;
    {
      IrqGuard guard(inode.tree_lock);
      const auto next = state.dirty.lower_bound(at);
      more = next != state.dirty.end() && *next < control.end;
      if (more) at = *next;
    }
    if (!more) {
      if (wrapped) break;
      wrapped = true;
      at = 0;
      continue;
    }
    Page* page = cache_.find_get(inode, at++, Lookup::again);
    if (page == nullptr) continue;
    write_page(*page, builder, control);
    cache_.put(*page);
    done = control.to_write <= 0 || control.congested;
  }
  if (control.cyclic || (whole && control.to_write > 0)) state.next = at;
  builder.submit();
}

void WriteBack::write_page(Page& page, BioBuilder& builder, WriteControl& control) {
  cache_.lock_page(page);
  if (page.inode_ == nullptr) return cache_.unlock_page(page);
  if (control.wait == WriteControl::Wait::for_each) {
    // Its write may be in the bio that is being gathered here.
    if (page.writeback_) builder.submit();
    cache_.wait_on_page_writeback(page);
  }
  if (page.writeback_ || !page.dirty_) return cache_.unlock_page(page);
  clear_dirty(page);
  DiskHost& disk = page.inode_->disk();
  builder.add(page);
  --control.to_write;
  if (control.disk == WriteControl::Disk::skip_congested && disk.queue().congested(true))
    control.congested = true;
}

void WriteBack::begin_writeback(Page& page) {
  IrqGuard guard(page.inode_->tree_lock);
  page.writeback_ = true;
  page.inode_->changes().pages.writeback.insert(page.index_);
  ++writeback_;
}

WriteBio& WriteBack::make_bio(Inode& inode) {
  if (free_bios_.empty()) free_bios_.push_back(&bios_.emplace_back(*this));
  WriteBio& bio = *free_bios_.back();
  free_bios_.pop_back();
  bio.end_io = &end_write;
  bio.write = true;
  bio.inode = &inode;
  bio.page_count = 0;
  bio.sectors = 0;
  return bio;
}

void WriteBack::submit(WriteBio& bio) {
  ++stats_.bios;
  kernel_.recorder().emit(Ev::page_write, static_cast<std::int64_t>(bio.inode->id()),
                          static_cast<std::int64_t>(bio.page_list[0]->index_),
                          static_cast<std::int64_t>(bio.page_count));
  kernel_.release(&bio);
  bio.inode->disk().submit(bio);
}

void WriteBack::end_write(Bio& finished) {
  auto& bio = static_cast<WriteBio&>(finished);
  WriteBack& self = bio.write_back;
  self.kernel_.acquire(&bio);
  FileChanges& changes = bio.inode->changes();
  self.kernel_.recorder().emit(Ev::page_written, static_cast<std::int64_t>(bio.inode->id()),
                               static_cast<std::int64_t>(bio.page_list[0]->index_),
                               static_cast<std::int64_t>(bio.page_count), bio.error);
  for (std::size_t i = 0; i < bio.page_count; ++i) {
    Page& page = *bio.page_list[i];
    if (bio.error == 0) {
      changes.store(page.index_, bio.versions[i]);
      ++self.stats_.pages_written;
    } else {
      page.error_ = true;
      changes.pages.error = true;
      changes.lose(page.index_);
      ++self.stats_.failed_pages;
    }
    --self.writeback_;
    self.cache_.end_writeback(page);
  }
  self.free_bios_.push_back(&bio);
}

void WriteBack::page_out(Page& page) {
  Inode& inode = *page.inode_;
  const bool needed = page.references_ != 2;
  if (needed || inode.disk().queue().congested(true)) return cache_.unlock_page(page);
  clear_dirty(page);
  page.reclaim_ = true;
  ++stats_.paged_out;
  BioBuilder builder(*this, inode, WriteControl::Wait::none);
  builder.add(page);
  builder.submit();
}

}  // namespace sim
