#pragma once
// What happens to a file after it was made: which version its pages have, had, and have on the
// disk, which of its pages are dirty, and which lost their blocks. Made when a file is changed for
// the first time: a file that is only read has none.
//
// A version is a number of the file that grows with each change. Its grain is a page: a write to
// any part of a page, and a cut through it, make a new version of all of it. So a reader's bytes
// can be judged: right is the version that the page had when he began, and each later one.
// Blocks are given back by truncate and had again by a write; they lie where they lay before, since
// a file's place on the disk stays reserved for it. Locks: versions change with `mutex` held.
// Source: Linux 2.6.18, mm/memory.c (vmtruncate), fs/buffer.c (block_truncate_page). Units: pages.

#include <boost/icl/interval_set.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "sim/kernel/lock.hpp"
#include "sim/vfs/dirty_pages.hpp"

namespace sim {

class FileChanges {
 public:
  /// `version`: of all pages so far.
  FileChanges(Kernel& kernel, std::uint32_t version) : mutex(kernel, "i_mutex"), first_(version) {}

  Mutex mutex;  ///< i_mutex: held while the file is written or gets another size
  DirtyPages pages;

  // -- versions -----------------------------------------------------------------------------------
  void wrote(std::uint64_t index, std::uint32_t version) { writes_[index].push_back(version); }
  /// Truncate is under way: holes from there on are already what cut() will make of them.
  void begin_cut(std::uint64_t first) { cutting_from_ = first; }
  /// All pages from there on are zeros, or, the first one, end in zeros.
  void cut(std::uint64_t first, std::uint32_t version) {
    cuts_.push_back({version, first});
    cutting_from_ = no_page;
  }
  /// What a page without a block is, when `newest` is the file's newest version.
  [[nodiscard]] std::uint32_t zeros(std::uint64_t index, std::uint32_t newest) const {
    return index >= cutting_from_ ? newest + 1 : version_at(index, newest);
  }
  /// What the page was when `until` was the file's newest version.
  [[nodiscard]] std::uint32_t version_at(std::uint64_t index, std::uint32_t until) const;
  /// Whether somebody who began then may get this version of the page.
  [[nodiscard]] bool may_show(std::uint64_t index, std::uint32_t version,
                              std::uint32_t since) const;

  // -- the disk -----------------------------------------------------------------------------------
  /// What a read of the page brings.
  [[nodiscard]] std::uint32_t stored(std::uint64_t index) const;
  void store(std::uint64_t index, std::uint32_t version) { stored_[index] = version; }
  /// It could not be written: whoever reads it again may get any older version.
  void lose(std::uint64_t index) { lost_.insert(index); }
  [[nodiscard]] bool has_block(std::uint64_t index) const {
    return !boost::icl::contains(without_block_, index);
  }
  void free_blocks(std::uint64_t first);
  void allocate_block(std::uint64_t index) { without_block_.erase(index); }

 private:
  struct Cut {
    std::uint32_t version;
    std::uint64_t first;
  };

  static constexpr std::uint64_t no_page = UINT64_MAX;

  std::uint32_t first_;
  std::uint64_t cutting_from_ = no_page;
  std::map<std::uint64_t, std::vector<std::uint32_t>> writes_;  ///< ascending
  std::vector<Cut> cuts_;                                       ///< ascending versions
  std::map<std::uint64_t, std::uint32_t> stored_;
  std::set<std::uint64_t> lost_;
  boost::icl::interval_set<std::uint64_t> without_block_;
};

}  // namespace sim
