#include "sim/vfs/read_pages.hpp"

#include <algorithm>

#include "sim/vfs/disk_host.hpp"

namespace sim {

namespace {

/// Gathers contiguous pages into bios.
class BioBuilder {
 public:
  BioBuilder(PageCache& cache, Inode& inode, const ReadHooks& hooks)
      : cache_(cache),
        inode_(inode),
        hooks_(hooks),
        max_pages_(std::min<std::size_t>(
            ReadBio::max_pages, std::max(inode.disk().max_sectors() / page_sectors, 1U))) {}

  /// Requires: the page is in the file and locked.
  void add(Page& page) {
    const std::uint64_t sector = inode_.sector_of(page.index());
    if (sector == Inode::hole) {
      cache_.finish_hole(page);
      return;
    }
    if (bio_ != nullptr && (bio_->page_count == max_pages_ || bio_->end_sector() != sector))
      submit();
    if (bio_ == nullptr) {
      bio_ = &cache_.make_read_bio(inode_, hooks_);
      bio_->sector = sector;
    }
    bio_->page_list[bio_->page_count++] = &page;
    bio_->sectors += page_sectors;
  }

  void submit() {
    if (bio_ == nullptr) return;
    ReadBio& bio = *bio_;
    bio_ = nullptr;
    cache_.submit(bio);
  }

 private:
  PageCache& cache_;
  Inode& inode_;
  const ReadHooks& hooks_;
  const std::size_t max_pages_;
  ReadBio* bio_ = nullptr;
};

}  // namespace

int read_pages(PageCache& cache, Inode& inode, Page** pages, int count, const ReadHooks& hooks) {
  BioBuilder builder(cache, inode, hooks);
  int added = 0;
  for (int i = 0; i < count; ++i) {
    Page& page = *pages[i];
    if (cache.add(page, inode, page.index()) == 0) {
      builder.add(page);
      ++added;
    }
    cache.put(page);
  }
  builder.submit();
  return added;
}

void read_page(PageCache& cache, Page& page, const ReadHooks& hooks) {
  KEV_CHECK(page.inode() != nullptr);
  cache.clear_error(page);
  BioBuilder builder(cache, *page.inode(), hooks);
  builder.add(page);
  builder.submit();
}

}  // namespace sim
