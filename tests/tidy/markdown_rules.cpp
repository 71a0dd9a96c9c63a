#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "tests/tidy/rules.hpp"

namespace tidy {

namespace {

// The text of a markdown file with fenced blocks, indented blocks and `code` made blank.
std::vector<std::string> prose_of(const File& file) {
  std::vector<std::string> lines;
  bool fenced = false;
  for (const std::string& line : file.lines) {
    const bool fence = line.starts_with("```") || line.starts_with("~~~");
    if (fence) fenced = !fenced;
    std::string prose = fence || fenced || line.starts_with("    ") ? std::string() : line;
    bool quoted = false;
    for (char& c : prose) {
      if (c == '`') quoted = !quoted;
      if (quoted) c = ' ';
    }
    lines.push_back(std::move(prose));
  }
  return lines;
}

// The targets of `[text](target)` and `![text](target)` on one line.
std::vector<std::string> link_targets(const std::string& line) {
  std::vector<std::string> targets;
  for (std::size_t at = line.find("]("); at != std::string::npos; at = line.find("](", at + 1)) {
    const std::size_t end = line.find_first_of(") ", at + 2);
    if (end != std::string::npos) targets.push_back(line.substr(at + 2, end - at - 2));
  }
  return targets;
}

bool exists_in(const Tree& tree, const std::string& path) {
  return std::any_of(tree.paths.begin(), tree.paths.end(), [&](const std::string& other) {
    return other == path || (other.starts_with(path) && other[path.size()] == '/');
  });
}

bool leaves_the_tree(const std::string& target) {
  return target.find("://") != std::string::npos || target.starts_with("mailto:");
}

}  // namespace

Findings titles_not_one(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    if (!is_markdown(file)) continue;
    const std::vector<std::string> prose = prose_of(file);
    const auto titles = std::count_if(
        prose.begin(), prose.end(), [](const std::string& line) { return line.starts_with("# "); });
    if (titles != 1)
      findings.push_back({file.path, 1, fmt::format("{} '#' titles instead of one", titles)});
  }
  return findings;
}

Findings broken_links(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    if (!is_markdown(file)) continue;
    int number = 0;
    for (const std::string& line : prose_of(file)) {
      ++number;
      for (const std::string& target : link_targets(line)) {
        const std::string path = target.substr(0, target.find('#'));
        if (path.empty() || leaves_the_tree(target)) continue;
        const std::filesystem::path full = std::filesystem::path(folder_of(file.path)) / path;
        std::string plain = full.lexically_normal().generic_string();
        if (plain.ends_with('/')) plain.pop_back();
        if (!exists_in(tree, plain))
          findings.push_back({file.path, number, fmt::format("no such file: {}", target)});
      }
    }
  }
  return findings;
}

}  // namespace tidy
