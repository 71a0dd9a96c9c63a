#pragma once
// truncate(2): gives a file another size.
//
// Source: Linux 2.6.18, mm/memory.c (vmtruncate): a file that shrinks has its new size first; then
// the pages behind it leave the cache, each when nobody has it locked; the last page's rest becomes
// zeros, for which it is read (fs/buffer.c, block_truncate_page); last, the blocks are given back.
// A file that grows has a hole at its end. Who reads it meanwhile: PageCache::remove_pages().
// Context: process; may sleep. Locks: FileChanges::mutex.

#include "sim/vfs/page_cache.hpp"

namespace sim {

void truncate_file(PageCache& cache, Inode& inode, std::uint64_t size_bytes);

}  // namespace sim
