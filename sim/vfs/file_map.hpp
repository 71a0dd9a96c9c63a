#pragma once
// A file mapped into the address space of a process, for reading: mmap(2) and its page faults.
//
// By page (FileReadRules; Linux 2.6.18, mm/filemap.c, filemap_nopage): a fault maps one page. One
// that misses reads around it, unless faults of the file have missed more than a hundred times more
// often than they hit (mmap_miss, mmap_hit); a page is marked accessed at the fault.
// By batch (6.1 and 6.18, filemap_fault and filemap_map_pages): a fault first maps those of the 16
// aligned pages around it that are uptodate and not marked (fault_around_bytes, 64 KB), and again
// when it has waited; mmap_miss falls with each of these.
// In both the pages that were touched are marked accessed when the mapping goes (2.6.18,
// zap_pte_range).
// A mapped page is not reclaimed and not given up (invalidate_mapping_pages leaves it, too), as
// long as the mapping lives; one that is truncated away is not mapped any more. Left out: writing
// through a mapping, madvise, a mapping of a part.
// Context: process; may sleep.

#include <vector>

#include "sim/vfs/readahead.hpp"

namespace sim {

class FileMapping {
 public:
  /// The whole file, as long as it is now. The file must live longer.
  FileMapping(Readahead& readahead, RegularFile& file);
  FileMapping(const FileMapping&) = delete;
  FileMapping& operator=(const FileMapping&) = delete;

  /// The program looks at that page. Null is SIGBUS: behind the file's end, or it cannot be read.
  Page* touch(std::uint64_t index);
  [[nodiscard]] bool mapped(std::uint64_t index) const;
  /// munmap(2): before the mapping goes.
  void unmap();

 private:
  struct Entry {
    Page* page = nullptr;  ///< with a reference
    bool touched = false;
  };

  int fault(std::uint64_t index);
  int make_present(std::uint64_t index, Page** found);
  void fault_around(std::uint64_t index);
  void forget(std::uint64_t index);

  Readahead& readahead_;
  PageCache& cache_;
  RegularFile& file_;
  std::vector<Entry> entries_;  ///< by page
};

}  // namespace sim
