#pragma once
// Internal checks that stay on in every build. A failed KEV_CHECK is our own bug, never the user's
// and never the modelled kernel's: it prints the place and ends the process with exit code 70.

namespace kev {

/// Prints the failed check and exits with code 70 (EX_SOFTWARE).
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace kev

#define KEV_CHECK(expression)                               \
  do {                                                      \
    if (!(expression)) [[unlikely]]                         \
      ::kev::check_failed(#expression, __FILE__, __LINE__); \
  } while (false)
