#pragma once
// A bio that reads pages of one file, and the hooks with which its owner follows it.
//
// Hooks are the split that take31 made in the kernel's mpage_readpages (allocate, submit and end
// callbacks), so that asynchronous sendfile could hang its own completion on ordinary page reads.
// Invariants: the pages are in ascending order, contiguous on the disk, locked and in the cache
// from submission until end_io; the bio belongs to the cache and is given back when end_io returns.
// Source of the sizes: 2.6.18 limits a bio to what max_sectors and 128 segments allow.

#include <array>
#include <span>

#include "sim/block/bio.hpp"
#include "sim/vfs/page.hpp"

namespace sim {

class PageCache;
struct ReadBio;

struct ReadHooks {
  /// A bio of this read is about to be submitted: the owner may take a reference. Process context.
  void (*on_bio)(void* owner, Bio& bio) = nullptr;
  /// Instead of finish_pages(): the read is over (bio.error), every page still locked and to be
  /// unlocked by this call. Softirq context.
  void (*end_io)(void* owner, ReadBio& bio) = nullptr;
  void* owner = nullptr;
};

struct ReadBio final : Bio {
  static constexpr std::size_t max_pages = 128;

  explicit ReadBio(PageCache& page_cache) : cache(page_cache) {}

  [[nodiscard]] std::span<Page* const> pages() const { return {page_list.data(), page_count}; }

  PageCache& cache;
  Inode* inode = nullptr;
  ReadHooks hooks;
  std::size_t page_count = 0;
  std::array<Page*, max_pages> page_list{};
};

}  // namespace sim
