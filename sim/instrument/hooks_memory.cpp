// Allocation by an explored program. `new` and `delete` are replaced for the whole process, as the
// standard allows: the C++ library's own code allocates for the program too. While the program is
// being loaded (`allocating_for`), what its static initialisation allocates becomes part of what
// every execution starts from.

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#include "sim/engine/arena.hpp"
#include "sim/instrument/hooks.hpp"
#include "sim/instrument/loading.hpp"

namespace {

using sim::Heap;
using sim::Runtime;

constexpr std::size_t usual_alignment = 16;

Runtime* heap_owner() {
  return sim::active != nullptr ? sim::active : sim::allocating_for;
}

std::uint32_t pc_offset(const Runtime& runtime, const void* pc) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(pc) - runtime.code_base);
}

void* allocate(Runtime& runtime, std::size_t bytes, std::size_t alignment, const void* pc) {
  Runtime* const before = sim::active;
  sim::active = nullptr;
  const std::uint32_t thread = before == nullptr ? 0 : runtime.current().id;
  void* block = runtime.heap().allocate(bytes, alignment, thread, pc_offset(runtime, pc));
  sim::active = before;
  return block;
}

/// The runtime whose heap the block is in; null for blocks of the C library's.
Runtime* owner_of(const void* block) {
  Runtime* const last = sim::heap_runtime();
  return last != nullptr && last->memory().in_heap(block) ? last : nullptr;
}

void release(Runtime& runtime, void* at, const void* pc) {
  Runtime* const before = sim::active;
  sim::active = nullptr;
  Heap::Block* block = runtime.heap().block_at(at);
  const bool live = block != nullptr && block->state == Heap::State::live;
  if (!live && before != nullptr) {
    const std::string who = runtime.thread_name(runtime.current().id);
    if (block != nullptr)
      runtime.violate(
          "double_free",
          fmt::format(
              "{} frees a block of {} bytes at {} that {} freed at {}", who, block->bytes,
              runtime.place(pc), runtime.thread_name(block->freed_by),
              runtime.place(reinterpret_cast<const void*>(runtime.code_base + block->freed_pc))));
    runtime.violate("invalid_free", fmt::format("{} frees at {} what is not the beginning of a "
                                                "block",
                                                who, runtime.place(pc)));
  }
  if (live)
    runtime.heap().free(*block, before == nullptr ? 0 : runtime.current().id,
                        pc_offset(runtime, pc));
  sim::active = before;
}

