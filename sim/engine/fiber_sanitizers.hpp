#pragma once
// What AddressSanitizer and ThreadSanitizer must be told when a fiber is switched. Everything here
// is empty in ordinary builds. A header of fiber.cpp, not for others.

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define SIM_FIBER_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define SIM_FIBER_TSAN 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_FIBER_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define SIM_FIBER_TSAN 1
#endif
#endif

#if defined(SIM_FIBER_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(SIM_FIBER_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace sim::sanitize {

inline void start_switch([[maybe_unused]] void** fake_stack, [[maybe_unused]] const void* bottom,
                         [[maybe_unused]] std::size_t bytes, [[maybe_unused]] void* race_fiber) {
#if defined(SIM_FIBER_ASAN)
  __sanitizer_start_switch_fiber(fake_stack, bottom, bytes);
#endif
#if defined(SIM_FIBER_TSAN)
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
#if defined(SIM_FIBER_ASAN)
  __sanitizer_finish_switch_fiber(fake_stack, bottom_from, bytes_from);
#endif
}

inline void* current_race_fiber() {
#if defined(SIM_FIBER_TSAN)
  return __tsan_get_current_fiber();
#else
  return nullptr;
#endif
}

inline void* create_race_fiber() {
#if defined(SIM_FIBER_TSAN)
  return __tsan_create_fiber(0);
#else
  return nullptr;
#endif
}

inline void destroy_race_fiber([[maybe_unused]] void* race_fiber) {
#if defined(SIM_FIBER_TSAN)
  __tsan_destroy_fiber(race_fiber);
#endif
}

/// The stack goes back to the pool: what its last frames poisoned is no longer poisoned.
inline void forget_stack([[maybe_unused]] void* bottom, [[maybe_unused]] std::size_t bytes) {
#if defined(SIM_FIBER_ASAN)
  __asan_unpoison_memory_region(bottom, bytes);
#endif
}

}  // namespace sim::sanitize
