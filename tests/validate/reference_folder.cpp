#include "tests/validate/reference_folder.hpp"

#include <filesystem>
#include <fstream>

namespace test {

namespace fs = std::filesystem;

ReferenceFolder::ReferenceFolder(const std::string& name)
    : path_(std::string(KEVSIM_BINARY_DIR) + "/tests/validate/" + name) {
  fs::remove_all(path_);
  fs::create_directories(path_);
}

void ReferenceFolder::write(const std::string& file, const std::string& text) const {
  const fs::path target = fs::path(path_) / file;
  fs::create_directories(target.parent_path());
  std::ofstream(target, std::ios::binary) << text;
}

}  // namespace test
