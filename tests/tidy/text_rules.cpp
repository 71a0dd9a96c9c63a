#include <fmt/format.h>

#include <algorithm>

#include "tests/tidy/cpp_text.hpp"
#include "tests/tidy/policy.hpp"
#include "tests/tidy/rules.hpp"

namespace tidy {

namespace {

// Columns as a reader counts them: the continuation bytes of UTF-8 take none.
std::size_t columns(std::string_view line) {
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  return line.size() - static_cast<std::size_t>(std::count_if(line.begin(), line.end(), continues));
}

// Tables and links cannot be wrapped; the JSON Schema is generated.
bool may_have_long_lines(const File& file) {
  return is_markdown(file) || file.path.ends_with(".json");
}

}  // namespace

Findings lines_too_long(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    if (may_have_long_lines(file)) continue;
    int number = 0;
    for (const std::string& line : file.lines) {
      ++number;
      if (const std::size_t width = columns(line); width > max_columns)
        findings.push_back({file.path, number, fmt::format("{} columns", width)});
    }
  }
  return findings;
}

Findings files_too_long(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    if (!is_cpp(file)) continue;
    const std::size_t limit = file.path.starts_with("tests/") ? max_test_lines : max_source_lines;
    if (file.lines.size() > limit)
      findings.push_back({file.path, static_cast<int>(limit) + 1,
                          fmt::format("{} lines, {} at most", file.lines.size(), limit)});
  }
  return findings;
}

Findings untidy_white_space(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    int number = 0;
    for (const std::string& line : file.lines) {
      ++number;
      if (line.ends_with(' ') || line.ends_with('\r'))
        findings.push_back({file.path, number, "white space at the end of the line"});
      if (line.find('\t') != std::string::npos)
        findings.push_back({file.path, number, "tab character"});
    }
    if (!file.text.empty() && (!file.text.ends_with('\n') || file.text.ends_with("\n\n")))
      findings.push_back({file.path, number, "the file must end with one line end"});
  }
  return findings;
}

Findings leftover_notes(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files)
    for (const std::string_view word : {"TO"
                                        "DO",
                                        "FIX"
                                        "ME",
                                        "XX"
                                        "X"})
      for (const std::size_t at : find_word(file.text, word))
        findings.push_back({file.path, line_at(file.text, at),
                            fmt::format("'{}': do it, or write it where plans are kept", word)});
  return findings;
}

}  // namespace tidy
