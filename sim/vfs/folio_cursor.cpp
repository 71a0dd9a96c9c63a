#include "sim/vfs/folio_cursor.hpp"

namespace sim {

namespace {

constexpr int node_bits = 6;
constexpr std::uint64_t node_slots = 1U << node_bits;
constexpr std::uint64_t offset_mask = node_slots - 1;
constexpr int top_level = 4;  // 64 GiB

/// A page number, and a slot of the tree: of level 0 (one page) or level 1 (64 pages). Nodes above
/// hold no pages; those that the real tree would not have read as empty here, which is the same.
class FolioCursor {
 public:
  FolioCursor(ReadaheadPages& pages, std::uint64_t index) : pages_(pages), index_(index) {}

  [[nodiscard]] std::uint64_t index() const { return index_; }

  /// Goes to the page it was made for. Whether that is cached.
  bool load();
  /// One page on, or back. Whether the slot it came to holds something.
  bool next();
  bool previous();

 private:
  [[nodiscard]] std::uint64_t offset() const { return slot_ & offset_mask; }
  /// Where the page number would be in a node of this level.
  [[nodiscard]] std::uint64_t offset_of_index() const {
    return (index_ >> (level_ * node_bits)) & offset_mask;
  }
  /// Above single pages, and at a node's edge, the slot is compared with the page number first.
  [[nodiscard]] bool slot_stays(bool at_edge) const {
    return (level_ != 0 || at_edge) && offset() == offset_of_index();
  }
  /// Across the node's edge: to the slot beside the node's own, by a step of 1 or -1.
  void ascend(std::uint64_t step);
  /// From the slot of level 1 or more down to the page number's place below it.
  bool descend();

  ReadaheadPages& pages_;
  std::uint64_t index_;
  int level_ = 0;
  std::uint64_t slot_ = 0;
  bool outside_ = false;  ///< left the tree: nothing is there
};

bool FolioCursor::load() {
  const int order = pages_.folio_order(index_);
  if (order < 0) return false;
  slot_ = index_ >> order << order;
  if (order >= node_bits) {
    level_ = 1;
    slot_ >>= node_bits;
  }
  return true;
}

void FolioCursor::ascend(std::uint64_t step) {
  std::uint64_t node = slot_ >> node_bits;
  ++level_;
  for (; (node + step) >> node_bits != node >> node_bits && level_ < top_level; ++level_)
    node >>= node_bits;
  slot_ = node + step;
  outside_ = slot_ == UINT64_MAX;
}

bool FolioCursor::descend() {
  for (; level_ > 1; --level_)
    slot_ = slot_ << node_bits | ((index_ >> ((level_ - 1) * node_bits)) & offset_mask);
  if (level_ == 1) {
    if (pages_.folio_order(slot_ << node_bits) >= node_bits) return true;
    level_ = 0;
    slot_ = slot_ << node_bits | (index_ & offset_mask);
  }
  return pages_.folio_order(slot_) >= 0;
}

bool FolioCursor::next() {
  ++index_;
  if (slot_stays(offset() == offset_mask)) return descend();
  if (offset() == offset_mask)
    ascend(1);
  else
    ++slot_;
  return descend();
}

bool FolioCursor::previous() {
  --index_;
  if (slot_stays(offset() == 0)) return descend();
  if (offset() == 0)
    ascend(UINT64_MAX);
  else
    --slot_;
  return !outside_ && descend();
}

}  // namespace

std::uint64_t next_miss(ReadaheadPages& pages, std::uint64_t index, std::uint64_t max) {
  FolioCursor cursor(pages, index);
  bool there = cursor.load();
  for (std::uint64_t left = max; left != 0; --left) {
    if (!there) return cursor.index();
    if (left != 1) there = cursor.next();
  }
  return index + max;
}

std::uint64_t previous_miss(ReadaheadPages& pages, std::uint64_t index, std::uint64_t max) {
  FolioCursor cursor(pages, index);
  bool there = cursor.load();
  for (std::uint64_t left = max; left > 1 && there; --left) there = cursor.previous();
  return cursor.index();
}

}  // namespace sim
