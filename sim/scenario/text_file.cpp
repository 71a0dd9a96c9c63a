#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "sim/scenario/document.hpp"
#include "sim/scenario/suggest.hpp"

namespace sim {

namespace {

constexpr std::size_t largest_file_bytes = 1u << 20;

/// The file of that folder whose name is nearest, for a mistyped path.
std::string nearest_file(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed))
    names.push_back(at->path().filename().string());
  std::sort(names.begin(), names.end());
  const std::string wanted = path.filename().string();
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string_view name = nearest(wanted, candidates);
  if (name.empty()) return {};
  const std::filesystem::path meant = path.has_parent_path() ? path.parent_path() / name : name;
  return fmt::format("did you mean '{}'?", meant.string());
}

kev::Result<std::string> cannot(const std::string& path, std::string message,
                                std::string hint = {}) {
  return kev::fail(std::move(message), kev::Place{path, 0, 0}, std::move(hint));
}

}  // namespace

kev::Result<std::string> read_text_file(const std::string& path) {
  std::error_code failed;
  const std::filesystem::file_status status = std::filesystem::status(path, failed);
  if (status.type() == std::filesystem::file_type::not_found)
    return cannot(path, "no such file", nearest_file(path));
  if (status.type() == std::filesystem::file_type::directory)
    return cannot(path, "is a directory, not a scenario file",
                  fmt::format("name the files: {}/*.toml", path));
  std::ifstream file(path, std::ios::binary);
  if (!file) return cannot(path, "cannot be opened for reading");
  std::string text(largest_file_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return cannot(path, "cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > largest_file_bytes)
    return cannot(path, "is larger than 1 MiB, so it is not a scenario file");
  return text;
}

}  // namespace sim
