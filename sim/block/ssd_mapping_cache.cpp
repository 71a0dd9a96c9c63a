#include "sim/block/ssd_mapping_cache.hpp"

#include <bit>

#include "model/base/check.hpp"

namespace sim {

MappingCache::MappingCache(std::uint32_t entries, std::uint32_t page_entries, std::uint64_t stripes)
    : page_entries_(page_entries),
      capacity_(entries),
      entries_(entries),
      buckets_(std::bit_ceil(entries), none),
      pages_(stripes / page_entries + 1, none) {
  KEV_CHECK(entries > 0);
  KEV_CHECK(page_entries > 0);
}

std::uint32_t MappingCache::bucket_of(std::uint32_t stripe) const {
  return (stripe * 2654435761U) & static_cast<std::uint32_t>(buckets_.size() - 1);
}

std::uint32_t MappingCache::find(std::uint32_t stripe) const {
  std::uint32_t index = buckets_[bucket_of(stripe)];
  while (index != none && entries_[index].stripe != stripe) index = entries_[index].chain;
  return index;
}

void MappingCache::unlink(std::uint32_t index) {
  const Entry& entry = entries_[index];
  (entry.newer == none ? newest_ : entries_[entry.newer].older) = entry.older;
  (entry.older == none ? oldest_ : entries_[entry.older].newer) = entry.newer;
}

void MappingCache::push_newest(std::uint32_t index) {
  entries_[index].newer = none;
  entries_[index].older = newest_;
  (newest_ == none ? oldest_ : entries_[newest_].newer) = index;
  newest_ = index;
}

void MappingCache::unchain(std::uint32_t index) {
  std::uint32_t* link = &buckets_[bucket_of(entries_[index].stripe)];
  while (*link != index) link = &entries_[*link].chain;
  *link = entries_[index].chain;
}

std::optional<std::uint32_t> MappingCache::evict() {
  const std::uint32_t index = oldest_;
  unlink(index);
  unchain(index);
  leave_page(index);
  if (!entries_[index].changed) return std::nullopt;
  const std::uint32_t page = page_of(entries_[index].stripe);
  for (std::uint32_t other = pages_[page]; other != none; other = entries_[other].page_next)
    entries_[other].changed = false;
  return page;
}

void MappingCache::join_page(std::uint32_t index) {
  std::uint32_t& first = pages_[page_of(entries_[index].stripe)];
  entries_[index].page_previous = none;
  entries_[index].page_next = first;
  if (first != none) entries_[first].page_previous = index;
  first = index;
}

void MappingCache::leave_page(std::uint32_t index) {
  const Entry& entry = entries_[index];
  if (entry.page_next != none) entries_[entry.page_next].page_previous = entry.page_previous;
  if (entry.page_previous == none)
    pages_[page_of(entry.stripe)] = entry.page_next;
  else
    entries_[entry.page_previous].page_next = entry.page_next;
}

std::optional<std::uint32_t> MappingCache::use(std::uint32_t stripe, Use use) {
  std::uint32_t index = find(stripe);
  std::optional<std::uint32_t> written;
  if (index == none) {
    index = used_;
    if (used_ == capacity_) {
      index = oldest_;
      written = evict();
    } else {
      ++used_;
    }
    entries_[index].stripe = stripe;
    entries_[index].changed = false;
    std::uint32_t& bucket = buckets_[bucket_of(stripe)];
    entries_[index].chain = bucket;
    bucket = index;
    join_page(index);
  } else {
    unlink(index);
  }
  push_newest(index);
  if (use == Use::change) entries_[index].changed = true;
  return written;
}

}  // namespace sim
