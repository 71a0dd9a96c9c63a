#pragma once
// One system call of a captured program, whole: joined from its two halves when strace had to print
// another process in between.
//
// Units: instants are nanoseconds since the first line of the capture, durations nanoseconds.
// Source: the output of strace 6.1 with -f -ttt -T -yy, observed on Linux 6.18.

#include <cstdint>
#include <string>

#include "model/base/time.hpp"

namespace sim {

enum class Outcome : std::uint8_t {
  value,   ///< the call returned `result`
  failed,  ///< the call returned -1 and set `error`
  none,    ///< strace printed `?`: interrupted to be restarted, or the process ended in the call
};

struct Syscall {
  int pid = 0;  ///< 0 when the capture has no process ids (strace without -f)
  kev::Instant start;
  kev::Duration took;  ///< 0 when the capture has no durations (strace without -T)
  std::string name;
  std::string arguments;  ///< the text between the parentheses
  Outcome outcome = Outcome::none;
  std::int64_t result = 0;
  int error = 0;            ///< positive errno, of `failed` and of an interrupted `none`
  std::string result_note;  ///< what -yy says of a returned descriptor: `TCP:[...]`, `/etc/hosts`
  int line = 0;             ///< where it begins in the capture, from 1
  std::string text;         ///< that line, for reports

  /// When the call returned; a blocking call may have begun long before.
  [[nodiscard]] kev::Instant end() const { return start + took; }
};

}  // namespace sim
