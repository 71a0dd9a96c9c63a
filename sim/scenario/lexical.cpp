#include "sim/scenario/lexical.hpp"

#include <fmt/format.h>

namespace sim {

namespace {

/// A value may nest 256 tables deep and each of its keys this many; destroying them must fit a
/// stack.
constexpr int most_key_parts = 16;

/// Length of the UTF-8 sequence that `text` begins with; 0 when it begins with none. Overlong forms
/// and surrogates are left to toml++.
std::size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  std::size_t length = 0;
  if (lead < 0x80u)
    length = 1;
  else if (lead >= 0xc2u && lead < 0xe0u)
    length = 2;
  else if (lead >= 0xe0u && lead < 0xf0u)
    length = 3;
  else if (lead >= 0xf0u && lead < 0xf5u)
    length = 4;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0u) != 0x80u) return 0;
  return length;
}

bool is_control(unsigned char byte) {
  return (byte < 0x20u && byte != '\n' && byte != '\t' && byte != '\r') || byte == 0x7fu;
}

/// Walks over the text knowing only quotes and comments.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<LexicalError> run() {
    while (at_ < text_.size()) {
      const std::size_t length = sequence_length(text_.substr(at_));
      if (length == 0 || is_control(static_cast<unsigned char>(text_[at_])))
        return LexicalError{mark_,
                            fmt::format("this is not a text file: byte 0x{:02x}",
                                        static_cast<unsigned char>(text_[at_])),
                            {},
                            false};
      if (state_ == State::bare && length > 1)
        return LexicalError{
            mark_, fmt::format("'{}' must be in quotes", text_.substr(at_, length)), {}, true};
      if (key_parts_ > most_key_parts)
        return LexicalError{mark_, "tables nest at most two deep", {}, true};
      step(length);
    }
    return std::nullopt;
  }

 private:
  enum class State { bare, comment, string, text };  ///< a text has three quotes and many lines

  void step(std::size_t length) {
    const char c = text_[at_];
    switch (state_) {
      case State::bare:
        length = step_bare(c);
        break;
      case State::comment:
        break;
      case State::string:
        if (c == quote_) close();
        if (c == '\\' && quote_ == '"') length = escape_length();
        break;
      case State::text:
        if (text_.substr(at_, 3) == std::string(3, quote_)) {
          length = 3;
          close();
        } else if (c == '\\' && quote_ == '"') {
          length = escape_length();
        }
        break;
    }
    advance(length);
  }

  std::size_t step_bare(char c) {
    if (c == '#') state_ = State::comment;
    if (c == '.') ++key_parts_;
    if (c == '=' || c == ',' || c == '{' || c == '[' || c == '\n') key_parts_ = 0;
    // A quote behind anything else opens no string but is a mistake, which toml++ will name.
    const bool may_open = std::string_view("=,[{.\n").find(before_) != std::string_view::npos;
    if (c != ' ' && c != '\t' && c != '\r') before_ = c;
    if ((c != '"' && c != '\'') || !may_open) return 1;
    quote_ = c;
    const bool three = text_.substr(at_, 3) == std::string(3, c);
    state_ = three ? State::text : State::string;
    return three ? 3 : 1;
  }

  void close() {
    state_ = State::bare;
    before_ = quote_;
  }

  /// A backslash and the quote or backslash that it escapes.
  [[nodiscard]] std::size_t escape_length() const {
    const std::string_view next = text_.substr(at_ + 1, 1);
    return next == "\\" || next == "\"" ? 2 : 1;
  }

  void advance(std::size_t length) {
    // What is skipped as one (quotes, escapes) has no line end; a sequence is one column.
    const auto first = static_cast<unsigned char>(text_[at_]);
    mark_.column += first < 0x80u ? static_cast<int>(length) : 1;
    if (text_[at_] == '\n') {
      ++mark_.line;
      mark_.column = 1;
      if (state_ != State::text) state_ = State::bare;
      if (state_ == State::bare) before_ = '\n';
    }
    at_ += length;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Mark mark_{0, 1, 1, 1};
  State state_ = State::bare;
  char quote_ = '"';
  char before_ = '\n';  ///< last character outside of quotes and comments that is no blank
  int key_parts_ = 0;
};

}  // namespace

std::optional<LexicalError> find_lexical_error(std::string_view text) {
  return Scanner(text).run();
}

}  // namespace sim
