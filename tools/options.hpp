#pragma once
// The command line's grammar. The only part that sees CLI11 (five seconds to compile).

#include <variant>

#include "tools/arguments.hpp"
#include "tools/commands.hpp"
#include "tools/exit_code.hpp"

namespace sim {

void add_run_options(CLI::App& app, Arguments& arguments);
void add_replay_options(CLI::App& app, Arguments& arguments);
void add_check_options(CLI::App& app, Arguments& arguments);
void add_list_options(CLI::App& app, Arguments& arguments);
void add_schema_options(CLI::App& app, Arguments& arguments);
void add_validate_options(CLI::App& app, Arguments& arguments);
void add_explore_options(CLI::App& app, Arguments& arguments);
void add_reproduce_options(CLI::App& app, Arguments& arguments);
void add_shrink_options(CLI::App& app, Arguments& arguments);
void add_bank_options(CLI::App& app, Arguments& arguments);

/// The command to run; or the exit code, when help or the version was printed or the usage is wrong
/// (then the reason is on stderr).
std::variant<const Command*, ExitCode> parse_command_line(int argc, char** argv,
                                                          Arguments& arguments);

}  // namespace sim
