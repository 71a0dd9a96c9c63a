#pragma once
// The commands of kevsim: one row each here, one file cmd_NAME.cpp each. options.cpp adds the
// options and help of every row to the parser.

#include <span>
#include <string_view>

#include "tools/arguments.hpp"
#include "tools/exit_code.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}

namespace sim {

struct Command {
  std::string_view name;
  std::string_view summary;
  std::string_view examples;  ///< a line each, shown first in its help
  void (*add_options)(CLI::App&, Arguments&);
  ExitCode (*run)(const Arguments&);
};

std::span<const Command> commands();

ExitCode run_command(const RunArguments& arguments);
ExitCode replay_command(const ReplayArguments& arguments);
ExitCode check_command(const CheckArguments& arguments);
ExitCode list_command(const ListArguments& arguments);
ExitCode schema_command();
ExitCode validate_command(const ValidateArguments& arguments);
ExitCode explore_command(const ExploreArguments& arguments);
ExitCode reproduce_command(const ReproduceArguments& arguments);
ExitCode shrink_command(const ShrinkArguments& arguments);
ExitCode bank_command(const BankArguments& arguments);

}  // namespace sim
