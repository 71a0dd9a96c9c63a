#pragma once
// Which sanitizer this is compiled for: g++ says it with a macro, clang with __has_feature.

#if defined(__SANITIZE_ADDRESS__)
#define SIM_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef SIM_ADDRESS_SANITIZER
#define SIM_ADDRESS_SANITIZER 0
#endif

#if defined(__SANITIZE_THREAD__)
#define SIM_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SIM_THREAD_SANITIZER 1
#endif
#endif
#ifndef SIM_THREAD_SANITIZER
#define SIM_THREAD_SANITIZER 0
#endif
