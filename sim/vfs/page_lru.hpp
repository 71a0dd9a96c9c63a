#pragma once
// The two lists that decide which page goes first (Linux 2.6.18, mm/swap.c and mm/vmscan.c).
//
// New pages go to the head of the inactive list, so that a page read once is first in, first out.
// The second mark_accessed() moves a page to the head of the active list; deactivate() takes pages
// from its tail back, whether they were used meanwhile or not (so 2.6.18 treats pages nobody has
// mapped). Invariants: a page is on the list that its active flag says, or on none; an isolated
// page is on none and holds a reference of who isolated it. Locks: lru_lock, taken with interrupts
// off; nothing else is taken under it. Left out: the per-CPU vectors of 14 pages that gather
// additions.

#include <boost/intrusive/list.hpp>
#include <span>

#include "sim/kernel/lock.hpp"
#include "sim/vfs/page.hpp"

namespace sim {

class PageLru {
 public:
  explicit PageLru(Kernel& kernel) : lru_lock_(kernel, "lru") {}
  ~PageLru();
  PageLru(const PageLru&) = delete;
  PageLru& operator=(const PageLru&) = delete;

  /// At the head of its list. Requires: on none.
  void add(Page& page);
  /// Nothing happens when it is on none.
  void remove(Page& page);
  /// inactive -> inactive, referenced -> active -> active, referenced.
  void mark_accessed(Page& page);
  /// Moves up to `count` pages from the tail of the active list to the head of the inactive one.
  void deactivate(std::uint64_t count);
  /// Takes pages off the tail of the inactive list, oldest first, with a reference each; how many.
  std::size_t isolate(std::span<Page*> into);

  [[nodiscard]] std::uint64_t inactive_pages() const { return inactive_.size(); }
  [[nodiscard]] std::uint64_t active_pages() const { return active_.size(); }

 private:
  using List =
      boost::intrusive::list<Page,
                             boost::intrusive::member_hook<Page, Page::Hook, &Page::lru_hook_>,
                             boost::intrusive::constant_time_size<true>>;
  void activate(Page& page);

  SpinLock lru_lock_;
  List inactive_;
  List active_;
};

}  // namespace sim
