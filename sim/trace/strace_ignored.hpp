#pragma once
// The system calls that are no part of a file server's workload, each with the reason, in one
// table. To ignore another call, add a row.

#include <string_view>

namespace sim {

/// Why calls of this name are never part of the workload; empty when they may be.
[[nodiscard]] std::string_view why_ignored(std::string_view call);

}  // namespace sim
