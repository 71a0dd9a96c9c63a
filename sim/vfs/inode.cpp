#include "sim/vfs/inode.hpp"

#include <algorithm>
#include <utility>

#include "sim/vfs/file_changes.hpp"

namespace sim {

Inode::Inode(Kernel& kernel, DiskHost& disk, InodeSpec spec,
             std::unique_ptr<kev::OriginListener> listener)
    : tree_lock(kernel, "page tree"),
      spec_(std::move(spec)),
      disk_(disk),
      listener_(std::move(listener)) {
  std::uint64_t next_page = 0;
  for (const Extent& extent : spec_.extents) {
    KEV_CHECK(extent.first_page >= next_page);
    next_page = extent.first_page + extent.pages;
  }
}

Inode::~Inode() = default;

FileChanges& Inode::changes() {
  if (changes_ == nullptr) changes_ = std::make_unique<FileChanges>(tree_lock.kernel(), version);
  return *changes_;
}

std::uint32_t Inode::version_on_disk(std::uint64_t index) const {
  return changes_ == nullptr ? version : changes_->stored(index);
}

std::uint32_t Inode::version_of_hole(std::uint64_t index) const {
  return changes_ == nullptr ? version : changes_->zeros(index, version);
}

bool Inode::may_show(std::uint64_t index, std::uint32_t shown, std::uint32_t since) const {
  return changes_ == nullptr ? shown == version : changes_->may_show(index, shown, since);
}

std::uint64_t Inode::sector_of(std::uint64_t index) const {
  if (index >= page_count() || (changes_ != nullptr && !changes_->has_block(index))) return hole;
  return place_of(index);
}

std::uint64_t Inode::place_of(std::uint64_t index) const {
  const auto after =
      std::upper_bound(spec_.extents.begin(), spec_.extents.end(), index,
                       [](std::uint64_t i, const Extent& extent) { return i < extent.first_page; });
  if (after == spec_.extents.begin()) return hole;
  const Extent& extent = *(after - 1);
  const std::uint64_t offset = index - extent.first_page;
  return offset < extent.pages ? extent.first_sector + offset * page_sectors : hole;
}

bool Inode::needs_node(std::uint64_t index) const {
  const std::uint64_t node = index / node_slots;
  if (node >= made_.size()) return true;
  return (made_[node] >> (index % node_slots / radix_pages) & 1) == 0;
}

std::optional<PageAge> Inode::insert(std::uint64_t index, Page& page, const PageFrames& frames) {
  KEV_CHECK(frames_ == nullptr || frames_ == &frames);
  frames_ = &frames;
  const std::uint64_t number = index / node_slots;
  if (number >= nodes_.size()) {
    nodes_.resize(number + 1);
    made_.resize(number + 1);
  }
  if (nodes_[number] == nullptr) nodes_[number] = std::make_unique<Node>();
  Node& node = *nodes_[number];
  made_[number] |= static_cast<std::uint8_t>(1U << (index % node_slots / radix_pages));
  const std::uint32_t before = std::exchange(node.slots[index % node_slots], page.id() * 2);
  ++cached_pages_;
  if ((before & shadow) == 0) return std::nullopt;
  return PageAge{before / 2};
}

void Inode::erase(std::uint64_t index) {
  nodes_[index / node_slots]->slots[index % node_slots] = 0;
  --cached_pages_;
}

std::uint64_t Inode::next_cached(std::uint64_t index) const {
  for (std::uint64_t number = index / node_slots; number < nodes_.size(); ++number) {
    if (nodes_[number] == nullptr) continue;
    for (index = std::max(index, number * node_slots); index / node_slots == number; ++index)
      if (cached(index) != nullptr) return index;
  }
  return hole;
}

void Inode::forget_ages(std::uint64_t first) {
  for (std::uint64_t index = first; index / node_slots < nodes_.size(); ++index) {
    Node* node = nodes_[index / node_slots].get();
    if (node == nullptr) continue;
    std::uint32_t& slot = node->slots[index % node_slots];
    if ((slot & shadow) != 0) slot = 0;
  }
}

void Inode::erase(std::uint64_t index, PageAge age) {
  nodes_[index / node_slots]->slots[index % node_slots] = age.value * 2 + shadow;
  --cached_pages_;
}

}  // namespace sim
