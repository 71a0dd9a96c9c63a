#pragma once
// A folder of references, made for one test.

#include <string>

namespace test {

class ReferenceFolder {
 public:
  /// Empty; a folder of that name from an earlier run is removed.
  explicit ReferenceFolder(const std::string& name);

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Writes a file below it, making folders as needed.
  void write(const std::string& file, const std::string& text) const;

 private:
  std::string path_;
};

}  // namespace test
