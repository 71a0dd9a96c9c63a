// Where DiskSim's files come from: the real machine, and those that come with kevsim.

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "sim/block/disksim_disk.hpp"
#include "sim/block/embedded_file.hpp"

namespace sim {

namespace {

kev::Result<std::string> read_embedded(const std::string& path) {
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  for (const EmbeddedFile& file : embedded_disksim_table())
    if (file.name == name) return std::string(file.text);
  return kev::fail("no such file", {path, 0, 0}, "it belongs beside the file that names it");
}

kev::Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return kev::fail("no such file, or it cannot be opened", {path, 0, 0});
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) return kev::fail("cannot be read", {path, 0, 0});
  return text;
}

}  // namespace

DisksimFiles embedded_disksim_files() {
  return &read_embedded;
}

DisksimFiles disksim_files() {
  return [](const std::string& path) {
    kev::Result<std::string> text = read_file(path);
    return text ? std::move(text) : read_embedded(path);
  };
}

}  // namespace sim
