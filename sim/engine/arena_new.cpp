// operator new and delete that know of arenas. A file of its own, so that the linker takes it only
// where nobody else replaces them: explored programs bring operators that know of arenas too
// (sim/instrument/hooks_memory.cpp).

#include <cstdlib>
#include <new>

#include "sim/engine/arena.hpp"

#if SIM_ADDRESS_SANITIZER == 0 && SIM_THREAD_SANITIZER == 0

void* operator new(std::size_t bytes) {
  if (sim::arena_in_use != nullptr) [[unlikely]]
    return sim::arena_in_use->allocate(bytes);
  if (void* const block = std::malloc(bytes == 0 ? 1 : bytes)) return block;
  throw std::bad_alloc();
}

void operator delete(void* block) noexcept {
  // Its size is not known: it waits for the end of the execution.
  if (sim::Arena::owner(block) != nullptr) return;
  std::free(block);
}

void operator delete(void* block, std::size_t bytes) noexcept {
  if (sim::Arena* const arena = sim::Arena::owner(block)) {
    arena->free(block, bytes);
    return;
  }
  std::free(block);
}

#endif
