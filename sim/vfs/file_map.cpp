#include "sim/vfs/file_map.hpp"

#include <algorithm>
#include <cerrno>

#include "sim/vfs/uptodate_page.hpp"

namespace sim {

namespace {

constexpr std::uint64_t fault_around_pages = 16;

}  // namespace

FileMapping::FileMapping(Readahead& readahead, RegularFile& file)
    : readahead_(readahead),
      cache_(readahead.cache()),
      file_(file),
      entries_(file.inode().page_count()) {}

bool FileMapping::mapped(std::uint64_t index) const {
  const Page* page = index < entries_.size() ? entries_[index].page : nullptr;
  return page != nullptr && page->inode() == &file_.inode();
}

void FileMapping::forget(std::uint64_t index) {
  Entry& entry = entries_[index];
  if (entry.page != nullptr) cache_.put(*entry.page);
  entry = {};
}

Page* FileMapping::touch(std::uint64_t index) {
  if (index >= entries_.size()) return nullptr;
  if (!mapped(index) && fault(index) != 0) return nullptr;
  entries_[index].touched = true;
  return entries_[index].page;
}

void FileMapping::unmap() {
  for (std::uint64_t index = 0; index < entries_.size(); ++index) {
    if (mapped(index) && entries_[index].touched) cache_.mark_accessed(*entries_[index].page);
    forget(index);
  }
}

int FileMapping::fault(std::uint64_t index) {
  const bool around = readahead_.rules().loop == ReadLoop::by_batch;
  cache_.kernel().might_sleep("page fault");
  cache_.kernel().spend(Cost::system_call);
  forget(index);
  if (around) fault_around(index);
  while (!mapped(index)) {
    if (index >= file_.inode().page_count() || cache_.kernel().ending()) return -EFAULT;
    Page* page = nullptr;
    const int error = make_present(index, &page);
    if (error != 0) return error;
    if (!page->uptodate()) {  // truncated while it was waited for
      cache_.put(*page);
      continue;
    }
    if (!around) cache_.mark_accessed(*page);
    forget(index);
    entries_[index].page = page;
    // The fault is tried again after the wait.
    if (around) fault_around(index);
  }
  return 0;
}

/// With a reference; uptodate, or truncated.
int FileMapping::make_present(std::uint64_t index, Page** found) {
  const bool by_page = readahead_.rules().loop == ReadLoop::by_page;
  Page* page = cache_.find_get(file_.inode(), index, Lookup::first);
  bool hit = page != nullptr;
  if (!hit) {
    const bool read_around = readahead_.on_fault(file_, index);
    page = cache_.find_get(file_.inode(), index, Lookup::again);
    if (page == nullptr)
      if (const int error = read_missing_page(cache_, file_.inode(), index, &page); error != 0)
        return error;
    // 2.6.18 finds the page that it read alone, and takes that for a hit.
    hit = by_page && !read_around;
  }
  if (hit) readahead_.on_fault_hit(file_, *page);
  const int error = wait_uptodate(cache_, *page);
  if (error != 0) {
    cache_.put(*page);
    return error;
  }
  *found = page;
  return 0;
}

void FileMapping::fault_around(std::uint64_t index) {
  const std::uint64_t begin = index / fault_around_pages * fault_around_pages;
  const std::uint64_t end = std::min(begin + fault_around_pages, file_.inode().page_count());
  std::uint64_t found = 0;
  for (std::uint64_t i = begin; i < std::min<std::uint64_t>(end, entries_.size()); ++i) {
    Page* page = file_.inode().cached(i);
    if (page == nullptr || page->locked() || !page->uptodate() || page->readahead()) continue;
    ++found;
    if (mapped(i)) continue;
    forget(i);
    cache_.get(*page);
    entries_[i].page = page;
  }
  cache_.kernel().spend(Cost::page_lookup);
  readahead_.on_fault_around(file_, found);
}

}  // namespace sim
