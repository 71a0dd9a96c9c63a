#include "sim/vfs/file_read.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cerrno>

#include "sim/vfs/grab_page.hpp"
#include "sim/vfs/read_pages.hpp"
#include "sim/vfs/uptodate_page.hpp"

namespace sim {

namespace {

class FileReader {
 public:
  FileReader(Readahead& readahead, RegularFile& file, const FileRange& range, PageTaker& taker,
             Reader reader)
      : readahead_(readahead),
        cache_(readahead.cache()),
        file_(file),
        inode_(file.inode()),
        taker_(taker),
        reader_(reader),
        begin_(range.offset),
        end_(range.offset + range.count),
        last_(pages_for(end_)),
        position_(begin_) {}

  long run() {
    cache_.kernel().might_sleep("read");
    if (readahead_.rules().loop == ReadLoop::by_page)
      by_page();
    else
      by_batch();
    readahead_.on_read_end(file_, position_);
    return position_ != begin_ ? static_cast<long>(position_ - begin_) : error_;
  }

 private:
  [[nodiscard]] bool more() const {
    return position_ < std::min(end_, inode_.size_bytes()) && !cache_.kernel().ending();
  }
  void by_page();
  int find_page(std::uint64_t index, Page** found);
  void by_batch();
  int get_batch();
  void gather(std::uint64_t index);
  void drop_last();
  /// False: it is the last one.
  bool take(Page& page);

  Readahead& readahead_;
  PageCache& cache_;
  RegularFile& file_;
  Inode& inode_;
  PageTaker& taker_;
  const Reader reader_;
  const std::uint64_t begin_;
  const std::uint64_t end_;
  const std::uint64_t last_;  ///< the page after the last one asked for
  std::uint64_t position_;
  std::uint64_t counted_ = 0;  ///< pages before it have been counted as looked up
  long error_ = 0;
  boost::container::small_vector<Page*, 32> batch_;  ///< each with a reference
};

bool FileReader::take(Page& page) {
  // The size again, for each page: the file may have become shorter meanwhile.
  const std::uint64_t size = inode_.size_bytes();
  if (position_ >= size) return false;
  const std::uint64_t offset = position_ % page_bytes;
  const std::uint64_t length = std::min({page_bytes - offset, size - position_, end_ - position_});
  if (file_.accessed_page != page.index()) cache_.mark_accessed(page);
  file_.accessed_page = page.index();
  const long taken =
      taker_.take(page, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length));
  if (taken < 0)
    error_ = taken;
  else
    position_ += static_cast<std::uint64_t>(taken);
  return taken == static_cast<long>(length);
}

// -- by page --------------------------------------------------------------------------------------

void FileReader::by_page() {
  std::uint64_t next = page_of(position_);
  while (more()) {
    const std::uint64_t index = page_of(position_);
    if (index == next) next = readahead_.before_lookup(file_, index, last_ - index, reader_);
    Page* page = nullptr;
    error_ = find_page(index, &page);
    if (error_ != 0) return;
    if (page == nullptr) continue;
    const bool going = take(*page);
    cache_.put(*page);
    if (!going) return;
  }
}

/// Uptodate, with a reference. Null without an error: it was truncated, and must be looked for
/// again.
int FileReader::find_page(std::uint64_t index, Page** found) {
  Page* page = cache_.find_get(inode_, index, Lookup::first);
  if (page == nullptr && readahead_.on_miss(file_, index, last_ - index))
    page = cache_.find_get(inode_, index, Lookup::again);
  if (page != nullptr && page->readahead())
    readahead_.on_marked(file_, *page, index, last_ - index);
  int error = page == nullptr ? read_missing_page(cache_, inode_, index, &page) : 0;
  if (error != 0) return error;
  error = wait_uptodate(cache_, *page);
  if (error == 0 && page->uptodate()) {
    *found = page;
    return 0;
  }
  cache_.put(*page);
  if (error != 0) readahead_.on_io_error(file_);
  return error;
}

// -- by batch -------------------------------------------------------------------------------------

void FileReader::by_batch() {
  while (more()) {
    error_ = get_batch();
    bool going = error_ == 0;
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      Page& page = *batch_[i];
      if (going && i != 0)
        readahead_.before_lookup(file_, page.index(), last_ - page.index(), reader_);
      going = going && take(page);
      cache_.put(page);
    }
    batch_.clear();
    if (!going) return;
  }
}

void FileReader::drop_last() {
  cache_.put(*batch_.back());
  batch_.pop_back();
}

/// Fills the batch with uptodate pages from the position on.
int FileReader::get_batch() {
  const std::uint64_t index = page_of(position_);
  readahead_.before_lookup(file_, index, last_ - index, reader_);
  while (!cache_.kernel().ending()) {
    gather(index);
    if (batch_.empty() && readahead_.on_miss(file_, index, last_ - index)) gather(index);
    if (batch_.empty()) {
      Page* page = nullptr;
      const int error = read_missing_page(cache_, inode_, index, &page);
      if (error != 0) return error;
      batch_.push_back(page);
    }
    Page& last = *batch_.back();
    if (last.readahead()) readahead_.on_marked(file_, last, last.index(), last_ - last.index());
    if (last.uptodate()) return 0;
    const int error = wait_uptodate(cache_, last);
    drop_last();
    if (!batch_.empty()) return 0;  // what comes before it is taken first
    if (error == 0) continue;
    readahead_.on_io_error(file_);
    return error;
  }
  return 0;
}

