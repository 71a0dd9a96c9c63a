#include "sim/vfs/uptodate_page.hpp"

#include <cerrno>

#include "sim/vfs/read_pages.hpp"

namespace sim {

int read_missing_page(PageCache& cache, Inode& inode, std::uint64_t index, Page** found) {
  for (;;) {
    Page* page = cache.allocate();
    if (page == nullptr) return -ENOMEM;
    const int error = cache.add(*page, inode, index);
    if (error == 0) {
      read_page(cache, *page);
      *found = page;
      return 0;
    }
    cache.put(*page);
    if (error != -EEXIST) return error;
    // Theirs may be gone again before it is found.
    *found = cache.find_get(inode, index, Lookup::again);
    if (*found != nullptr) return 0;
  }
}

int wait_uptodate(PageCache& cache, Page& page) {
  if (page.uptodate()) return 0;
  cache.lock_page(page);
  if (page.uptodate() || page.inode() == nullptr) {
    cache.unlock_page(page);
    return 0;
  }
  read_page(cache, page);
  cache.lock_page(page);
  const bool good = page.uptodate() || page.inode() == nullptr;
  cache.unlock_page(page);
  return good ? 0 : -EIO;
}

int confirm_page(PageCache& cache, Page& page) {
  if (page.uptodate()) return 0;
  cache.lock_page(page);
  int error = 0;
  if (page.inode() == nullptr)
    error = -ENODATA;
  else if (!page.uptodate())
    error = -EIO;
  cache.unlock_page(page);
  return error;
}

}  // namespace sim
