#include "sim/scenario/syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace sim {

namespace {

/// A stretch of one line, in bytes.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool starts_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
}

int column_of(std::string_view line, std::size_t byte) {
  const auto end = line.begin() + static_cast<std::ptrdiff_t>(std::min(byte, line.size()));
  return 1 + static_cast<int>(std::count_if(line.begin(), end, starts_code_point));
}

std::size_t byte_of(std::string_view line, int column) {
  std::size_t at = 0;
  for (int seen = 0; at < line.size(); ++at)
    if (starts_code_point(line[at]) && ++seen == column) break;
  return at;
}

Mark mark_of(std::string_view line, int line_number, Span span) {
  const int first = column_of(line, span.begin);
  const int last = column_of(line, span.end);
  return Mark{0, line_number, first, std::max(1, last - first)};
}

/// The value around `byte`: from after `=`, `,`, `[` or `{` to the next delimiter.
Span value_around(std::string_view line, std::size_t byte) {
  std::size_t begin = std::min(byte, line.size());
  while (begin > 0 && std::string_view("=,[{").find(line[begin - 1]) == std::string_view::npos)
    --begin;
  std::size_t end = line.find_first_of(",]}#", begin);
  if (end == std::string_view::npos) end = line.size();
  while (begin < end && line[begin] == ' ') ++begin;
  while (end > begin && (line[end - 1] == ' ' || line[end - 1] == '\t')) --end;
  return {begin, end};
}

/// The key (or the name inside a [header]) that the line begins with.
Span key_of(std::string_view line) {
  std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {0, line.size()};
  if (line[begin] == '[') {
    const std::size_t end = line.find_last_of(']');
    return {begin, end == std::string_view::npos ? line.size() : end + 1};
  }
  std::size_t end = std::min(line.find('='), line.size());
  while (end > begin && (line[end - 1] == ' ' || line[end - 1] == '\t')) --end;
  return {begin, end};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// "Error while parsing KIND: REST" apart.
struct Words {
  std::string_view kind;
  std::string_view rest;
};

Words take_apart(std::string_view description) {
  constexpr std::string_view opening = "Error while parsing ";
  if (description.substr(0, opening.size()) != opening) return {"document", description};
  description.remove_prefix(opening.size());
  const std::size_t colon = description.find(": ");
  if (colon == std::string_view::npos) return {"document", description};
  return {description.substr(0, colon), description.substr(colon + 2)};
}

SyntaxError unquoted(std::string_view line, const SyntaxComplaint& complaint) {
  const Span span = value_around(line, byte_of(line, complaint.column));
  const std::string value(line.substr(span.begin, span.end - span.begin));
  SyntaxError error{mark_of(line, complaint.line, span), {}, {}};
  std::string lower = value;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool number = !value.empty() && (std::isdigit(static_cast<unsigned char>(value[0])) != 0);
  if (value.empty()) {
    error.message = "a value is missing";
  } else if (lower == "true" || lower == "false") {
    error.message = fmt::format("'{}' is not a TOML value", value);
    error.hint = fmt::format("did you mean '{}'?", lower);
  } else if (contains(value, "\"")) {
    error.message = fmt::format("'{}' is not a TOML value", value);
  } else if (number) {
    error.message = fmt::format("'{}' is not a TOML number", value);
    error.hint = fmt::format("with a unit it is written in quotes: \"{}\"", value);
  } else {
    error.message = "text must be in quotes";
    error.hint = fmt::format("write \"{}\"", value);
  }
  return error;
}

}  // namespace

SyntaxError explain(const SyntaxComplaint& complaint, const std::vector<std::string>& lines) {
  const auto index = static_cast<std::size_t>(std::max(complaint.line, 1) - 1);
  const std::string_view line = index < lines.size() ? std::string_view(lines[index]) : "";
  const Words words = take_apart(complaint.description);
  const Mark there{0, complaint.line, complaint.column, 1};

  if (contains(words.rest, "cannot redefine")) {
    const Span span = key_of(line);
    const std::string_view name = line.substr(span.begin, span.end - span.begin);
    const bool header = !name.empty() && name.front() == '[';
    return {
        mark_of(line, complaint.line, span),
        header ? fmt::format("duplicate table {}", name) : fmt::format("duplicate key '{}'", name),
        header ? "join the two tables" : "remove one of the two"};
  }
  if (words.kind == "string" &&
      (contains(words.rest, "end-of-file") || contains(words.rest, "unescaped control characters")))
    return {there, "this string does not end", "a quote is missing"};
  if (contains(words.rest, "end-of-file"))
    return {there, fmt::format("the file ends inside of this {}", words.kind), {}};
  if (contains(words.rest, "expected value")) return {there, "a value is missing", {}};
  if (contains(words.rest, "not representable in 64 bits")) {
    const Span span = value_around(line, byte_of(line, complaint.column - 1));
    return {mark_of(line, complaint.line, span), "this number does not fit in 64 bits", {}};
  }
  const bool value = words.kind == "value" || words.kind == "boolean" ||
                     contains(words.kind, "integer") || contains(words.kind, "float") ||
                     contains(words.kind, "date") || contains(words.kind, "time");
  if (value && !contains(words.rest, "nested value depth")) return unquoted(line, complaint);
  if (contains(words.rest, "nested value depth")) return {there, "values nest far too deep", {}};
  std::string rest(words.rest);
  if (words.kind == "document") return {there, rest, {}};
  return {there, fmt::format("in this {}: {}", words.kind, rest), {}};
}

}  // namespace sim
