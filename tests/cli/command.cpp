#include "tests/cli/command.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/scenario/golden.hpp"

namespace sim_test {

namespace {

/// One folder a process: ctest runs the cases of one program side by side.
std::filesystem::path scratch_folder() {
  const std::filesystem::path folder =
      std::filesystem::path(KEVSIM_BINARY_DIR) / "cli_test" / std::to_string(::getpid());
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace

CommandResult run_program(const std::string& program, const std::string& arguments) {
  const std::filesystem::path folder = scratch_folder();
  const std::string out = (folder / "out").string();
  const std::string error = (folder / "error").string();
  const std::string command = "( env -u NO_COLOR -u TERM '" + program + "' " + arguments +
                              " ) </dev/null >'" + out + "' 2>'" + error + "'";
  const int status = std::system(command.c_str());
  CommandResult result;
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = read_file(out);
  result.error = read_file(error);
  std::filesystem::remove_all(folder);
  return result;
}

std::string write_scenario(const std::string& name, const std::string& description,
                           const std::string& more) {
  const std::filesystem::path folder =
      std::filesystem::path(KEVSIM_BINARY_DIR) / "cli_test" / "scenarios";
  std::filesystem::create_directories(folder);
  const std::string path = (folder / (name + ".toml")).string();
  std::ofstream(path) << "schema = 1\ndescription = \"" << description << "\"\n"
                      << more << "\n[workload]\nkind = \"file-server\"\n";
  return path;
}

}  // namespace sim_test
