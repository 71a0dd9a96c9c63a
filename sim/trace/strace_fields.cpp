#include "sim/trace/strace_fields.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

namespace sim {

namespace {

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// All skip_ functions take the place of the opening character and return the place after the
// closing one, or npos.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return npos;
}

std::size_t skip_note(std::string_view text, std::size_t at) {
  const bool is_path = at + 1 < text.size() && text[at + 1] == '/';
  int depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (c == '"' && !is_path) {
      i = skip_string(text, i);
      if (i == npos) return npos;
      --i;
    } else if (c == '<') {
      ++depth;
    } else if (c == '>' && (is_path || text[i - 1] != '-')) {
      if (--depth == 0) return i + 1;
    }
  }
  return npos;
}

bool opens_note(std::string_view text, std::size_t at) {
  if (at == 0 || !is_word(text[at - 1])) return false;
  return at + 1 < text.size() && text[at + 1] != '<';  // 1<<CAP_CHOWN is a shift
}

std::size_t skip_comment(std::string_view text, std::size_t at) {
  const std::size_t close = text.find("*/", at + 2);
  return close == npos ? npos : close + 2;
}

char closing(char open) {
  return open == '(' ? ')' : open == '[' ? ']' : '}';
}

}  // namespace

std::size_t find_outside(std::string_view text, std::size_t from, std::string_view stops) {
  std::array<char, 64> expected{};
  std::size_t depth = 0;
  std::size_t i = from;
  while (i < text.size()) {
    const char c = text[i];
    if (depth == 0 && stops.find(c) != npos) return i;
    if (c == '"') {
      i = skip_string(text, i);
    } else if (c == '<' && opens_note(text, i)) {
      i = skip_note(text, i);
    } else if (c == '/' && i + 1 < text.size() && text[i + 1] == '*') {
      i = skip_comment(text, i);
    } else if (c == '(' || c == '[' || c == '{') {
      if (depth == expected.size()) return npos;
      expected[depth++] = closing(c);
      ++i;
    } else if (c == ')' || c == ']' || c == '}') {
      if (depth == 0 || expected[--depth] != c) return npos;
      ++i;
    } else {
      ++i;
    }
    if (i == npos) return npos;
  }
  return npos;
}

void split_arguments(std::string_view text, std::vector<std::string_view>& out) {
  out.clear();
  std::size_t from = 0;
  while (true) {
    const std::size_t comma = find_outside(text, from, ",");
    const std::string_view piece = text.substr(from, comma == npos ? npos : comma - from);
    if (comma == npos && out.empty() && trim(piece).empty()) return;
    out.push_back(trim(piece));
    if (comma == npos) return;
    from = comma + 1;
  }
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && text[1] == 'x') {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  const auto magnitude = static_cast<std::int64_t>(value);
  return negative ? -magnitude : magnitude;
}

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == npos || point == 0) return std::nullopt;
  const std::string_view fraction = text.substr(point + 1);
  if (fraction.empty() || fraction.size() > 9) return std::nullopt;
  std::uint32_t seconds = 0;
  const auto whole = std::from_chars(text.data(), text.data() + point, seconds);
  if (whole.ec != std::errc() || whole.ptr != text.data() + point) return std::nullopt;
  std::int64_t ns = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    if (i < fraction.size() && !is_digit(fraction[i])) return std::nullopt;
    ns = ns * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  }
  return static_cast<std::int64_t>(seconds) * 1'000'000'000 + ns;
}

std::optional<Descriptor> parse_descriptor(std::string_view text) {
  text = trim(text);
  Descriptor descriptor;
  constexpr std::string_view cwd = "AT_FDCWD";
  std::size_t at = 0;
  if (text.starts_with(cwd)) {
    descriptor.number = at_fdcwd;
    at = cwd.size();
  } else {
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), descriptor.number);
    if (parsed.ec != std::errc()) return std::nullopt;
    at = static_cast<std::size_t>(parsed.ptr - text.data());
  }
  if (at == text.size()) return descriptor;
  if (text[at] != '<') return std::nullopt;
  const std::size_t end = skip_note(text, at);
  if (end == npos) return std::nullopt;
  if (end != text.size() && text.substr(end) != "(deleted)") return std::nullopt;
  descriptor.note = text.substr(at + 1, end - at - 2);
  return descriptor;
}

InOut parse_in_out(std::string_view text) {
  const auto bracketed = [](std::string_view part) -> std::optional<std::int64_t> {
    part = trim(part);
    if (part.size() < 3 || part.front() != '[' || part.back() != ']') return std::nullopt;
    return parse_integer(part.substr(1, part.size() - 2));
  };
  InOut value;
  const std::size_t arrow = text.find("=>");
  value.in = bracketed(text.substr(0, arrow));
  if (arrow != npos) value.out = bracketed(text.substr(arrow + 2));
  return value;
}

std::string_view struct_field(std::string_view structure, std::string_view name) {
  if (structure.empty() || structure.front() != '{') return {};
  std::size_t from = 1;
  while (from < structure.size()) {
    const std::size_t end = find_outside(structure, from, ",}");
    if (end == npos) return {};
    const std::string_view field = trim(structure.substr(from, end - from));
    if (field.starts_with(name) && field.size() > name.size() && field[name.size()] == '=')
      return field.substr(name.size() + 1);
    from = end + 1;
  }
  return {};
}

std::optional<std::string> parse_quoted(std::string_view text) {
  text = trim(text);
  if (text.size() < 2 || text.front() != '"' || skip_string(text, 0) != text.size())
    return std::nullopt;
  return unescape(text.substr(1, text.size() - 2));
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    constexpr std::string_view names = "abtnvfr";
    constexpr std::string_view values = "\a\b\t\n\v\f\r";
    if (const std::size_t known = names.find(c); known != npos) {
      out += values[known];
    } else if (is_octal(c) || c == 'x') {
      const bool hexadecimal = c == 'x';
      const std::string_view digits = hexadecimal ? text.substr(i + 1, 2) : text.substr(i, 3);
      unsigned value = 0;
      const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value,
                                          hexadecimal ? 16 : 8);
      out += static_cast<char>(static_cast<unsigned char>(value));
      i += static_cast<std::size_t>(parsed.ptr - digits.data()) - (hexadecimal ? 0 : 1);
    } else {
      out += c;
    }
  }
  return out;
}

int errno_of(std::string_view name) {
  // Numbers that only the kernel uses; a tracer sees them where a call will be restarted.
  constexpr std::pair<std::string_view, int> kernel_only[] = {{"ERESTARTSYS", 512},
                                                              {"ERESTARTNOINTR", 513},
                                                              {"ERESTARTNOHAND", 514},
                                                              {"ENOIOCTLCMD", 515},
                                                              {"ERESTART_RESTARTBLOCK", 516}};
  for (const auto& [known, number] : kernel_only)
    if (known == name) return number;
  constexpr int last_errno = 133;
  for (int number = 1; number <= last_errno; ++number) {
    const char* const known = strerrorname_np(number);
    if (known != nullptr && name == known) return number;
  }
  return 0;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string out(text.substr(0, limit));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  if (text.size() > limit) out += "...";
  return out;
}

}  // namespace sim
