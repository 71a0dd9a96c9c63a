#include "tools/build_info.hpp"

#include <fmt/format.h>

// Generated at build time by tools/write_commit.cmake; only this file is compiled again when it
// changes.
#include "kevsim_commit.hpp"

namespace sim {

std::string version_line() {
  return fmt::format("kevsim {} ({})", KEVSIM_VERSION, KEVSIM_COMMIT);
}

std::string version_text() {
  return fmt::format("kevsim {}\ncommit {}\ncompiler {}\nbuild {}\n", KEVSIM_VERSION, KEVSIM_COMMIT,
                     KEVSIM_COMPILER, KEVSIM_BUILD_TYPE);
}

}  // namespace sim
