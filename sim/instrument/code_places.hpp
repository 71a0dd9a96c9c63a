#pragma once
// Names places in the code of this executable by file and line, as far as it has line numbers.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sim {

class CodePlaces {
 public:
  /// "file.hpp:12 (function)" of the call that returns to `pc`; empty when nothing is known. Slow
  /// when asked for the first time: the machine's own addr2line says it.
  [[nodiscard]] const std::string& name(std::uintptr_t pc);
  /// Asks for many at once, which takes hardly longer than for one.
  void learn(const std::vector<std::uintptr_t>& places);

 private:
  std::map<std::uintptr_t, std::string> known_;
};

}  // namespace sim
