#include "sim/vfs/file_write.hpp"

#include <algorithm>
#include <cerrno>

#include "sim/vfs/file_changes.hpp"
#include "sim/vfs/grab_page.hpp"
#include "sim/vfs/write_back.hpp"

namespace sim {

namespace {

/// The page has a block, and all of its bytes that will not be written.
int prepare_page(PageCache& cache, Inode& inode, Page& page, std::uint64_t bytes) {
  FileChanges& changes = inode.changes();
  const bool fresh = !changes.has_block(page.index());
  if (inode.place_of(page.index()) == Inode::hole) return -ENOSPC;
  if (fresh) changes.allocate_block(page.index());
  if (fresh || bytes == page_bytes) return 0;
  return bring_uptodate(cache, page);
}

/// Nothing sleeps from the page's new version to the file's: readers see both or none.
void commit_page(PageCache& cache, Inode& inode, Page& page, std::uint64_t end) {
  cache.kernel().point({"write", object_in(ObjectSpace::inode, inode.id())});
  const std::uint32_t version = inode.version + 1;
  cache.set_version(page, version);
  inode.version = version;
  inode.changes().wrote(page.index(), version);
  if (end > inode.size_bytes()) inode.set_size(end);
  if (!page.uptodate()) cache.set_uptodate(page);
  cache.write_back().mark_dirty(page);
}

int write_page(PageCache& cache, Inode& inode, std::uint64_t offset, std::uint64_t bytes) {
  Page* page = grab_page(cache, inode, page_of(offset));
  if (page == nullptr) return -ENOMEM;
  const int error = prepare_page(cache, inode, *page, bytes);
  if (error == 0) {
    cache.kernel().spend(Cost::copy_byte, static_cast<std::int64_t>(bytes));
    commit_page(cache, inode, *page, offset + bytes);
  }
  cache.unlock_page(*page);
  if (error == 0) cache.mark_accessed(*page);
  cache.put(*page);
  return error;
}

}  // namespace

std::int64_t write_file(PageCache& cache, Inode& inode, std::uint64_t offset,
                        std::uint64_t length) {
  cache.kernel().might_sleep("write");
  MutexGuard guard(inode.changes().mutex);
  std::uint64_t written = 0;
  while (written < length && !cache.kernel().ending()) {
    const std::uint64_t at = offset + written;
    const std::uint64_t bytes = std::min(page_bytes - at % page_bytes, length - written);
    const int error = write_page(cache, inode, at, bytes);
    if (error != 0) return written != 0 ? static_cast<std::int64_t>(written) : error;
    written += bytes;
    cache.write_back().balance(1);
  }
  return static_cast<std::int64_t>(written);
}

}  // namespace sim
