#pragma once
// Readahead at work: connects a policy's decisions (readahead_policy.hpp) with the page cache. A
// read loop calls these hooks; each generation of Linux uses some of them.
//
// The loop, for each page of the request (2.6.18: do_generic_mapping_read):
//   if (index == next) next = before_lookup(...);
//   page = find_get(index)
//   absent: if (on_miss(...)) find again; still absent: allocate, add, read_page
//   page->readahead(): on_marked(...)
//   waited for and not uptodate: on_io_error(...)
//   at the end of the request: on_read_end(...)
// As in the kernel, all pages of a window are allocated before any is read, a window ends at the
// end of the file, and errors are ignored. Context: process; may sleep.

#include <memory>

#include "sim/vfs/page_cache.hpp"
#include "sim/vfs/readahead_policy.hpp"
#include "sim/vfs/regular_file.hpp"

namespace sim {

/// One submitted window, for observers.
struct ReadaheadWindow {
  std::uint64_t start = 0;
  std::uint64_t count = 0;  ///< pages wanted
  std::uint64_t fresh = 0;  ///< of these, not cached yet
  std::uint64_t marker = ReadaheadPages::no_marker;
};

class Readahead {
 public:
  using Observer = void (*)(void* context, const RegularFile& file, const ReadaheadWindow& window);

  Readahead(PageCache& cache, std::unique_ptr<ReadaheadPolicy> policy)
      : cache_(cache), policy_(std::move(policy)) {}

  /// Returns the next index at which to call again.
  std::uint64_t before_lookup(RegularFile& file, std::uint64_t index, std::uint64_t remaining);
  /// True: look again.
  bool on_miss(RegularFile& file, std::uint64_t index, std::uint64_t remaining);
  /// Clears the mark.
  void on_marked(RegularFile& file, Page& page, std::uint64_t index, std::uint64_t remaining);
  /// `position`: the byte after the last one read.
  void on_read_end(RegularFile& file, std::uint64_t position);
  void on_io_error(RegularFile& file) { policy_->on_io_error(file.ra); }

  void set_observer(Observer observer, void* context) {
    observer_ = observer;
    observer_context_ = context;
  }

 private:
  class FilePages;

  PageCache& cache_;
  std::unique_ptr<ReadaheadPolicy> policy_;
  Observer observer_ = nullptr;
  void* observer_context_ = nullptr;
};

}  // namespace sim
