#pragma once
// What read loops, page faults and splices do when no readahead has brought a page, or its read has
// not ended: Linux 2.6.18, mm/filemap.c (no_cached_page, page_not_up_to_date) and fs/splice.c
// (page_cache_pipe_buf_pin). Context: process; may sleep.

#include "sim/vfs/page_cache.hpp"

namespace sim {

/// Adds the page and starts its read, unless somebody else is faster. With a reference in *found;
/// 0 or -ENOMEM.
int read_missing_page(PageCache& cache, Inode& inode, std::uint64_t index, Page** found);

/// Waits for the read that is under way, or reads again what an error has left behind. 0 or -EIO; 0
/// also for a page that was truncated meanwhile: it is in no file any more, and not uptodate.
int wait_uptodate(PageCache& cache, Page& page);

/// Waits for a page whose read somebody else has started, and does not try again. 0, -EIO, or
/// -ENODATA for one that was truncated.
int confirm_page(PageCache& cache, Page& page);

}  // namespace sim
