#include "sim/trace/strace_line.hpp"

#include <charconv>
#include <optional>

#include "sim/trace/strace_fields.hpp"

namespace sim {

namespace {

bool is_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '?';
}

// Reads from left to right and remembers the column for error messages.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  [[nodiscard]] bool done() const { return at_ == text_.size(); }
  [[nodiscard]] int column() const { return static_cast<int>(at_) + 1; }
  void skip(std::size_t count) { at_ += count; }
  void blanks() {
    while (!done() && text_[at_] == ' ') ++at_;
  }
  bool take(std::string_view expected) {
    if (!rest().starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }
  template <class Belongs>
  std::string_view take_while(Belongs belongs) {
    const std::size_t from = at_;
    while (!done() && belongs(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

void make_bad(StraceLine& line, int column, const char* problem) {
  line.kind = LineKind::bad;
  line.column = column;
  line.problem = problem;
}

std::optional<int> parse_pid(std::string_view digits) {
  int pid = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return pid;
}

// The process id in front of the time, if there is one; false when there is one that cannot be
// read.
bool take_pid(Cursor& cursor, StraceLine& line) {
  const bool bracketed = cursor.take("[pid");
  cursor.blanks();
  const Cursor before = cursor;
  const std::string_view digits = cursor.take_while(is_digit);
  if (!bracketed && cursor.rest().starts_with('.')) {
    cursor = before;  // no process id: these digits are the time's
    return true;
  }
  if (cursor.rest().starts_with('<'))  // strace -Y adds the command's name
    cursor.take_while([](char c) { return c != ' ' && c != ']'; });
  const std::optional<int> pid = parse_pid(digits);
  if (!pid || (bracketed && !cursor.take("]"))) {
    cursor = before;
    return false;
  }
  line.pid = *pid;
  cursor.blanks();
  return true;
}

// The duration at the end, `<0.000012>`, cut off `text` when there is one.
void take_duration(std::string_view& text, StraceLine& line) {
  if (text.empty() || text.back() != '>') return;
  const std::size_t open = text.rfind('<');
  if (open == npos) return;
  const auto ns = parse_seconds(text.substr(open + 1, text.size() - open - 2));
  if (!ns) return;
  line.has_took = true;
  line.took_ns = *ns;
  text = text.substr(0, open);
}

// After the equals sign, without the duration.
bool parse_result(std::string_view text, CallResult& result) {
  const std::size_t end = find_outside(text, 0, " ");
  const std::string_view value = text.substr(0, end);
  std::string_view more = end == npos ? std::string_view() : text.substr(end);
  while (!more.empty() && more.front() == ' ') more.remove_prefix(1);
  const bool named = !more.empty() && more.front() == 'E';
  const std::string_view name = named ? more.substr(0, more.find(' ')) : std::string_view();
  if (value == "?") {
    result.outcome = Outcome::none;
    result.error = errno_of(name);
    return true;
  }
  if (named) {
    result.outcome = Outcome::failed;
    result.error = errno_of(name);
    result.value = -1;
    return value == "-1" && result.error != 0;
  }
  if (!more.empty() && more.front() != '(') return false;
  result.outcome = Outcome::value;
  if (const auto number = parse_integer(value)) {
    result.value = *number;
    return true;
  }
  const auto descriptor = parse_descriptor(value);
  if (!descriptor || descriptor->number < 0) return false;
  result.value = descriptor->number;
  result.note = descriptor->note;
  return true;
}

// The name of a call and what follows it.
void parse_body(Cursor cursor, StraceLine& line) {
  const int start = cursor.column();
  line.name = cursor.take_while(is_name);
  if (line.name.empty() || is_digit(line.name.front()) || !cursor.take("("))
    return make_bad(line, start, "expected a system call, `name(`");
  for (const std::string_view ending : {"<unfinished ...>", "<detached ...>"}) {
    std::string_view rest = cursor.rest();
    if (!rest.ends_with(ending)) continue;
    rest.remove_suffix(ending.size());
    if (rest.ends_with(' ')) rest.remove_suffix(1);
    line.kind = LineKind::unfinished;
    line.arguments = rest;
    return;
  }
  line.kind = LineKind::call;
  parse_call_tail(cursor.rest(), cursor.column(), line);
}

void parse_resumed(Cursor cursor, StraceLine& line) {
  line.name = cursor.take_while(is_name);
  if (line.name.empty()) return make_bad(line, cursor.column(), "expected the name of a call");
  if (!cursor.take(" resumed>")) return make_bad(line, cursor.column(), "expected ` resumed>`");
  line.kind = LineKind::resumed;
  line.rest = cursor.rest();
}

}  // namespace

void parse_call_tail(std::string_view text, int column, StraceLine& line) {
  const std::size_t close = find_outside(text, 0, ")");
  if (close == npos)
    return make_bad(line, column, "the arguments have no end: brackets or quotes do not match");
  line.arguments = text.substr(0, close);
  std::size_t at = close + 1;
  while (at < text.size() && text[at] == ' ') ++at;
  column += static_cast<int>(at);
  if (at == text.size() || text[at] != '=') return make_bad(line, column, "expected `= result`");
  std::string_view result = text.substr(at + 1);
  take_duration(result, line);
  while (!result.empty() && result.front() == ' ') result.remove_prefix(1);
  while (!result.empty() && result.back() == ' ') result.remove_suffix(1);
  if (!parse_result(result, line.result))
    make_bad(line, column + 2, "expected a number, `-1 ERRNO` or `?`");
}

StraceLine parse_strace_line(std::string_view text) {
  StraceLine line;
  Cursor cursor(text);
  cursor.blanks();
  if (cursor.done()) {
    line.kind = LineKind::blank;
    return line;
  }
  if (cursor.rest().starts_with("strace: ") || cursor.rest().starts_with("[ Process PID=")) {
    line.kind = LineKind::message;
    return line;
  }
  if (!take_pid(cursor, line)) {
    make_bad(line, cursor.column(), "expected a process id or the time");
    return line;
  }
  const int time_column = cursor.column();
  const std::string_view time = cursor.take_while([](char c) { return is_digit(c) || c == '.'; });
  const auto ns = parse_seconds(time);
  if (!ns || !cursor.take(" ")) {
    make_bad(line, time_column,
             "expected the time in seconds since 1970, as strace -ttt prints it");
    return line;
  }
  line.time_ns = *ns;
  cursor.blanks();
  if (cursor.take("<... ")) {
    parse_resumed(cursor, line);
  } else if (cursor.rest().starts_with("---")) {
    line.kind = LineKind::signal;
  } else if (cursor.rest().starts_with("+++")) {
    line.kind = LineKind::exit;
  } else {
    parse_body(cursor, line);
  }
  return line;
}

}  // namespace sim
