#include "sim/validate/readahead_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>

#include "sim/vfs/page.hpp"

namespace sim {

namespace {

constexpr std::uint64_t kib_per_page = page_bytes / 1024;
// Where the recording program starts the advice of willneedN and readaheadN, should nothing tell.
constexpr std::uint64_t advice_start = 1000;

std::optional<std::uint64_t> number_at(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

/// The number right after the first occurrence of these words.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view words) {
  const std::size_t at = text.find(words);
  if (at == std::string_view::npos) return std::nullopt;
  return number_at(text.substr(at + words.size()));
}

/// "[0,4)n=4 [9,12)n=3" without the counts.
std::string without_counts(std::string text) {
  for (std::size_t n = text.find("n="); n != std::string::npos; n = text.find("n=", n)) {
    const std::size_t end = std::min(text.find(' ', n), text.size());
    text.erase(n, end - n);
  }
  return text;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

class Parser {
 public:
  Parser(const std::string& name, ReadaheadCase& out) : name_(name), out_(out) {}

  /// False: the name says no window size.
  bool read_name();
  /// False: not understood.
  bool read_line(const std::string& line, int number);

 private:
  bool read_comment(std::string_view line);
  bool read_action(std::string_view line);
  bool read_call(std::string_view line, int number);
  bool read_bounds(std::string_view line, ReadaheadCall& call) const;
  bool read_advice(std::string_view line, ReadaheadCall& call) const;
  void advise(std::string_view pattern);

  const std::string& name_;
  ReadaheadCase& out_;
  std::string pattern_;
  std::vector<std::string> before_;  ///< actions of the call that follows
};

bool Parser::read_name() {
  const std::size_t ra = name_.find("-ra");
  const std::optional<std::uint64_t> kib = number_after(name_, "-ra");
  if (!kib) return false;
  out_.ra_pages = *kib / kib_per_page;
  const std::size_t dash = name_.find('-', ra + 1);
  if (dash == std::string::npos) return false;
  pattern_ = name_.substr(dash + 1, name_.rfind('.') - dash - 1);
  advise(pattern_);
  return true;
}

void Parser::advise(std::string_view pattern) {
  std::string word(pattern);
  word.erase(std::remove(word.begin(), word.end(), '_'), word.end());
  out_.advised_sequential = out_.advised_sequential || word.starts_with("advseq");
  out_.advised_random = out_.advised_random || word.starts_with("advrand");
}

bool Parser::read_comment(std::string_view line) {
  if (const std::size_t at = line.find("pattern="); at != std::string_view::npos)
    advise(line.substr(at + 8));
  if (const auto pages = number_after(line, " pages=")) out_.file_pages = *pages;
  return true;
}

bool Parser::read_action(std::string_view line) {
  const std::string_view words = trimmed(line);
  if (words.empty()) return true;
  if (words.starts_with("RA ") || words.starts_with("MISS ")) {
    before_.emplace_back(words);
    return true;
  }
  if (!words.starts_with("page_cache_") || out_.calls.empty()) return false;
  ReadaheadCall& call = out_.calls.back();
  call.actions.emplace_back(words);
  // The call's own line does not say where its range begins.
  const auto index = number_after(words, "index=");
  if (call.kind == ReadaheadCall::Kind::advice && call.actions.size() == 1 && index)
    call.begin = *index;
  return true;
}

/// Pages from "p=" and "n=", or from where a transfer ended and how many bytes it had.
bool Parser::read_bounds(std::string_view line, ReadaheadCall& call) const {
  const auto count = number_after(line, " n=");
  if (!count) return false;
  call.count = *count;
  if (call.kind == ReadaheadCall::Kind::read) {
    const auto begin = number_after(line, " p=");
    call.begin = begin.value_or(0);
    return begin.has_value();
  }
  const auto bytes = number_after(line, " r=");
  const auto end = number_after(line, " off=");
  if (!bytes || !end || pages_for(*bytes) > *end) return false;
  call.begin = *end - pages_for(*bytes);
  call.count = pages_for(*bytes);
  return true;
}

bool Parser::read_advice(std::string_view line, ReadaheadCall& call) const {
  const std::size_t digits = pattern_.find_first_of("0123456789");
  if (digits == std::string::npos) return false;
  const auto count = number_at(std::string_view(pattern_).substr(digits));
  call.count = count.value_or(0);
  call.begin = number_after(line, "new: [").value_or(advice_start);
  return count.has_value();
}

bool Parser::read_call(std::string_view line, int number) {
  using Kind = ReadaheadCall::Kind;
  struct Row {
    std::string_view words;
    Kind kind;
  };
  constexpr Row rows[] = {
      {"read ", Kind::read},   {"sendfile ", Kind::sendfile},       {"splice ", Kind::splice},
      {"fault ", Kind::fault}, {"fadvise_willneed ", Kind::advice}, {"readahead() ", Kind::advice}};
  for (const Row& row : rows) {
    if (!line.starts_with(row.words)) continue;
    ReadaheadCall call;
    call.kind = row.kind;
    call.line = number;
    bool good = true;
    if (call.kind == Kind::fault) {
      const auto page = number_after(line, " p=");
      good = page.has_value();
      call.begin = page.value_or(0);
      call.count = 1;
    } else if (call.kind == Kind::advice) {
      good = read_advice(line, call);
    } else {
      good = read_bounds(line, call);
    }
    const std::size_t fresh = line.find("new: ");
    if (!good || fresh == std::string_view::npos) return false;
    const std::size_t bar = std::min(line.find(" |"), line.size());
    call.resident = without_counts(std::string(trimmed(line.substr(fresh + 5, bar - fresh - 5))));
    if (bar + 2 < line.size()) call.state = trimmed(line.substr(bar + 2));
    call.actions = std::move(before_);
    before_.clear();
    out_.calls.push_back(std::move(call));
    return true;
  }
  return false;
}

bool Parser::read_line(const std::string& line, int number) {
  if (const auto begin = number_after(line, "dropped pages ")) {
    const auto end = number_after(line, "..");
    ReadaheadCall call;
    call.kind = ReadaheadCall::Kind::drop;
    call.line = number;
    call.begin = *begin;
    call.count = end && *end > *begin ? *end - *begin : 0;
    out_.calls.push_back(std::move(call));
    return end.has_value();
  }
  if (line.empty() || line.front() == ' ') return read_action(line);
  if (line.front() == '#') return read_comment(line);
  return read_call(trimmed(line), number);
}

}  // namespace

kev::Result<ReadaheadCase> parse_readahead_case(const std::string& name, const std::string& text) {
  ReadaheadCase out;
  Parser parser(name, out);
  if (!parser.read_name())
    return kev::fail("the name is not of the form <where>-ra<KiB>-<pattern>.txt", {name, 0, 0});
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!parser.read_line(line, number))
      return kev::fail(fmt::format("not understood: '{}'", line), {name, number, 1});
  }
  if (out.calls.empty()) return kev::fail("no calls in it", {name, 0, 0});
  return out;
}

}  // namespace sim