void* new_block(std::size_t bytes, std::size_t alignment, const void* pc) {
  Runtime* const runtime = heap_owner();
  if (runtime != nullptr) return allocate(*runtime, bytes, alignment, pc);
  // A scenario's world is being run, by the same command.
  if (sim::arena_in_use != nullptr && alignment <= usual_alignment)
    return sim::arena_in_use->allocate(bytes);
  if (alignment <= usual_alignment) return std::malloc(bytes);
  return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

void* new_or_throw(std::size_t bytes, std::size_t alignment, const void* pc) {
  void* block = new_block(bytes == 0 ? 1 : bytes, alignment, pc);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void delete_block(void* block, const void* pc) {
  if (block == nullptr || sim::Arena::owner(block) != nullptr) return;
  Runtime* const runtime = owner_of(block);
  if (runtime != nullptr)
    release(*runtime, block, pc);
  else
    std::free(block);
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
extern "C" {

void* __wrap_malloc(std::size_t bytes) {
  Runtime* const runtime = heap_owner();
  return runtime == nullptr ? sim::original<decltype(malloc)>("malloc")(bytes)
                            : allocate(*runtime, bytes, usual_alignment, KEVSIM_CALLER);
}
void __wrap_free(void* block) {
  if (block == nullptr) return;
  Runtime* const runtime = owner_of(block);
  if (runtime == nullptr) return sim::original<decltype(free)>("free")(block);
  release(*runtime, block, KEVSIM_CALLER);
}
void* __wrap_calloc(std::size_t count, std::size_t bytes) {
  Runtime* const runtime = heap_owner();
  if (runtime == nullptr) return sim::original<decltype(calloc)>("calloc")(count, bytes);
  std::size_t all = 0;
  if (__builtin_mul_overflow(count, bytes, &all)) return nullptr;
  void* block = allocate(*runtime, all, usual_alignment, KEVSIM_CALLER);
  if (block != nullptr) std::memset(block, 0, all);
  return block;
}
void* __wrap_realloc(void* old, std::size_t bytes) {
  Runtime* const owner = old == nullptr ? heap_owner() : owner_of(old);
  if (owner == nullptr) return sim::original<decltype(realloc)>("realloc")(old, bytes);
  void* block = allocate(*owner, bytes, usual_alignment, KEVSIM_CALLER);
  if (old == nullptr || block == nullptr) return block;
  const Heap::Block* before = owner->heap().block_at(old);
  if (before != nullptr) std::memcpy(block, old, before->bytes < bytes ? before->bytes : bytes);
  release(*owner, old, KEVSIM_CALLER);
  return block;
}
int __wrap_posix_memalign(void** block, std::size_t alignment, std::size_t bytes) {
  Runtime* const runtime = heap_owner();
  if (runtime == nullptr)
    return sim::original<decltype(posix_memalign)>("posix_memalign")(block, alignment, bytes);
  *block = allocate(*runtime, bytes, alignment, KEVSIM_CALLER);
  return *block == nullptr ? ENOMEM : 0;
}
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  Runtime* const runtime = heap_owner();
  if (runtime == nullptr)
    return sim::original<decltype(aligned_alloc)>("aligned_alloc")(alignment, bytes);
  return allocate(*runtime, bytes, alignment, KEVSIM_CALLER);
}
char* __wrap_strdup(const char* text) {
  const std::size_t bytes = std::strlen(text) + 1;
  return static_cast<char*>(std::memcpy(__wrap_malloc(bytes), text, bytes));
}
}
// NOLINTEND(bugprone-reserved-identifier)

void* operator new(std::size_t bytes) {
  return new_or_throw(bytes, usual_alignment, KEVSIM_CALLER);
}
void* operator new[](std::size_t bytes) {
  return new_or_throw(bytes, usual_alignment, KEVSIM_CALLER);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return new_or_throw(bytes, static_cast<std::size_t>(alignment), KEVSIM_CALLER);
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return new_or_throw(bytes, static_cast<std::size_t>(alignment), KEVSIM_CALLER);
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return new_block(bytes == 0 ? 1 : bytes, usual_alignment, KEVSIM_CALLER);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return new_block(bytes == 0 ? 1 : bytes, usual_alignment, KEVSIM_CALLER);
}
void operator delete(void* block) noexcept {
  delete_block(block, KEVSIM_CALLER);
}
void operator delete[](void* block) noexcept {
  delete_block(block, KEVSIM_CALLER);
}
void operator delete(void* block, std::size_t bytes) noexcept {
  if (sim::Arena* const arena = sim::Arena::owner(block)) {
    arena->free(block, bytes);
    return;
  }
  delete_block(block, KEVSIM_CALLER);
}
void operator delete[](void* block, std::size_t) noexcept {
  delete_block(block, KEVSIM_CALLER);
}
void operator delete(void* block, std::align_val_t) noexcept {
  delete_block(block, KEVSIM_CALLER);
}
void operator delete[](void* block, std::align_val_t) noexcept {
  delete_block(block, KEVSIM_CALLER);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  delete_block(block, KEVSIM_CALLER);
}
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept {
  delete_block(block, KEVSIM_CALLER);
}
void operator delete(void* block, const std::nothrow_t&) noexcept {
  delete_block(block, KEVSIM_CALLER);
}
void operator delete[](void* block, const std::nothrow_t&) noexcept {
  delete_block(block, KEVSIM_CALLER);
}
