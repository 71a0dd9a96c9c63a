#include "tests/scenario/golden.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace sim_test {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string compare_with_golden(const std::string& path, const std::string& actual) {
  if (std::getenv("KEVSIM_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return {};
  }
  const std::string expected = read_file(path);
  if (actual == expected) return {};
  return path + " expects:\n" + expected + "but the text is:\n" + actual;
}

}  // namespace sim_test
