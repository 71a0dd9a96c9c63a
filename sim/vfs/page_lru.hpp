#pragma once
// The two lists that decide which page goes first (Linux 2.6.18, mm/swap.c and mm/vmscan.c).
//
// New pages go to the head of the inactive list, so that a page read once is first in, first out.
// Each CPU gathers them in a batch first (a pagevec); until it is full, or drained by who wants
// memory there, its pages are on no list, and a second use does not activate them.
// The second mark_accessed() moves a page to the head of the active list; deactivate() takes pages
// from its tail back, whether they were used meanwhile or not (so 2.6.18 treats pages nobody has
// mapped). Invariants: a page is on the list that its active flag says, in a batch, or nowhere; an
// isolated page is nowhere and holds a reference of who isolated it. Locks: lru_lock, taken with
// interrupts off; nothing else is taken under it. Batches belong to their CPU (preemption is off in
// the original). Left out: a batch holds no references.

#include <span>
#include <vector>

#include "sim/kernel/lock.hpp"
#include "sim/vfs/frame_lists.hpp"
#include "sim/vfs/page_frames.hpp"

namespace sim {

class PageLru {
 public:
  /// `batch`: pages that a CPU gathers. All pages are of `frames`.
  PageLru(Kernel& kernel, const PageFrames& frames, std::size_t batch);
  PageLru(const PageLru&) = delete;
  PageLru& operator=(const PageLru&) = delete;

  /// Gathers a new page. Requires: it is nowhere.
  void add(Page& page);
  /// At the head of its list, at once. Requires: it is nowhere.
  void put_back(Page& page);
  /// What this CPU has gathered joins the lists; drain_all(): what any has.
  void drain();
  void drain_all();
  /// To the tail of the inactive list, if it is on that: it goes first (rotate_reclaimable_page).
  /// Any context.
  void rotate(Page& page);
  /// Nothing happens when it is nowhere.
  void remove(Page& page);
  /// inactive -> inactive, referenced -> active -> active, referenced. True when it was activated.
  bool mark_accessed(Page& page) {
    if (page.active_ || !page.referenced_ || !page.on_lru_) {
      page.referenced_ = true;
      return false;
    }
    const bool activated = activate(page);
    page.referenced_ = false;
    return activated;
  }
  /// Moves up to `count` pages from the tail of the active list to the head of the inactive one.
  void deactivate(std::uint64_t count);
  /// Takes pages off the tail of the inactive list, oldest first, with a reference each; how many.
  std::size_t isolate(std::span<Page*> into);

  [[nodiscard]] std::uint64_t inactive_pages() const { return lists_.size(inactive); }
  [[nodiscard]] std::uint64_t active_pages() const { return lists_.size(active); }

 private:
  static constexpr std::uint32_t inactive = 0;
  static constexpr std::uint32_t active = 1;
  using Batch = std::vector<Page*>;
  static std::uint32_t list_of(const Page& page) { return page.active_ ? active : inactive; }
  bool activate(Page& page);
  Batch& own_batch();
  void drain(Batch& batch);
  void link(Page& page);
  [[gnu::always_inline]] void fetch_oldest(std::uint32_t list, std::uint64_t count) const;

  Kernel& kernel_;
  const PageFrames& frames_;
  std::size_t batch_pages_;
  std::vector<Batch> batches_;  ///< by CPU
  SpinLock lru_lock_;
  FrameLists<2> lists_;
};

}  // namespace sim
