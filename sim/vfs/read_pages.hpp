#pragma once
// Reading pages of a file from its disk: the kernel's mpage_readpages and ->readpage.
//
// Source: Linux 2.6.18, fs/mpage.c (spec: add each page, skip what is cached already, gather what
// is contiguous on the disk into one bio); the hooks are take31's split of it (read_bio.hpp). I/O
// errors are not reported here: they show on the pages. Context: process; adding and submitting may
// sleep.

#include "sim/vfs/page_cache.hpp"

namespace sim {

/// Adds the pages to the file, each at its own index (Page::set_index), in the order given, which
/// ascends, and reads them. Uses up the caller's reference to every page. Pages that are cached
/// already, or cannot be added (-ENOMEM), are dropped. Returns how many were added; they are locked
/// until their read ends. What lies beyond the file's end - it may have become shorter - reads as
/// zeros.
int read_pages(PageCache& cache, Inode& inode, Page** pages, int count,
               const ReadHooks& hooks = {});

/// Reads one page that is cached and locked by the caller, and not uptodate; its end unlocks it.
void read_page(PageCache& cache, Page& page, const ReadHooks& hooks = {});

}  // namespace sim
