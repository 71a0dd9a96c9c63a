#pragma once
// One line of an strace capture, taken apart. Pure: no memory of other lines.
//
// Grammar (strace 6.1, -f -ttt [-T] [-yy]; blanks are one or more):
//   line    = [pid | "[pid" pid "]"] seconds "." fraction body
//   body    = name "(" arguments ")" "=" result ["<" duration ">"]
//           | name "(" arguments "<unfinished ...>"                 (also "<detached ...>")
//           | "<... " name " resumed>" rest of the call
//           | "--- " signal " ---" | "+++ " exit " +++"
//   result  = number [note] [errno name] [text in parentheses] | "?" [anything]
//   Lines of strace itself ("strace: Process 7 attached") are marks too.
// Fractions have one to nine digits and become nanoseconds by integer arithmetic.
//
// Errors: a line that is none of these has kind `bad`, with the column (from 1) and what was
// expected.

#include <cstdint>
#include <string_view>

#include "sim/trace/syscall.hpp"

namespace sim {

struct CallResult {
  Outcome outcome = Outcome::none;
  std::int64_t value = 0;
  int error = 0;
  std::string_view note;
};

enum class LineKind : std::uint8_t {
  blank,
  call,        ///< whole
  unfinished,  ///< first half; `arguments` has what was printed
  resumed,     ///< second half; `rest` begins where the first half stopped
  signal,
  exit,     ///< the process or thread is gone
  message,  ///< of strace itself
  bad,
};

struct StraceLine {
  LineKind kind = LineKind::bad;
  int pid = 0;
  std::int64_t time_ns = 0;  ///< since the epoch
  std::string_view name;
  std::string_view arguments;
  std::string_view rest;  ///< of `resumed`
  CallResult result;      ///< of `call`
  bool has_took = false;
  std::int64_t took_ns = 0;
  int column = 0;            ///< of `bad`
  const char* problem = "";  ///< of `bad`
};

[[nodiscard]] StraceLine parse_strace_line(std::string_view text);

/// `arguments ") = " result`: the tail of a call after its opening parenthesis. Fills `arguments`,
/// `result` and the duration of `line`, or makes it `bad`. `column` is where `text` begins.
void parse_call_tail(std::string_view text, int column, StraceLine& line);

}  // namespace sim
