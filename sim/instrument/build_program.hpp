#pragma once
// Compiles and links an explored program into a shared object, with the machine's own compiler.

#include <string>

#include "model/base/result.hpp"
#include "sim/instrument/program.hpp"

namespace sim {

/// The path of the shared object, in a folder of its own below the system's temporary folder; the
/// caller removes that folder.
[[nodiscard]] kev::Result<std::string> build_program(const ProgramSource& source);

/// The output of a command line, for tools that translate addresses; empty when it fails.
[[nodiscard]] std::string output_of(const std::string& command);
/// One word of a shell's command line.
[[nodiscard]] std::string quoted(const std::string& word);

}  // namespace sim
