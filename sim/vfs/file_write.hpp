#pragma once
// write(2) to a regular file: into the page cache, page by page.
//
// Source: Linux 2.6.18, mm/filemap.c (generic_file_buffered_write), fs/buffer.c
// (block_prepare_write): a page of which only a part is written is read first, unless it is cached
// or has no block yet; a block is allocated for the page before its bytes are copied; then it is
// uptodate and dirty, and the writer looks at the limits (WriteBack::balance). What was written
// before an error counts. Units: bytes. Context: process; may sleep. Locks: FileChanges::mutex.

#include <cstdint>

#include "sim/vfs/page_cache.hpp"

namespace sim {

/// Bytes written, or if there are none -ENOSPC (behind the place that is reserved for the file),
/// -ENOMEM or -EIO (of a page that had to be read).
std::int64_t write_file(PageCache& cache, Inode& inode, std::uint64_t offset, std::uint64_t length);

}  // namespace sim
