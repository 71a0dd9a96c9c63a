#pragma once
// What the files of hooks share. A hook is a C function that compiled code calls: the compiler's
// for accesses (__tsan_*), the linker's for library functions (__wrap_NAME in place of NAME, see
// wrapped.hpp). It asks `active` whether the program is running; if not, it does what the original
// does.

#include <dlfcn.h>

#include "sim/instrument/runtime.hpp"

/// Where the program called the hook.
#define KEVSIM_CALLER __builtin_return_address(0)

namespace sim {

/// The function that a hook takes the place of.
template <class Function>
Function* original(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace sim

/// Returns the original's answer when the program is not running; then `runtime` is its runtime,
/// and `inside` stands for being in it.
#define KEVSIM_HOOK(name, ...)                                            \
  if (::sim::active == nullptr) {                                         \
    static const auto passed_on = ::sim::original<decltype(name)>(#name); \
    return passed_on(__VA_ARGS__);                                        \
  }                                                                       \
  ::sim::Runtime& runtime = *::sim::active;                               \
  const ::sim::Inside inside(runtime)
