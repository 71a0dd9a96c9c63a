#pragma once
// Which build this is: what `kevsim --version` prints and what stands beside the seed of each
// report.

#include <string>

namespace sim {

/// "kevsim 0.1.0 (4be21c0f9a31)"
std::string version_line();

/// Version, commit, compiler and build type, a line each.
std::string version_text();

}  // namespace sim
