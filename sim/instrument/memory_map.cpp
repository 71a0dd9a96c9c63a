#include "sim/instrument/memory_map.hpp"

#include <link.h>
#include <sys/mman.h>

#include "model/base/check.hpp"

namespace sim {

namespace {

constexpr std::size_t foreign_max = 1 << 20;
constexpr std::size_t page_bytes = 4096;

void* reserve(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  KEV_CHECK(memory != MAP_FAILED);
  return memory;
}

std::size_t bytes_of_cells(std::size_t bytes) {
  return ((bytes >> MemoryMap::cell_shift) + 1) * sizeof(Cell);
}

}  // namespace

MemoryMap::MemoryMap(ArenaStacks stacks) {
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* map) {
        for (int i = 0; i < info->dlpi_phnum && info->dlpi_tls_data != nullptr; ++i)
          if (info->dlpi_phdr[i].p_type == PT_TLS)
            static_cast<MemoryMap*>(map)->machine_locals_.push_back(
                {reinterpret_cast<std::uintptr_t>(info->dlpi_tls_data),
                 info->dlpi_phdr[i].p_memsz});
        return 0;
      },
      this);
  arena_ = reinterpret_cast<std::uintptr_t>(reserve(stacks_bytes + heap_bytes));
  arena_cells_ = static_cast<Cell*>(reserve(bytes_of_cells(stacks_bytes + heap_bytes)));
  foreign_cells_ = static_cast<Cell*>(reserve(bytes_of_cells(foreign_max << cell_shift)));
  if (stacks == ArenaStacks::unused) return;
  // An overflow of a stack ends in its guard page, not in a neighbour's variables.
  for (std::uint32_t thread = 0; thread < threads_max; ++thread)
    KEV_CHECK(::mprotect(reinterpret_cast<void*>(stack_bottom(thread)), page_bytes, PROT_NONE) ==
              0);
}

MemoryMap::~MemoryMap() {
  ::munmap(reinterpret_cast<void*>(arena_), stacks_bytes + heap_bytes);
  ::munmap(arena_cells_, bytes_of_cells(stacks_bytes + heap_bytes));
  ::munmap(foreign_cells_, bytes_of_cells(foreign_max << cell_shift));
  if (data_cells_ != nullptr) ::munmap(data_cells_, bytes_of_cells(data_bytes_));
}

void MemoryMap::set_data(std::uintptr_t begin, std::size_t bytes) {
  if (data_cells_ != nullptr) ::munmap(data_cells_, bytes_of_cells(data_bytes_));
  data_ = begin;
  data_bytes_ = bytes;
  data_cells_ = static_cast<Cell*>(reserve(bytes_of_cells(bytes)));
}

std::uint32_t MemoryMap::foreign(std::uintptr_t address) {
  const auto next = static_cast<std::uint32_t>(foreign_.size());
  const auto [at, added] = foreign_.try_emplace(address >> cell_shift, next);
  KEV_CHECK(at->second < foreign_max);
  if (added) foreign_cells_[next] = {};
  return at->second;
}

MemoryMap::Where MemoryMap::where(std::uint32_t id) {
  if ((id & foreign_id) != 0) return {MemoryKind::foreign, id & ~foreign_id};
  if ((id & data_id) != 0) return {MemoryKind::data, std::size_t{id & ~data_id} << cell_shift};
  return {MemoryKind::arena, std::size_t{id} << cell_shift};
}

}  // namespace sim
