#pragma once
// What programs tell about their reads: posix_fadvise(2) and readahead(2).
//
// Sources: Linux 2.6.18, mm/fadvise.c (sys_fadvise64_64), mm/filemap.c (sys_readahead); 6.1,
// mm/fadvise.c (generic_fadvise), which readahead(2) goes through, too.
//   NORMAL      the device's window (read_ahead_kb)
//   SEQUENTIAL  twice that
//   RANDOM      2.6.18: no readahead; 6.1: reads bring what they ask for, windows stay
//   WILLNEED    reads the range, and waits for nothing: 2.6.18 half of what memory has free or
//               inactive at most (max_sane_readahead), 6.1 a window or the disk's largest request
//   DONTNEED    starts the writes of dirty pages, waits for none, and drops clean pages of the
//   range
//               that nobody uses, so that what was dirty takes a second call. 2.6.18: of the whole
//               file, unless the disk is congested; with the last page, of which a part may lie
//               outside, but not what CPUs still gather for the lists. 6.1: of the range; drops
//               these, too, and whole folios only
//   NOREUSE     nothing
// Which of the two is up to FileReadRules. Context: process; may sleep.

#include "sim/vfs/file_read.hpp"

namespace sim {

/// With Linux' values.
enum class FileAdvice : std::uint8_t {
  normal = 0,
  random = 1,
  sequential = 2,
  will_need = 3,
  dont_need = 4,
  no_reuse = 5
};

/// `count` 0: to the end of the file. 0.
int advise_file(Readahead& readahead, RegularFile& file, const FileRange& range, FileAdvice advice);

/// readahead(2). 0.
int read_ahead_file(Readahead& readahead, RegularFile& file, const FileRange& range);

}  // namespace sim
