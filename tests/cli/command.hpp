#pragma once
// Runs a program as a shell would and keeps what it printed where.

#include <string>

namespace sim_test {

struct CommandResult {
  int code = -1;  ///< exit code; 128 + signal when it was killed
  std::string out;
  std::string error;
};

/// `arguments` is shell text. Standard input is empty, NO_COLOR and TERM are not set.
CommandResult run_program(const std::string& program, const std::string& arguments);

/// A scenario file with this description, in a folder of this test run.
std::string write_scenario(const std::string& name, const std::string& description,
                           const std::string& more = {});

}  // namespace sim_test
