#include "sim/vfs/grab_page.hpp"

#include <cerrno>

#include "sim/vfs/read_pages.hpp"

namespace sim {

Page* grab_page(PageCache& cache, Inode& inode, std::uint64_t index) {
  for (;;) {
    Page* page = cache.find_get(inode, index, Lookup::again);
    if (page != nullptr) {
      cache.lock_page(*page);
      if (page->inode() != nullptr) return page;
      cache.unlock_page(*page);  // truncated while it was waited for
      cache.put(*page);
      continue;
    }
    page = cache.allocate();
    if (page == nullptr) return nullptr;
    const int error = cache.add(*page, inode, index);
    if (error == 0) return page;
    cache.put(*page);
    if (error != -EEXIST) return nullptr;
  }
}

int bring_uptodate(PageCache& cache, Page& page) {
  if (page.uptodate()) return 0;
  read_page(cache, page);
  cache.lock_page(page);
  return page.uptodate() ? 0 : -EIO;
}

}  // namespace sim
