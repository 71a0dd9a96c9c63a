#pragma once
// Turns the lines of an strace capture into whole calls: joins halves per process, keeps time
// relative to the first line, and hands everything to a sink in the order in which calls returned.
//
// Invariants:
//   Nothing is dropped: every line is blank, a mark (signal, exit, message), the second half of a
//   call already counted, or exactly one call handed over, as `call` or as `broken`: lines == blank
//   + marks + joined + calls. Times never lie before the first line (a clock that was set back is
//   held at zero).
// Errors: input that is no capture at all (nothing among the first lines can be read) ends with the
// place and reason of the first of them; later unreadable lines are handed over as broken calls.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "model/base/result.hpp"
#include "sim/trace/strace_line.hpp"
#include "sim/trace/syscall.hpp"

namespace sim {

enum class BrokenCallKind : std::uint8_t {
  unreadable,    ///< the line does not parse
  no_beginning,  ///< resumed, but its first half is not in the capture
  no_end,        ///< had not returned when its process or the capture ended
  cut_off,       ///< the capture ends within the line
};

/// A call of which only a part is known.
struct BrokenCall {
  BrokenCallKind kind = BrokenCallKind::unreadable;
  int pid = 0;  ///< 0 when not even that could be read
  int line = 0;
  int column = 0;            ///< of `unreadable`, where it is known
  std::string_view problem;  ///< of `unreadable`: what was expected at that column
  std::string_view name;     ///< empty when the line could not be read so far
  std::string_view text;
};

class StraceSink {
 public:
  virtual ~StraceSink() = default;
  virtual void call(const Syscall& call) = 0;
  virtual void broken(const BrokenCall& call) = 0;
  /// The first half of a call was seen; call() or broken() follows. For clone, whose child may show
  /// up before the second half.
  virtual void begun(const Syscall& call) = 0;
  virtual void exited(int pid, kev::Instant when) = 0;
};

struct StraceCounts {
  std::int64_t lines = 0;
  std::int64_t blank = 0;
  std::int64_t marks = 0;
  std::int64_t joined = 0;  ///< second halves
  std::int64_t calls = 0;
};

/// Whether a line ended as lines do. Only the last one of a file can be open.
enum class LineEnd : std::uint8_t { newline, end_of_file };

class StraceReader {
 public:
  /// `file` is the name for error messages.
  StraceReader(std::string file, StraceSink& sink) : file_(std::move(file)), sink_(sink) {}

  /// False when this is no capture: finish() then says why, further lines are not looked at.
  bool add_line(std::string_view text, LineEnd end);

  /// Hands over the calls that never returned. `last` is the time of the last line.
  struct Finished {
    StraceCounts counts;
    kev::Instant last;
  };
  [[nodiscard]] kev::Result<Finished> finish();

 private:
  bool note_unreadable(std::string_view text, const StraceLine& line, LineEnd end);
  void dispatch(std::string_view text, const StraceLine& line, LineEnd end);
  void begin_call(std::string_view text, const StraceLine& line);
  void resume_call(std::string_view text, const StraceLine& line, LineEnd end);
  void drop_pending(int pid);
  void hand_over_broken(BrokenCallKind kind, std::string_view text, const StraceLine& line);
  void hand_over(const BrokenCall& broken);
  void hand_over(const Syscall& call);
  [[nodiscard]] Syscall make_call(std::string_view text, const StraceLine& line) const;
  [[nodiscard]] kev::Instant instant(std::int64_t time_ns) const;

  std::string file_;
  StraceSink& sink_;
  StraceCounts counts_;
  int line_ = 0;
  bool any_readable_ = false;
  bool refused_ = false;
  kev::Error first_error_;
  std::int64_t base_ns_ = 0;
  kev::Instant last_;
  std::map<int, Syscall> pending_;  ///< by process: a process is in one call at a time
};

}  // namespace sim
