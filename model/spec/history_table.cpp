#include "model/spec/history_table.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace kev::spec {

namespace {

struct Named {
  std::uint32_t bit;
  const char* name;
};

constexpr Named request_flags[] = {{abi::KEVENT_REQ_ONESHOT, "ONESHOT"},
                                   {abi::KEVENT_REQ_WAKEUP_ALL, "WAKEUP_ALL"},
                                   {abi::KEVENT_REQ_ET, "ET"},
                                   {abi::KEVENT_REQ_LAST_CHECK, "LAST_CHECK"},
                                   {abi::KEVENT_REQ_ALWAYS_QUEUE, "ALWAYS_QUEUE"},
                                   {abi::KEVENT_REQ_READY, "READY"}};
constexpr Named return_flags[] = {{abi::KEVENT_RET_BROKEN, "BROKEN"},
                                  {abi::KEVENT_RET_DONE, "DONE"},
                                  {abi::KEVENT_RET_COPY_FAILED, "COPY_FAILED"}};
constexpr Named errors[] = {{EPERM, "EPERM"},      {EINTR, "EINTR"},   {EBADF, "EBADF"},
                            {ENOMEM, "ENOMEM"},    {EFAULT, "EFAULT"}, {EEXIST, "EEXIST"},
                            {EINVAL, "EINVAL"},    {ENOSYS, "ENOSYS"}, {EOVERFLOW, "EOVERFLOW"},
                            {ENOTSOCK, "ENOTSOCK"}};

template <std::size_t n>
std::string names_of(std::uint32_t bits, const Named (&table)[n]) {
  std::string text;
  for (const Named& row : table)
    if ((bits & row.bit) != 0) text += (text.empty() ? "" : "|") + std::string(row.name);
  return text;
}

std::string value_text(long value) {
  for (const Named& row : errors)
    if (value == -static_cast<long>(row.bit)) return "-" + std::string(row.name);
  return std::to_string(value);
}

std::string kind_name(std::uint32_t type) {
  constexpr const char* names[] = {"socket", "inode", "timer",  "poll",        "naio",
                                   "aio",    "pipe",  "signal", "posix timer", "unotify"};
  return type < std::size(names) ? names[type] : "kind " + std::to_string(type);
}

}  // namespace

std::string describe_key(const abi::ukevent& event) {
  std::string text = kind_name(event.type) + " " + std::to_string(event.id.raw[0]);
  if (event.id.raw[1] != 0) text += "." + std::to_string(event.id.raw[1]);
  return text;
}

namespace {

std::string request_text(const abi::ukevent& request, bool with_flags) {
  std::string text = describe_key(request);
  const std::string flags = names_of(request.req_flags, request_flags);
  if (with_flags && !flags.empty()) text += " " + flags;
  if (with_flags && request.event != abi::KEVENT_MASK_ALL)
    text += " mask " + std::to_string(request.event);
  return text;
}

std::string timeout_text(Timeout timeout) {
  return timeout == Timeout::none     ? ", at once"
         : timeout == Timeout::finite ? ", with a limit"
                                      : "";
}

std::string hazard_text(const Call& call) {
  std::string text;
  if (call.hazards.copy_in || call.hazards.copy_out) text += ", memory may fault";
  if (call.hazards.memory) text += ", no memory";
  return text;
}

std::string list_text(const std::vector<abi::ukevent>& list, bool with_flags) {
  std::string text;
  for (const abi::ukevent& each : list)
    text += (text.empty() ? "" : ", ") + request_text(each, with_flags);
  return text;
}

std::string event_list(const std::vector<abi::ukevent>& events, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < std::min(count, events.size()); ++i) {
    text += (i == 0 ? ": " : ", ") + describe_key(events[i]);
    const std::string flags = names_of(events[i].ret_flags, return_flags);
    if (flags != "DONE") text += " " + (flags.empty() ? std::string("-") : flags);
    if (events[i].ret_data[0] != 0) text += " data " + std::to_string(events[i].ret_data[0]);
    if (events[i].ret_data[1] != 0)
      text += " " + value_text(-static_cast<long>(events[i].ret_data[1]));
  }
  return text;
}

