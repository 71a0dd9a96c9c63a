#pragma once
// Expected texts as files that a person can read. With KEVSIM_UPDATE_GOLDEN=1 in the environment
// the files are written instead of compared; read the difference before you commit it.

#include <string>

namespace sim_test {

/// The text of the file; empty when there is none.
std::string read_file(const std::string& path);

/// Empty when `actual` equals the file's text, else a message that shows both.
std::string compare_with_golden(const std::string& path, const std::string& actual);

}  // namespace sim_test
