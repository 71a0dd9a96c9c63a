#include "tools/exit_code.hpp"

namespace sim {

namespace {

constexpr ExitCode by_weight[] = {ExitCode::ok,         ExitCode::incomplete, ExitCode::violated,
                                  ExitCode::divergence, ExitCode::bad_usage,  ExitCode::interrupted,
                                  ExitCode::internal};

}  // namespace

ExitCode worse(ExitCode one, ExitCode other) {
  ExitCode worst = ExitCode::ok;
  for (const ExitCode code : by_weight)
    if (code == one || code == other) worst = code;
  return worst;
}

}  // namespace sim
