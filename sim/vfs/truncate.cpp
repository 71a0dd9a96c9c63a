#include "sim/vfs/truncate.hpp"

#include "sim/vfs/file_changes.hpp"
#include "sim/vfs/grab_page.hpp"
#include "sim/vfs/write_back.hpp"

namespace sim {

namespace {

/// Zeros from the new end of the file on. Nothing sleeps once versions change: who asks for the
/// file's newest version and for its contents sees both before, or both after.
void cut_contents(PageCache& cache, Inode& inode) {
  FileChanges& changes = inode.changes();
  const std::uint64_t last = page_of(inode.size_bytes());
  const bool through_page = inode.size_bytes() % page_bytes != 0;
  Page* page = through_page ? grab_page(cache, inode, last) : nullptr;
  const bool zeroed = page != nullptr && bring_uptodate(cache, *page) == 0;
  const std::uint32_t version = inode.version + 1;
  if (zeroed) cache.set_version(*page, version);
  inode.version = version;
  changes.cut(last, version);
  changes.free_blocks(inode.page_count());
  if (zeroed) cache.write_back().mark_dirty(*page);
  if (through_page && !zeroed) changes.lose(last);
  if (page == nullptr) return;
  cache.unlock_page(*page);
  cache.put(*page);
}

}  // namespace

void truncate_file(PageCache& cache, Inode& inode, std::uint64_t size_bytes) {
  Kernel& kernel = cache.kernel();
  kernel.might_sleep("truncate");
  FileChanges& changes = inode.changes();
  MutexGuard guard(changes.mutex);
  kernel.point({"set size", object_in(ObjectSpace::inode, inode.id())});
  const bool shrinks = size_bytes < inode.size_bytes();
  inode.set_size(size_bytes);
  kernel.recorder().emit(Ev::file_size, static_cast<std::int64_t>(inode.id()),
                         static_cast<std::int64_t>(size_bytes));
  if (!shrinks) return;
  changes.begin_cut(inode.page_count());
  cache.remove_pages(inode, inode.page_count());
  cut_contents(cache, inode);
}

}  // namespace sim
