#pragma once
// Names places in the code of this executable, or of an object that it has loaded, by file and
// line, as far as it has line numbers; and quotes what is written there, as long as the file is
// older than what was made of it.

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
  /// "file.hpp:12  lock(&queue);" of the same, as far as it can be read; or the name.
  [[nodiscard]] std::string line(std::uintptr_t pc);
  /// Asks for many at once, which takes hardly longer than for one.
  void learn(const std::vector<std::uintptr_t>& places);

 private:
  std::string file_;
  std::uintptr_t base_;
  struct Place {
    std::string name;
    std::string path;  ///< of the source file
    std::size_t line = 0;
  };
  void answer(const std::string& answers, const std::vector<Place*>& places) const;
  const std::string& quote(const Place& place);

  std::map<std::uintptr_t, Place> known_;
  std::map<std::string, std::vector<std::string>> sources_;  ///< lines, by path
};

}  // namespace sim