void FileReader::gather(std::uint64_t index) {
  for (std::uint64_t folios = 0; folios < readahead_.rules().batch_folios && index < last_;
       ++index) {
    Page* page = cache_.find_get(inode_, index, index < counted_ ? Lookup::again : Lookup::first);
    counted_ = std::max(counted_, index + 1);
    if (page == nullptr) return;
    batch_.push_back(page);
    if (!page->uptodate()) return;
    if ((index + 1) % (1ULL << page->folio_order()) != 0) continue;
    ++folios;
    if (page->readahead()) return;
  }
}

// -- 2.6.18's splice ------------------------------------------------------------------------------

class PageSplicer {
 public:
  PageSplicer(Readahead& readahead, RegularFile& file, const FileRange& range, PageTaker& taker)
      : readahead_(readahead),
        cache_(readahead.cache()),
        file_(file),
        inode_(file.inode()),
        taker_(taker),
        range_(range) {}

  long run();

 private:
  int look_up();
  int add(std::uint64_t index, Page** added);
  long hand_on();
  void start_read(Page& page);

  Readahead& readahead_;
  PageCache& cache_;
  RegularFile& file_;
  Inode& inode_;
  PageTaker& taker_;
  const FileRange range_;
  boost::container::small_vector<Page*, 16> pages_;  ///< each with a reference
};

long PageSplicer::run() {
  cache_.kernel().might_sleep("splice");
  if (range_.offset >= inode_.size_bytes()) return 0;
  const int error = look_up();
  const long taken = pages_.empty() ? error : hand_on();
  for (Page* page : pages_) cache_.put(*page);
  readahead_.on_read_end(file_,
                         range_.offset + static_cast<std::uint64_t>(std::max<long>(taken, 0)));
  return taken;
}

/// All pages of the range, in the cache; their reads may be under way, or not even begun.
int PageSplicer::look_up() {
  const std::uint64_t first = page_of(range_.offset);
  const std::uint64_t end = std::min(pages_for(range_.offset + range_.count), inode_.page_count());
  readahead_.before_lookup(file_, first, end - first, Reader::splice);
  for (std::uint64_t index = first; index < end; ++index) {
    Page* page = cache_.find_get(inode_, index, Lookup::first);
    if (page == nullptr && readahead_.on_miss(file_, index, end - index))
      page = cache_.find_get(inode_, index, Lookup::again);
    if (page != nullptr && page->readahead())
      readahead_.on_marked(file_, *page, index, end - index);
    if (page == nullptr)
      if (const int error = add(index, &page); error != 0) return error;
    pages_.push_back(page);
  }
  return 0;
}

/// Its read begins when it is handed on.
int PageSplicer::add(std::uint64_t index, Page** added) {
  *added = grab_page(cache_, inode_, index);
  if (*added == nullptr) return -ENOMEM;
  cache_.unlock_page(**added);
  return 0;
}

/// Waits for a read that is under way. One that begins here is for who takes the page to wait for.
void PageSplicer::start_read(Page& page) {
  if (page.uptodate()) return;
  cache_.lock_page(page);
  if (page.uptodate() || page.inode() == nullptr)
    cache_.unlock_page(page);
  else
    read_page(cache_, page);
}

long PageSplicer::hand_on() {
  std::uint64_t position = range_.offset;
  const std::uint64_t end = range_.offset + range_.count;
  long error = 0;
  for (Page* page : pages_) {
    start_read(*page);
    const std::uint64_t size = inode_.size_bytes();
    if (position >= size || page->inode() == nullptr) break;
    const std::uint64_t offset = position % page_bytes;
    const std::uint64_t length = std::min({page_bytes - offset, size - position, end - position});
    cache_.mark_accessed(*page);
    const long taken =
        taker_.take(*page, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length));
    if (taken < 0) error = taken;
    if (taken > 0) position += static_cast<std::uint64_t>(taken);
    if (taken != static_cast<long>(length)) break;
  }
  return position != range_.offset ? static_cast<long>(position - range_.offset) : error;
}

}  // namespace

long CopyToUser::take(Page& page, std::uint32_t offset, std::uint32_t length) {
  const ContentRun run = page.content(offset, length);
  if (!runs_.empty() && runs_.back().continues(run))
    runs_.back().length += length;
  else
    runs_.push_back(run);
  kernel_.spend(Cost::copy_byte, length);
  return static_cast<long>(length);
}

long read_file(Readahead& readahead, RegularFile& file, const FileRange& range, PageTaker& taker) {
  return FileReader(readahead, file, range, taker, Reader::read).run();
}

long splice_file(Readahead& readahead, RegularFile& file, const FileRange& range,
                 PageTaker& taker) {
  if (readahead.rules().loop == ReadLoop::by_page)
    return PageSplicer(readahead, file, range, taker).run();
  return FileReader(readahead, file, range, taker, Reader::splice).run();
}

}  // namespace sim
