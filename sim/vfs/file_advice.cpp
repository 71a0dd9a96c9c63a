#include "sim/vfs/file_advice.hpp"

#include <algorithm>

#include "sim/vfs/disk_host.hpp"
#include "sim/vfs/file_changes.hpp"
#include "sim/vfs/write_back.hpp"

namespace sim {

namespace {

/// The first page of the folio that holds the page.
std::uint64_t folio_begin(const Inode& inode, std::uint64_t index) {
  const Page* page = inode.cached(index);
  return page == nullptr ? index : index >> page->folio_order() << page->folio_order();
}

void will_need(Readahead& readahead, RegularFile& file, const FileRange& range) {
  const std::uint64_t first = page_of(range.offset);
  std::uint64_t count = pages_for(range.offset + range.count) - first;
  if (readahead.rules().loop == ReadLoop::by_page)
    count = readahead.cache().max_sane_readahead(count);
  if (count != 0) readahead.on_advice(file, first, count);
}

/// Pages of which a write is started here stay in memory: they are busy.
void start_writes(Readahead& readahead, Inode& inode, std::uint64_t begin, std::uint64_t end) {
  if (inode.changed() == nullptr) return;
  WriteBack& write_back = readahead.cache().write_back();
  if (readahead.rules().loop == ReadLoop::by_batch) return write_back.flush(inode, begin, end);
  if (!inode.disk().queue().congested(true)) write_back.flush(inode, 0, UINT64_MAX);
}

void dont_need(Readahead& readahead, Inode& inode, const FileRange& range) {
  PageCache& cache = readahead.cache();
  const std::uint64_t range_end = range.offset + range.count;
  start_writes(readahead, inode, page_of(range.offset), pages_for(range_end));
  std::uint64_t begin = pages_for(range.offset);
  std::uint64_t end = pages_for(range_end);
  if (readahead.rules().loop == ReadLoop::by_page) {
    cache.invalidate(inode, begin, end);
    return;
  }
  if (range_end < inode.size_bytes()) end = page_of(range_end);
  if (begin >= end) return;
  if (const std::uint64_t head = folio_begin(inode, begin); head != begin)
    begin = head + (1ULL << inode.cached(begin)->folio_order());
  if (end < inode.page_count()) end = folio_begin(inode, end);
  cache.drain_batches();
  cache.invalidate(inode, begin, end);
}

}  // namespace

int advise_file(Readahead& readahead, RegularFile& file, const FileRange& range,
                FileAdvice advice) {
  Inode& inode = file.inode();
  FileRange all = range;
  const std::uint64_t size = inode.size_bytes();
  if (all.count == 0) all.count = size - std::min(size, all.offset);
  const bool flagged = readahead.rules().loop == ReadLoop::by_batch;
  switch (advice) {
    case FileAdvice::normal:
    case FileAdvice::sequential:
      file.ra.random = false;
      file.ra.ra_pages = file.device_ra_pages * (advice == FileAdvice::normal ? 1 : 2);
      break;
    case FileAdvice::random:
      if (flagged)
        file.ra.random = true;
      else
        file.ra.ra_pages = 0;
      break;
    case FileAdvice::will_need:
      will_need(readahead, file, all);
      break;
    case FileAdvice::dont_need:
      dont_need(readahead, inode, all);
      break;
    case FileAdvice::no_reuse:
      break;
  }
  return 0;
}

int read_ahead_file(Readahead& readahead, RegularFile& file, const FileRange& range) {
  if (range.count != 0) will_need(readahead, file, range);
  return 0;
}

}  // namespace sim
