#include "tools/console.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sim/report/diagnostics.hpp"

namespace sim {

namespace {

bool is_terminal(std::FILE* file) {
  return ::isatty(::fileno(file)) == 1;
}

/// Colour only on a terminal that knows it, and NO_COLOR (no-color.org) or --no-color turn it off.
Colour colour_for(std::FILE* file, const OutputArguments& arguments) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool unwanted = arguments.no_color || (no_color != nullptr && *no_color != '\0');
  const bool dumb = terminal == nullptr || std::strcmp(terminal, "dumb") == 0;
  return is_terminal(file) && !unwanted && !dumb ? Colour::always : Colour::never;
}

void write_to(std::FILE* file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

}  // namespace

Console::Console(const OutputArguments& arguments)
    : json_(arguments.format == "json"),
      quiet_(arguments.quiet),
      status_(!arguments.quiet && is_terminal(stderr)),
      out_colour_(colour_for(stdout, arguments)),
      error_colour_(colour_for(stderr, arguments)) {}

TextStyle Console::style() const {
  return {out_colour_, quiet_ ? Detail::brief : Detail::full};
}

void Console::print(std::string_view text) const {
  write_to(stdout, text);
}

void Console::print_errors(const kev::Errors& errors) const {
  write_to(stderr, format_errors(errors, error_colour_));
}

void Console::remark(std::string_view text) const {
  if (!quiet_) write_to(stderr, text);
}

Console::Status::Status(const Console& console, std::string_view text) : shown_(console.status_) {
  if (shown_) write_to(stderr, text);
}

Console::Status::~Status() {
  if (shown_) write_to(stderr, "\r\x1b[K");
}

ExitCode finish_output(ExitCode code) {
  const bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (!failed) return code;
  std::fputs("kevsim: error: the report could not be written to standard output\n", stderr);
  return worse(code, ExitCode::incomplete);
}

}  // namespace sim
