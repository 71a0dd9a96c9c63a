// Sockets, pipes and epoll: recorded scenarios in text files, one for each kernel, below epoll/.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "sim/validate/archive.hpp"
#include "sim/validate/epoll_case.hpp"
#include "sim/validate/epoll_machine.hpp"
#include "sim/validate/reference.hpp"

namespace sim {

namespace {

namespace fs = std::filesystem;

void add_errors(const kev::Errors& errors, Validation& out) {
  out.errors.insert(out.errors.end(), errors.begin(), errors.end());
}

bool read_setup(const fs::path& recording, std::vector<EpollScenario>& scenarios, Validation& out) {
  fs::path path = recording;
  path.replace_extension(".setup");
  std::error_code error;
  if (!fs::exists(path, error)) return true;
  const auto text = read_maybe_compressed(path.string());
  const auto added = text ? add_epoll_setup(path.string(), *text, scenarios)
                          : kev::Result<bool>(tl::unexpected(text.error()));
  if (!added) add_errors(added.error(), out);
  return added.has_value();
}

void validate_recording(const fs::path& path, Validation& out) {
  const auto text = read_maybe_compressed(path.string());
  auto scenarios = text ? parse_epoll_recording(path.string(), *text)
                        : kev::Result<std::vector<EpollScenario>>(tl::unexpected(text.error()));
  if (!scenarios) {
    add_errors(scenarios.error(), out);
    return;
  }
  if (!read_setup(path, *scenarios, out)) return;
  const std::string name = fmt::format("epoll/{}", path.stem().string());
  std::uint64_t passed = 0;
  for (const EpollScenario& scenario : *scenarios) {
    const std::vector<std::string> differences = EpollMachine(scenario).play();
    if (differences.empty()) {
      ++passed;
      continue;
    }
    std::string all;
    for (const std::string& difference : differences) all += difference + "\n";
    out.mismatches.push_back({name, fmt::format("{} {}", scenario.number, scenario.title), all});
  }
  out.rows.push_back(exact_row(name, "results, errno, poll masks, edge-triggered events",
                               scenarios->size(), passed));
}

}  // namespace

void validate_epoll(const std::string& folder, Validation& out) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(folder) / "epoll", error))
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  if (paths.empty()) out.notes.emplace_back("epoll: not there, not compared");
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) validate_recording(path, out);
}

}  // namespace sim
