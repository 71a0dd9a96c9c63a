#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tests/tidy/cpp_text.hpp"
#include "tests/tidy/policy.hpp"
#include "tests/tidy/rules.hpp"

namespace tidy {

namespace {

struct Include {
  int line = 0;
  std::string name;
};

// The #include lines of a file; those inside comments and string literals do not count.
std::vector<Include> includes_of(const File& file) {
  std::vector<Include> includes;
  std::size_t offset = 0;
  int number = 0;
  for (const std::string& line : file.lines) {
    ++number;
    const std::string_view code = std::string_view(file.code).substr(offset, line.size());
    offset += line.size() + 1;
    if (!code.starts_with("#include")) continue;
    const std::size_t begin = line.find_first_of("\"<");
    const std::size_t end = line.find_first_of("\">", begin + 1);
    if (begin != std::string::npos && end != std::string::npos)
      includes.push_back({number, line.substr(begin + 1, end - begin - 1)});
  }
  return includes;
}

bool is_under(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && path.substr(folder.size()).starts_with('/');
}

const Layer* layer_of(std::string_view path) {
  const Layer* best = nullptr;
  for (const Layer& layer : layers())
    if (is_under(path, layer.folder) &&
        (best == nullptr || layer.folder.size() > best->folder.size()))
      best = &layer;
  return best;
}

// A header's beginning matches only when it ends at a '/': "sys/" but not "time" of "time_zone".
bool names_header(std::string_view name, std::string_view banned) {
  return name == banned || name == fmt::format("{}.hpp", banned) || is_under(name, banned) ||
         (banned.ends_with('/') && name.starts_with(banned));
}

void find_banned_headers(const File& file, const std::vector<BannedHeader>& banned,
                         Findings& findings) {
  for (const Include& include : includes_of(file))
    for (const BannedHeader& row : banned)
      if (names_header(include.name, row.header))
        findings.push_back(
            {file.path, include.line, fmt::format("<{}>: {}", include.name, row.reason)});
}

// Every file named by a CMakeLists.txt, as a path from the root.
std::set<std::string> files_in_targets(const Tree& tree) {
  std::set<std::string> listed;
  for (const File& file : tree.files) {
    if (!file.path.ends_with("CMakeLists.txt")) continue;
    const std::string folder(folder_of(file.path));
    const std::string prefix = folder.empty() ? folder : folder + '/';
    const std::string_view text = file.text;
    constexpr std::string_view separators = " \n()\";";
    for (std::size_t begin = text.find_first_not_of(separators); begin < text.size();) {
      const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
      listed.insert(prefix + std::string(text.substr(begin, end - begin)));
      begin = text.find_first_not_of(separators, end);
    }
  }
  return listed;
}

}  // namespace

Findings wrong_layers(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    if (!is_cpp(file)) continue;
    const Layer* layer = layer_of(file.path);
    if (layer == nullptr) {
      findings.push_back({file.path, 1, "in no layer: add its folder to policy.cpp"});
      continue;
    }
    for (const Include& include : includes_of(file)) {
      if (!starts_with_any(include.name, {"model/", "sim/", "tools/", "tests/"})) continue;
      if (!starts_with_any(include.name, layer->may_include))
        findings.push_back({file.path, include.line,
                            fmt::format("{} must not include {}", layer->folder, include.name)});
    }
  }
  return findings;
}

Findings banned_headers(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    if (!is_cpp(file)) continue;
    find_banned_headers(file, headers_banned_everywhere(), findings);
    if (in_simulation(file.path))
      find_banned_headers(file, headers_banned_in_simulation(), findings);
  }
  return findings;
}

Findings unopened_headers(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    if (!is_header(file)) continue;
    const auto is_pragma = [](const std::string& line) { return line == "#pragma once"; };
    if (std::none_of(file.lines.begin(), file.lines.end(), is_pragma))
      findings.push_back({file.path, 1, "no #pragma once"});
    const auto opening =
        std::find_if(file.lines.begin(), file.lines.end(),
                     [&](const std::string& line) { return !line.empty() && !is_pragma(line); });
    if (opening == file.lines.end() || !opening->starts_with("//"))
      findings.push_back({file.path, 1, "no opening comment: purpose, invariants, units, sources"});
  }
  return findings;
}

Findings dead_files(const Tree& tree) {
  std::set<std::string> alive = files_in_targets(tree);
  for (const File& file : tree.files)
    if (is_cpp(file))
      for (const Include& include : includes_of(file)) alive.insert(include.name);
  Findings findings;
  for (const File& file : tree.files)
    if (is_cpp(file) && !alive.contains(file.path))
      findings.push_back({file.path, 1, "in no CMakeLists.txt, and nothing includes it"});
  return findings;
}

}  // namespace tidy
