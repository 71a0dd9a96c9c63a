#include "sim/vfs/inode.hpp"

#include <algorithm>
#include <utility>

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

std::uint64_t Inode::sector_of(std::uint64_t index) const {
  KEV_CHECK(index < page_count());
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
  if (node >= nodes_.size() || nodes_[node] == nullptr) return true;
  return (nodes_[node]->made >> (index % node_slots / radix_pages) & 1) == 0;
}

std::optional<PageAge> Inode::insert(std::uint64_t index, Page& page, const PageFrames& frames) {
  KEV_CHECK(frames_ == nullptr || frames_ == &frames);
  frames_ = &frames;
  const std::uint64_t number = index / node_slots;
  if (number >= nodes_.size()) nodes_.resize(number + 1);
  if (nodes_[number] == nullptr) nodes_[number] = std::make_unique<Node>();
  Node& node = *nodes_[number];
  node.made |= static_cast<std::uint8_t>(1U << (index % node_slots / radix_pages));
  const std::uint32_t before = std::exchange(node.slots[index % node_slots], page.id() * 2);
  ++cached_pages_;
  if ((before & shadow) == 0) return std::nullopt;
  return PageAge{before / 2};
}

void Inode::erase(std::uint64_t index) {
  nodes_[index / node_slots]->slots[index % node_slots] = 0;
  --cached_pages_;
}

void Inode::erase(std::uint64_t index, PageAge age) {
  nodes_[index / node_slots]->slots[index % node_slots] = age.value * 2 + shadow;
  --cached_pages_;
}

}  // namespace sim
