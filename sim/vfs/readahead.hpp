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
// file_read.hpp has the loops, file_map.hpp the page faults, file_advice.hpp what programs tell.
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

/// Looks on, and changes nothing.
class ReadaheadObserver {
 public:
  virtual ~ReadaheadObserver() = default;
  virtual void on_window(const RegularFile& /*file*/, const ReadaheadWindow& /*window*/) {}
  /// A step of the policy, with the state before it.
  virtual void on_decision(const ReadaheadDecision& /*step*/, const ReadaheadState& /*before*/) {}
  /// A read found no page there.
  virtual void on_miss(const RegularFile& /*file*/, std::uint64_t /*index*/) {}
};

/// On whose behalf pages are read. A splice - sendfile too - hands pages on, and the previous
/// position follows it page by page in later kernels; a read copies.
enum class Reader : std::uint8_t { read, splice };

class Readahead {
 public:
  Readahead(PageCache& cache, const ReadaheadKind& kind)
      : cache_(cache), policy_(kind.make()), rules_(kind.reads) {}

  /// Returns the next index at which to call again.
  std::uint64_t before_lookup(RegularFile& file, std::uint64_t index, std::uint64_t remaining,
                              Reader reader);
  /// True: look again.
  bool on_miss(RegularFile& file, std::uint64_t index, std::uint64_t remaining);
  /// Clears the mark.
  void on_marked(RegularFile& file, Page& page, std::uint64_t index, std::uint64_t remaining);
  /// `position`: the byte after the last one read.
  void on_read_end(RegularFile& file, std::uint64_t position);
  void on_io_error(RegularFile& file) { policy_->on_io_error(file.ra); }

  // -- page faults and advice ---------------------------------------------------------------------
  /// As ReadaheadPolicy::on_fault.
  bool on_fault(RegularFile& file, std::uint64_t index);
  /// Clears the mark.
  void on_fault_hit(RegularFile& file, Page& page);
  void on_fault_around(RegularFile& file, std::uint64_t mapped) {
    policy_->on_fault_around(file.ra, mapped);
  }
  /// Reads these pages of it, as far as the generation follows such advice.
  void on_advice(RegularFile& file, std::uint64_t start, std::uint64_t count);

  [[nodiscard]] const FileReadRules& rules() const { return rules_; }
  [[nodiscard]] PageCache& cache() const { return cache_; }
  /// Null: nobody looks on.
  void set_observer(ReadaheadObserver* observer) { observer_ = observer; }

 private:
  class FilePages;

  /// Of the page's whole folio.
  void clear_mark(RegularFile& file, Page& page);

  PageCache& cache_;
  std::unique_ptr<ReadaheadPolicy> policy_;
  FileReadRules rules_;
  ReadaheadObserver* observer_ = nullptr;
};

}  // namespace sim
