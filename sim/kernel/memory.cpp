#include "sim/kernel/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace sim {

namespace {
constexpr std::size_t page_bytes = 4096;
}

UserAddress UserMemory::map(std::size_t bytes) {
  Region region;
  region.begin = next_;
  region.bytes = bytes;
  region.memory = std::make_unique<std::byte[]>(bytes);
  const std::size_t pages = (bytes + page_bytes - 1) / page_bytes;
  next_ += (pages + 1) * page_bytes;
  regions_.push_back(std::move(region));
  return regions_.back().begin;
}

void UserMemory::unmap(UserAddress address) {
  const auto at = std::find_if(regions_.begin(), regions_.end(),
                               [&](const Region& region) { return region.begin == address; });
  KEV_CHECK(at != regions_.end());
  regions_.erase(at);
}

std::byte* UserMemory::find(UserAddress address, std::size_t bytes) {
  const auto after =
      std::upper_bound(regions_.begin(), regions_.end(), address,
                       [](UserAddress a, const Region& region) { return a < region.begin; });
  if (after == regions_.begin()) return nullptr;
  Region& region = *(after - 1);
  const std::uint64_t offset = address - region.begin;
  if (offset > region.bytes || bytes > region.bytes - offset) return nullptr;
  return region.memory.get() + offset;
}

std::uint32_t UserMemory::object_of(UserAddress address) {
  const auto after =
      std::upper_bound(regions_.begin(), regions_.end(), address,
                       [](UserAddress a, const Region& region) { return a < region.begin; });
  return object_in(ObjectSpace::user, static_cast<std::uint64_t>(after - regions_.begin()));
}

bool UserMemory::faults_here(FaultPoint point, KernelStep step, UserAddress address) {
  kernel_.might_sleep(row_of(step).name);
  if (kernel_.exploring()) kernel_.point(step, object_of(address));
  return faults_.strike(point, 0) != 0;
}

void UserMemory::look(UserAddress address) {
  // With the program's own notes of what it has read: others' looks matter.
  const char* const name = row_of(KernelStep::user_load).name;
  if (kernel_.exploring()) kernel_.point_of({{name, object_of(address)}, Access::write});
}

bool UserMemory::copy_in(void* to, UserAddress from, std::size_t bytes) {
  if (kernel_.ending() || faults_here(FaultPoint::copy_from_user, KernelStep::copy_from_user, from))
    return false;
  const std::byte* source = find(from, bytes);
  if (source == nullptr) return false;
  std::memcpy(to, source, bytes);
  kernel_.spend(Cost::copy_byte, static_cast<std::int64_t>(bytes));
  return true;
}

bool UserMemory::copy_out(UserAddress to, const void* from, std::size_t bytes) {
  if (kernel_.ending() || faults_here(FaultPoint::copy_to_user, KernelStep::copy_to_user, to))
    return false;
  std::byte* target = find(to, bytes);
  if (target == nullptr) return false;
  std::memcpy(target, from, bytes);
  kernel_.spend(Cost::copy_byte, static_cast<std::int64_t>(bytes));
  return true;
}

bool UserMemory::pin(UserAddress address, std::size_t bytes) {
  if (kernel_.ending() ||
      faults_here(FaultPoint::copy_from_user, KernelStep::get_user_pages, address))
    return false;
  if (find(address, bytes) == nullptr) return false;
  const std::uint64_t pages = (address % page_bytes + bytes + page_bytes - 1) / page_bytes;
  kernel_.spend(Cost::pin_page, static_cast<std::int64_t>(pages));
  return true;
}

void* UserMemory::at(UserAddress address, std::size_t bytes) {
  std::byte* memory = find(address, bytes);
  KEV_CHECK(memory != nullptr);
  return memory;
}

bool Allocator::take(bool may_sleep) {
  if (kernel_.ending()) return false;
  if (may_sleep) kernel_.might_sleep("allocation");
  kernel_.point(KernelStep::allocate, 0);
  if (faults_.strike(FaultPoint::alloc, may_sleep ? 0 : 1) != 0) return false;
  ++live_;
  kernel_.spend(Cost::allocate);
  return true;
}

bool Allocator::give() {
  if (kernel_.ending()) return false;
  --live_;
  return true;
}

void Allocator::adopt(Header& block) {
  block.previous = last_;
  (last_ != nullptr ? last_->next : first_) = &block;
  last_ = &block;
}

void Allocator::forget(Header& block) {
  (block.previous != nullptr ? block.previous->next : first_) = block.next;
  (block.next != nullptr ? block.next->previous : last_) = block.previous;
}

void Allocator::expect_block(const Header* block, const char* what) {
  for (const Header* at = first_; at != nullptr; at = at->next)
    if (at == block) return;
  kernel_.violate("use_after_free", fmt::format("{} was freed", what));
}

void Allocator::destroy_all() {
  KEV_CHECK(kernel_.ending());
  while (first_ != nullptr) {
    Header& block = *first_;
    forget(block);
    block.destroy(block);
  }
}

}  // namespace sim
