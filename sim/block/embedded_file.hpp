#pragma once
// Files that are part of the program: the build writes them as a table (CMakeLists.txt).

#include <span>
#include <string_view>

namespace sim {

struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};

/// DiskSim's validation drives, from traces/golden/disksim.
std::span<const EmbeddedFile> embedded_disksim_table();

}  // namespace sim