struct Row {
  Moment at;
  std::uint32_t thread;
  std::string text;
};

std::vector<Row> rows_of(const History& history, Moment until) {
  std::vector<Row> rows;
  for (const CallRecord& call : history.calls) {
    if (call.begin > until) continue;
    rows.push_back({call.begin, call.thread, describe(call.call)});
    if (call.end <= until && call.ended())
      rows.push_back({call.end, call.thread, "= " + describe(call.call, call.answer)});
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.at < b.at; });
  return rows;
}

}  // namespace

std::string describe(const Call& call) {
  const std::string requests = list_text(call.requests, true) + hazard_text(call);
  const std::string keys = list_text(call.requests, false) + hazard_text(call);
  const std::string target = std::to_string(call.target);
  switch (call.kind) {
    case CallKind::add:
      return "ADD " + requests;
    case CallKind::remove:
      return "REMOVE " + keys;
    case CallKind::modify:
      return "MODIFY " + requests;
    case CallKind::ready:
      return "READY " + keys;
    case CallKind::kick:
      return "kick";
    case CallKind::get_events:
      return "get " + std::to_string(call.min) + ".." + std::to_string(call.max) +
             timeout_text(call.timeout) + hazard_text(call);
    case CallKind::wait:
      return "wait " + std::to_string(call.max) + " from " + std::to_string(call.uidx) +
             timeout_text(call.timeout) + hazard_text(call);
    case CallKind::commit:
      return "commit " + std::to_string(call.uidx) + " over " + std::to_string(call.over);
    case CallKind::ring_look:
      return "look at the ring";
    case CallKind::close:
      return "close the queue";
    case CallKind::signal:
      return "signal thread " + target;
    case CallKind::origin_set:
      return "origin " + target + " has poll bits " + std::to_string(call.bits);
    case CallKind::origin_close:
      return "close origin " + target;
  }
  return "";
}

std::string describe(const Call& call, const Answer& answer) {
  std::string text = value_text(answer.value);
  const auto count = static_cast<std::size_t>(std::max(answer.value, 0L));
  switch (call.kind) {
    case CallKind::add:
      return text + event_list(answer.requests, count);
    case CallKind::remove:
    case CallKind::modify:
      return text + event_list(answer.requests, answer.value == 0 ? answer.requests.size() : 0);
    case CallKind::get_events:
      return text + event_list(answer.events, answer.events.size());
    case CallKind::ring_look:
      return "next " + std::to_string(answer.kidx) + ", round " + std::to_string(answer.over) +
             event_list(answer.events, answer.events.size());
    default:
      return text;
  }
}

std::string table_of(const History& history, Moment until) {
  const std::vector<Row> rows = rows_of(history, until);
  std::vector<std::size_t> widths(history.threads, 0);
  for (std::uint32_t t = 0; t < history.threads; ++t)
    widths[t] = std::string("thread " + std::to_string(t)).size();
  for (const Row& row : rows) widths[row.thread] = std::max(widths[row.thread], row.text.size());

  std::string table;
  const auto add_row = [&](const auto& cell) {
    std::string line;
    for (std::uint32_t t = 0; t < history.threads; ++t) {
      std::string text = cell(t);
      text.resize(widths[t], ' ');
      line += (t == 0 ? "  " : " | ") + text;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    table += line + "\n";
  };
  add_row([](std::uint32_t t) { return "thread " + std::to_string(t); });
  // Of a history without end the last part says enough.
  constexpr std::size_t most_rows = 120;
  const std::size_t first = rows.size() > most_rows ? rows.size() - most_rows : 0;
  if (first != 0) table += "  (" + std::to_string(first) + " rows before)\n";
  for (std::size_t i = first; i < rows.size(); ++i) {
    const Row& row = rows[i];
    add_row([&](std::uint32_t t) { return t == row.thread ? row.text : std::string(); });
  }
  return table;
}

}  // namespace kev::spec
