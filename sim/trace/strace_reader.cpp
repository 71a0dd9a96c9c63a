#include "sim/trace/strace_reader.hpp"

#include <algorithm>
#include <utility>

#include "model/base/check.hpp"
#include "sim/trace/strace_fields.hpp"

namespace sim {

namespace {

// When none of so many lines can be read, the file is something else.
constexpr std::int64_t lines_to_recognise = 20;
constexpr std::size_t excerpt_bytes = 100;

constexpr const char* recording_hint =
    "record one with: strace -f -ttt -T -yy -s 32 -o FILE COMMAND";

// Without a newline a result may have lost digits; only the duration after it proves it whole.
bool may_be_cut(const StraceLine& line, LineEnd end) {
  return end == LineEnd::end_of_file && line.kind == LineKind::call && !line.has_took;
}

}  // namespace

bool StraceReader::add_line(std::string_view text, LineEnd end) {
  if (refused_) return false;
  ++line_;
  ++counts_.lines;
  if (text.ends_with('\r')) text.remove_suffix(1);
  const StraceLine line = parse_strace_line(text);
  if (line.kind == LineKind::blank) {
    ++counts_.blank;
    return true;
  }
  if (line.kind == LineKind::bad) return note_unreadable(text, line, end);
  if (line.kind == LineKind::message) {
    ++counts_.marks;
    return true;
  }
  if (!any_readable_) base_ns_ = line.time_ns;
  any_readable_ = true;
  last_ = std::max(last_, instant(line.time_ns));
  dispatch(text, line, end);
  return true;
}

bool StraceReader::note_unreadable(std::string_view text, const StraceLine& line, LineEnd end) {
  if (!any_readable_) {
    if (first_error_.message.empty()) {
      first_error_.message = std::string("not an strace capture: ") + line.problem;
      first_error_.place = {file_, line_, line.column};
      first_error_.hint = recording_hint;
      first_error_.source_line = printable(text, excerpt_bytes);
    }
    if (counts_.lines - counts_.blank >= lines_to_recognise) {
      refused_ = true;
      return false;
    }
  }
  const bool open = end == LineEnd::end_of_file;
  hand_over_broken(open ? BrokenCallKind::cut_off : BrokenCallKind::unreadable, text, line);
  return true;
}

void StraceReader::dispatch(std::string_view text, const StraceLine& line, LineEnd end) {
  switch (line.kind) {
    case LineKind::call:
      drop_pending(line.pid);
      if (may_be_cut(line, end))
        hand_over_broken(BrokenCallKind::cut_off, text, line);
      else
        hand_over(make_call(text, line));
      break;
    case LineKind::unfinished:
      drop_pending(line.pid);
      begin_call(text, line);
      break;
    case LineKind::resumed:
      resume_call(text, line, end);
      break;
    case LineKind::exit:
      ++counts_.marks;
      drop_pending(line.pid);
      sink_.exited(line.pid, instant(line.time_ns));
      break;
    case LineKind::signal:
      ++counts_.marks;
      break;
    case LineKind::blank:
    case LineKind::message:
    case LineKind::bad:
      KEV_CHECK(false);  // add_line has dealt with these
  }
}

void StraceReader::begin_call(std::string_view text, const StraceLine& line) {
  Syscall call = make_call(text, line);
  sink_.begun(call);
  pending_.emplace(line.pid, std::move(call));
}

void StraceReader::resume_call(std::string_view text, const StraceLine& line, LineEnd end) {
  const auto found = pending_.find(line.pid);
  if (found == pending_.end() || found->second.name != line.name) {
    drop_pending(line.pid);
    return hand_over_broken(BrokenCallKind::no_beginning, text, line);
  }
  Syscall call = std::move(found->second);
  pending_.erase(found);
  ++counts_.joined;
  const std::string tail = call.arguments.append(line.rest);
  StraceLine whole = line;
  whole.kind = LineKind::call;
  parse_call_tail(tail, 1, whole);
  whole.column = 0;  // it would count in the joined text, which is in no line
  if (may_be_cut(whole, end)) return hand_over_broken(BrokenCallKind::cut_off, text, whole);
  if (whole.kind == LineKind::bad) return hand_over_broken(BrokenCallKind::unreadable, text, whole);
  const Syscall second = make_call(text, whole);
  call.arguments = second.arguments;
  call.outcome = second.outcome;
  call.result = second.result;
  call.error = second.error;
  call.result_note = second.result_note;
  call.took = whole.has_took ? second.took : std::max(kev::Duration(0), second.start - call.start);
  hand_over(call);
}

void StraceReader::drop_pending(int pid) {
  const auto found = pending_.find(pid);
  if (found == pending_.end()) return;
  const Syscall call = std::move(found->second);
  pending_.erase(found);
  hand_over(BrokenCall{BrokenCallKind::no_end, pid, call.line, 0, {}, call.name, call.text});
}

void StraceReader::hand_over_broken(BrokenCallKind kind, std::string_view text,
                                    const StraceLine& line) {
  hand_over(BrokenCall{kind, line.pid, line_, line.column, line.problem, line.name, text});
}

void StraceReader::hand_over(const BrokenCall& broken) {
  ++counts_.calls;
  sink_.broken(broken);
}

void StraceReader::hand_over(const Syscall& call) {
  ++counts_.calls;
  sink_.call(call);
}

Syscall StraceReader::make_call(std::string_view text, const StraceLine& line) const {
  Syscall call;
  call.pid = line.pid;
  call.start = instant(line.time_ns);
  call.took = kev::Duration(line.took_ns);
  call.name = line.name;
  call.arguments = line.arguments;
  call.outcome = line.result.outcome;
  call.result = line.result.value;
  call.error = line.result.error;
  call.result_note = line.result.note;
  call.line = line_;
  call.text = text;
  return call;
}

kev::Instant StraceReader::instant(std::int64_t time_ns) const {
  return kev::Instant(std::max<std::int64_t>(0, time_ns - base_ns_));
}

kev::Result<StraceReader::Finished> StraceReader::finish() {
  if (!any_readable_) {
    if (first_error_.message.empty())
      return kev::fail("the capture has no calls: it is empty", {file_, 0, 0}, recording_hint);
    return kev::fail(first_error_);
  }
  while (!pending_.empty()) drop_pending(pending_.begin()->first);
  KEV_CHECK(counts_.lines == counts_.blank + counts_.marks + counts_.joined + counts_.calls);
  return Finished{counts_, last_};
}

}  // namespace sim
