#include "sim/engine/arena.hpp"

#include <sys/mman.h>

#include <array>
#include <bit>
#include <cstring>
#include <new>

#include "model/base/check.hpp"

namespace sim {

Arena* arena_in_use = nullptr;

namespace {

constexpr std::size_t slots = 8;
constexpr std::size_t region_bytes = slots * Arena::bytes_max;

/// Where all arenas of the process lie; null: there has been none.
char* region = nullptr;
std::array<Arena*, slots> arenas{};

void reserve_region() {
  if (region != nullptr) return;
  void* const at = ::mmap(nullptr, region_bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  KEV_CHECK(at != MAP_FAILED);
  region = static_cast<char*>(at);
}

std::size_t free_slot() {
  for (std::size_t i = 0; i < slots; ++i)
    if (arenas[i] == nullptr) return i;
  kev::check_failed("fewer arenas at a time", __FILE__, __LINE__);
}

}  // namespace

Arena::Arena() : slot_(free_slot()) {
  reserve_region();
  arenas[slot_] = this;
  state_ = new (region + slot_ * bytes_max) State;
  clear();
}

void Arena::clear() {
  *state_ = {};
  state_->top = reinterpret_cast<char*>(state_ + 1);
}

Arena::~Arena() {
  KEV_CHECK(arena_in_use != this);
  arenas[slot_] = nullptr;
  ::madvise(state_, bytes_max, MADV_DONTNEED);
}

void Arena::mark() {
  KEV_CHECK(available());
  const ArenaPause outside;
  const char* const begin = reinterpret_cast<const char*>(state_);
  const char* const end = state_->top;
  image_.assign(begin, end);
}

void Arena::rewind() {
  KEV_CHECK(!image_.empty());
  std::memcpy(state_, image_.data(), image_.size());
}

Arena::SizeClass Arena::class_of(std::size_t bytes) {
  if (bytes <= small_max) {
    const std::size_t granules = (bytes + granule - 1) / granule;
    return {granules * granule, &state_->small[granules]};
  }
  const auto power = static_cast<std::size_t>(std::bit_width(bytes - 1));
  const std::size_t large = power - static_cast<std::size_t>(std::bit_width(small_max));
  return {std::size_t{1} << power, large < large_classes ? &state_->large[large] : nullptr};
}

void* Arena::allocate(std::size_t bytes) {
  const SizeClass size = class_of(bytes == 0 ? 1 : bytes);
  if (size.list != nullptr && *size.list != nullptr) {
    Freed* const block = *size.list;
    *size.list = block->next;
    return block;
  }
  char* const block = state_->top;
  KEV_CHECK(size.bytes <=
            bytes_max - static_cast<std::size_t>(block - reinterpret_cast<char*>(state_)));
  state_->top += size.bytes;
  return block;
}

void Arena::free(void* block, std::size_t bytes) {
  const SizeClass size = class_of(bytes == 0 ? 1 : bytes);
  if (size.list == nullptr) return;
  auto* const freed = static_cast<Freed*>(block);
  freed->next = *size.list;
  *size.list = freed;
}

Arena* Arena::owner(const void* block) {
  if (region == nullptr) return nullptr;
  const std::uintptr_t offset =
      reinterpret_cast<std::uintptr_t>(block) - reinterpret_cast<std::uintptr_t>(region);
  if (offset >= region_bytes) return nullptr;
  return arenas[offset / bytes_max];
}

}  // namespace sim
