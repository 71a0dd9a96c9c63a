#include "model/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace kev {

void check_failed(const char* expression, const char* file, int line) {
  std::fflush(stdout);
  std::fprintf(stderr, "%s:%d: internal check failed: %s\n", file, line, expression);
  std::fflush(stderr);
  std::_Exit(70);
}

}  // namespace kev
