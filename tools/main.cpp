// The kevsim command. What is wrong with the input ends in exit code 2, our own bugs in 70.

#include <cstdio>
#include <exception>
#include <variant>

#include "tools/commands.hpp"
#include "tools/console.hpp"
#include "tools/options.hpp"

namespace {

sim::ExitCode run(int argc, char** argv) {
  sim::Arguments arguments;
  const auto parsed = sim::parse_command_line(argc, argv, arguments);
  if (const auto* code = std::get_if<sim::ExitCode>(&parsed)) return *code;
  return std::get<const sim::Command*>(parsed)->run(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return static_cast<int>(sim::finish_output(run(argc, argv)));
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "kevsim: internal error: %s\n", problem.what());
    return static_cast<int>(sim::ExitCode::internal);
  }
}
