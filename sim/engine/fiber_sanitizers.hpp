#pragma once
// What AddressSanitizer and ThreadSanitizer must be told when a fiber is switched. Everything here
// is empty in ordinary builds. A header of fiber.cpp and stack_pool.cpp, not for others.

#include <cstddef>

#include "sim/engine/sanitizers.hpp"

#if SIM_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if SIM_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace sim::sanitize {

inline void start_switch([[maybe_unused]] void** fake_stack, [[maybe_unused]] const void* bottom,
                         [[maybe_unused]] std::size_t bytes, [[maybe_unused]] void* race_fiber) {
#if SIM_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(fake_stack, bottom, bytes);
#endif
#if SIM_THREAD_SANITIZER
  __tsan_switch_to_fiber(race_fiber, 0);
#endif
}

/// A null fake stack tells AddressSanitizer to free the one of the fiber that ends.
inline void leave_for_good(const void* bottom, std::size_t bytes, void* race_fiber) {
  start_switch(nullptr, bottom, bytes, race_fiber);
}

inline void finish_switch([[maybe_unused]] void* fake_stack,
                          [[maybe_unused]] const void** bottom_from,
                          [[maybe_unused]] std::size_t* bytes_from) {
#if SIM_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(fake_stack, bottom_from, bytes_from);
#endif
}

/// Whoever ran there is gone without having left its functions.
inline void forget_frames([[maybe_unused]] const char* bottom, [[maybe_unused]] std::size_t bytes) {
#if SIM_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(bottom, bytes);
#endif
}

inline void* current_race_fiber() {
#if SIM_THREAD_SANITIZER
  return __tsan_get_current_fiber();
#else
  return nullptr;
#endif
}

inline void* create_race_fiber() {
#if SIM_THREAD_SANITIZER
  return __tsan_create_fiber(0);
#else
  return nullptr;
#endif
}

inline void destroy_race_fiber([[maybe_unused]] void* race_fiber) {
#if SIM_THREAD_SANITIZER
  __tsan_destroy_fiber(race_fiber);
#endif
}

/// The stack goes back to the pool: what its last frames poisoned is no longer poisoned.
inline void forget_stack([[maybe_unused]] void* bottom, [[maybe_unused]] std::size_t bytes) {
#if SIM_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(bottom, bytes);
#endif
}

}  // namespace sim::sanitize
