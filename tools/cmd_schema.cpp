#include <cstdio>

#include "sim/scenario/schema.hpp"
#include "sim/world/run.hpp"
#include "tools/commands.hpp"

namespace sim {

ExitCode schema_command() {
  std::fputs(json_schema(catalog()).c_str(), stdout);
  return ExitCode::ok;
}

}  // namespace sim
