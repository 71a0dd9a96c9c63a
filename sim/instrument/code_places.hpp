#pragma once
// Names places in the code of this executable, or of an object that it has loaded, by file and
// line, as far as it has line numbers.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sim {

class CodePlaces {
 public:
  /// Of this executable.
  CodePlaces();
  /// Of the file that was loaded at `base`.
  CodePlaces(std::string file, std::uintptr_t base) : file_(std::move(file)), base_(base) {}

  /// "file.hpp:12 (function)" of the call that returns to `pc`; empty when nothing is known. Slow
  /// when asked for the first time: the machine's own addr2line says it.
  [[nodiscard]] const std::string& name(std::uintptr_t pc);
  /// Asks for many at once, which takes hardly longer than for one.
  void learn(const std::vector<std::uintptr_t>& places);

 private:
  std::string file_;
  std::uintptr_t base_;
  std::map<std::uintptr_t, std::string> known_;
};

}  // namespace sim
