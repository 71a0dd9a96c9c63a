#pragma once
// A page of a file, to be changed: found or added, and locked (Linux 2.6.18, mm/filemap.c:
// grab_cache_page). Context: process; may sleep.

#include "sim/vfs/page_cache.hpp"

namespace sim {

/// With a reference, locked; perhaps not uptodate. Null: no memory.
Page* grab_page(PageCache& cache, Inode& inode, std::uint64_t index);

/// Reads the page, if it is not uptodate. 0 or -EIO; it is locked in any case. Requires: locked by
/// the caller, in its file.
int bring_uptodate(PageCache& cache, Page& page);

}  // namespace sim
