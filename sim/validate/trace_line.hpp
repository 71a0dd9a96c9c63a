#pragma once
// Reading traces that are lines of words: the next word or number, or what is wrong with it and
// where. Lines and columns count from 1. The text must outlive what reads it.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "model/base/result.hpp"

namespace sim {

inline constexpr std::string_view trace_blanks = " \t\r";

/// The lines of a text that are not blank.
class TraceLines {
 public:
  explicit TraceLines(std::string_view text) : rest_(text) {}

  /// False when there is none any more.
  bool next() {
    while (!rest_.empty()) {
      const std::size_t end = std::min(rest_.find('\n'), rest_.size());
      text_ = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++number_;
      if (text_.find_first_not_of(trace_blanks) != std::string_view::npos) return true;
    }
    return false;
  }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] int number() const { return number_; }

 private:
  std::string_view rest_;
  std::string_view text_;
  int number_ = 0;
};

/// The words of a line. `form`: what a line looks like, as a hint.
class TraceLine {
 public:
  TraceLine(const std::string& path, const TraceLines& lines, std::string_view form)
      : path_(path), number_(lines.number()), text_(lines.text()), form_(form) {}

  /// The next one; empty at the end.
  std::string_view word() {
    begin_ = std::min(text_.find_first_not_of(trace_blanks, end_), text_.size());
    end_ = std::min(text_.find_first_of(trace_blanks, begin_), text_.size());
    return text_.substr(begin_, end_ - begin_);
  }
  /// The next word as a number from 0 to `most`; `what` it is, for the message.
  template <class Number>
  bool number(Number& out, Number most, std::string_view what) {
    const std::string_view digits = word();
    const auto [stop, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (failed == std::errc() && stop == digits.data() + digits.size() && out >= Number{} &&
        out <= most)
      return true;
    return fail(fmt::format("expected {}, not '{}'", what, digits));
  }
  /// The first word again.
  TraceLine& restart() {
    end_ = 0;
    word();
    return *this;
  }
  /// The word that was read last is wrong.
  bool fail(std::string message) {
    error_ = {std::move(message),
              {path_, number_, static_cast<int>(begin_) + 1},
              std::string(form_),
              std::string(text_),
              static_cast<int>(std::max<std::size_t>(end_ - begin_, 1))};
    return false;
  }
  [[nodiscard]] const kev::Error& error() const { return error_; }

 private:
  const std::string& path_;
  int number_;
  std::string_view text_;
  std::string_view form_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  kev::Error error_;
};

}  // namespace sim
