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
  const std::uint64_t node = index / node_pages;
  return node >= nodes_.size() || nodes_[node] == nullptr;
}

void Inode::insert(std::uint64_t index, Page& page) {
  const std::uint64_t node = index / node_pages;
  if (node >= nodes_.size()) nodes_.resize(node + 1);
  if (nodes_[node] == nullptr) nodes_[node] = std::make_unique<Node>();
  (*nodes_[node])[index % node_pages] = &page;
  ++cached_pages_;
}

void Inode::erase(std::uint64_t index) {
  (*nodes_[index / node_pages])[index % node_pages] = nullptr;
  --cached_pages_;
}

void Inode::remember(std::uint64_t index, std::uint64_t age) {
  const std::uint64_t node = index / node_pages;
  if (node >= ages_.size()) ages_.resize(node + 1);
  if (ages_[node] == nullptr) ages_[node] = std::make_unique<Ages>();
  (*ages_[node])[index % node_pages] = age;
}

std::uint64_t Inode::take_memory(std::uint64_t index) {
  const std::uint64_t node = index / node_pages;
  if (node >= ages_.size() || ages_[node] == nullptr) return 0;
  return std::exchange((*ages_[node])[index % node_pages], 0);
}

}  // namespace sim
