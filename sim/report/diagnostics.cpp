#include "sim/report/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace sim {

namespace {

constexpr std::size_t widest_line = 100;

/// One printable cell a code point, so that columns stay columns.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0u) == 0x80u && !cells.empty())
      cells.back() += c;
    else if (c == '\t')
      cells.emplace_back(" ");
    else if (byte < 0x20u || byte == 0x7fu)
      cells.emplace_back("?");
    else
      cells.emplace_back(1, c);
  }
  return cells;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const std::string& cell : cells_of(text)) out += cell;
  return out;
}

/// "file:5:1", "file", "--set".
std::string place_text(const kev::Place& place) {
  std::string text = printable(place.file);
  if (place.line > 0) text += fmt::format(":{}", place.line);
  if (place.line > 0 && place.column > 0) text += fmt::format(":{}", place.column);
  return text;
}

/// The source line with the place underlined, the hint beside the underline.
std::string excerpt(const kev::Error& error, Colour colour) {
  std::vector<std::string> cells = cells_of(error.source_line);
  auto first = static_cast<std::size_t>(std::max(error.place.column, 1)) - 1;
  first = std::min(first, cells.size());
  auto length = static_cast<std::size_t>(std::max(error.length, 1));
  if (cells.size() > widest_line) {
    const std::size_t skip = first > widest_line / 2 ? first - widest_line / 2 : 0;
    cells.erase(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(skip));
    first -= skip;
    if (cells.size() > widest_line) cells.resize(widest_line);
  }
  length = std::max<std::size_t>(1, std::min(length, cells.size() - std::min(first, cells.size())));
  std::string line;
  for (const std::string& cell : cells) line += cell;
  const std::string number = error.place.line > 0 ? fmt::format("{}", error.place.line) : "";
  std::string underline = "^" + std::string(length - 1, '~');
  if (!error.hint.empty()) underline += " " + printable(error.hint);
  return fmt::format("{:>5} | {}\n{:>5} | {}{}\n", number, line, "", std::string(first, ' '),
                     paint(colour, Ink::good, underline));
}

}  // namespace

std::string format_error(const kev::Error& error, Colour colour) {
  const std::string place = place_text(error.place);
  std::string text = place.empty() ? "" : paint(colour, Ink::heading, place + ":") + " ";
  text += paint(colour, Ink::bad, "error:");
  text += " " + printable(error.message) + "\n";
  if (error.place.column > 0 && !error.source_line.empty()) return text + excerpt(error, colour);
  if (!error.hint.empty())
    text += "      " + paint(colour, Ink::good, "hint: " + printable(error.hint)) + "\n";
  return text;
}

std::string format_errors(const kev::Errors& errors, Colour colour) {
  std::string text;
  const std::size_t shown = std::min(errors.size(), most_errors_shown);
  for (std::size_t i = 0; i < shown; ++i) text += format_error(errors[i], colour);
  const std::size_t more = errors.size() - shown;
  if (more > 0) text += fmt::format("... and {} more error{}\n", more, more == 1 ? "" : "s");
  return text;
}

}  // namespace sim
