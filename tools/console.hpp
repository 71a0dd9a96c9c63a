#pragma once
// Where text goes: reports to stdout, everything else to stderr. With --format json nothing but the
// one document reaches stdout.

#include <string>
#include <string_view>

#include "model/base/result.hpp"
#include "sim/report/text_report.hpp"
#include "tools/arguments.hpp"
#include "tools/exit_code.hpp"

namespace sim {

class Console {
 public:
  explicit Console(const OutputArguments& arguments);

  [[nodiscard]] bool json() const { return json_; }
  [[nodiscard]] TextStyle style() const;

  /// The report, or one part of it; written through at once.
  void print(std::string_view text) const;
  void print_errors(const kev::Errors& errors) const;
  /// A remark on stderr; silent with --quiet.
  void remark(std::string_view text) const;

  /// "what is going on" on stderr while the object lives, if stderr is a terminal.
  class Status {
   public:
    Status(const Console& console, std::string_view text);
    ~Status();
    Status(const Status&) = delete;
    Status& operator=(const Status&) = delete;

   private:
    bool shown_;
  };

 private:
  bool json_;
  bool quiet_;
  bool status_;
  Colour out_colour_;
  Colour error_colour_;
};

/// Exit code `code`, or incomplete when stdout did not take all that was printed (a full disk).
ExitCode finish_output(ExitCode code);

}  // namespace sim
