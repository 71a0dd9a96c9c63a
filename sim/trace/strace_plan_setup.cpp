// The part of PlanBuilder that follows what makes, describes and copies descriptors.

#include <algorithm>
#include <cerrno>
#include <limits>

#include "sim/trace/strace_ignored.hpp"
#include "sim/trace/strace_plan.hpp"

namespace sim {

namespace {

// Where the arguments of a stat call are; npos where it has none.
struct StatShape {
  std::string_view name;
  std::size_t descriptor;
  std::size_t path;
  std::size_t structure;
};

constexpr StatShape stat_shapes[] = {
    {"stat", npos, 0, 1},    {"stat64", npos, 0, 1}, {"lstat", npos, 0, 1},
    {"lstat64", npos, 0, 1}, {"fstat", 0, npos, 1},  {"fstat64", 0, npos, 1},
    {"newfstatat", 0, 1, 2}, {"fstatat64", 0, 1, 2}, {"statx", 0, 1, 4},
};

bool is_descriptor(std::int64_t result) {
  return result >= 0 && result <= std::numeric_limits<int>::max();
}

constexpr const char* never_sent = "file that is not sent";

}  // namespace

int PlanBuilder::record_of_path(std::string_view directory, std::string_view path) {
  const auto relative_to = parse_descriptor(directory);
  if (path.starts_with('/') || !relative_to || relative_to->note.empty())
    return files_.record(path);
  return files_.record(unescape(relative_to->note).append("/").append(path));
}

void PlanBuilder::on_open(const Syscall& call) {
  if (call.outcome == Outcome::failed) return accounts_.ignored(call.name, "opened nothing");
  if (!is_descriptor(call.result))
    return unmatched(call, "returned no descriptor", Carries::nothing);
  int record = -1;
  if (!call.result_note.empty()) {
    record = files_.record(unescape(call.result_note));
  } else {
    const bool relative = call.name == "openat" || call.name == "openat2";
    const auto path = parse_quoted(argument(relative ? 1 : 0));
    if (!path) return unmatched(call, "the path cannot be read", Carries::nothing);
    record = record_of_path(relative ? argument(0) : std::string_view(), *path);
  }
  assign(call.pid, static_cast<int>(call.result), {DescriptorKind::file, files_.open(record)},
         call.end());
  files_.call(record, call.name, never_sent);
}

void PlanBuilder::on_stat(const Syscall& call) {
  if (call.outcome == Outcome::failed) return accounts_.ignored(call.name, "there is no such file");
  const StatShape* shape = stat_shapes;
  while (shape->name != call.name) ++shape;
  const std::string_view directory =
      shape->descriptor == npos ? std::string_view() : argument(shape->descriptor);
  const auto path = shape->path == npos ? std::nullopt : parse_quoted(argument(shape->path));
  const bool by_descriptor = shape->path == npos || (path && path->empty());
  int record = -1;
  if (by_descriptor) {
    const Target target = resolve(call.pid, directory);
    if (target.meaning == Meaning::file) record = target.record;
  } else if (path) {
    record = record_of_path(directory, *path);
  }
  const std::string_view structure = argument(shape->structure);
  const bool extended = call.name == "statx";
  const std::string_view mode = struct_field(structure, extended ? "stx_mode" : "st_mode");
  const auto size = parse_integer(struct_field(structure, extended ? "stx_size" : "st_size"));
  if (record < 0 || !mode.starts_with("S_IFREG"))
    return accounts_.ignored(call.name, "status of something that is no regular file");
  if (size && *size >= 0) files_.has_size(record, *size);
  files_.call(record, call.name, never_sent);
}

void PlanBuilder::on_seek(const Syscall& call) {
  const Target target = resolve(call.pid, argument(0));
  if (target.meaning != Meaning::file)
    return accounts_.ignored(call.name, "descriptor outside the workload");
  const bool moved = call.outcome == Outcome::value && call.result >= 0 && call.name == "lseek";
  if (moved && target.open_file >= 0) {
    constexpr std::int64_t position_max = std::numeric_limits<std::int64_t>::max() / 2;
    files_.opened(target.open_file).position = std::min(call.result, position_max);
  }
  files_.call(target.record, call.name, never_sent);
}

void PlanBuilder::on_duplicate(const Syscall& call) {
  constexpr const char* reason = "descriptor copied";
  if (call.outcome == Outcome::failed || !is_descriptor(call.result))
    return accounts_.ignored(call.name, reason);
  const Target from = resolve(call.pid, argument(0));
  const int to = static_cast<int>(call.result);
  if (from.in_table && from.number != to) {
    const DescriptorEntry entry = *tables_.find(call.pid, from.number);
    if (entry.kind == DescriptorKind::connection) connections_.one_more_descriptor(entry.object);
    assign(call.pid, to, entry, call.end());
  } else if (!from.in_table) {
    if (const auto before = tables_.close(call.pid, to)) release(*before, call.end());
  }
  accounts_.ignored(call.name, reason);
}

void PlanBuilder::on_fcntl(const Syscall& call) {
  if (argument(1).starts_with("F_DUPFD")) return on_duplicate(call);
  accounts_.ignored(call.name, "descriptor flags");
}

void PlanBuilder::on_socket(const Syscall& call) {
  const bool stream = argument(0).starts_with("AF_INET") && argument(1).starts_with("SOCK_STREAM");
  const DescriptorKind kind = stream ? DescriptorKind::socket : DescriptorKind::other;
  if (call.outcome == Outcome::value && is_descriptor(call.result))
    assign(call.pid, static_cast<int>(call.result), {kind, -1}, call.end());
  accounts_.ignored(call.name, "socket of the program's own, not accepted");
}

// pipe([3, 4]) and socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4])
void PlanBuilder::on_pair(const Syscall& call) {
  const std::string_view pair = argument(call.name == "socketpair" ? 3 : 0);
  if (call.outcome == Outcome::value && pair.starts_with('[') && pair.ends_with(']')) {
    std::vector<std::string_view> ends;
    split_arguments(pair.substr(1, pair.size() - 2), ends);
    for (const std::string_view end : ends)
      if (const auto descriptor = parse_descriptor(end))
        assign(call.pid, descriptor->number, {DescriptorKind::other, -1}, call.end());
  }
  accounts_.ignored(call.name, "pipes and local sockets");
}

void PlanBuilder::on_own_descriptor(const Syscall& call) {
  if (call.outcome == Outcome::value && is_descriptor(call.result))
    assign(call.pid, static_cast<int>(call.result), {DescriptorKind::other, -1}, call.end());
  const std::string_view why = why_ignored(call.name);
  accounts_.ignored(call.name, why);
}

void PlanBuilder::on_connect(const Syscall& call) {
  const Target target = resolve(call.pid, argument(0));
  const bool connects = call.outcome == Outcome::value || call.error == EINPROGRESS;
  if (connects && target.in_table && target.meaning == Meaning::socket)
    tables_.find(call.pid, target.number)->kind = DescriptorKind::outgoing;
  accounts_.ignored(call.name, "socket of the program's own, not accepted");
}

void PlanBuilder::on_listen(const Syscall& call) {
  const Target target = resolve(call.pid, argument(0));
  const bool may_listen = target.meaning == Meaning::socket || target.meaning == Meaning::other;
  if (call.outcome == Outcome::value && target.in_table && may_listen)
    tables_.find(call.pid, target.number)->kind = DescriptorKind::listener;
  accounts_.ignored(call.name, "listening socket: the simulated server has its own");
}

void PlanBuilder::on_set_option(const Syscall& call) {
  const Target target = resolve(call.pid, argument(0));
  const std::string_view option = argument(2);
  const auto value = parse_in_out(argument(3)).in;
  const bool of_clients = target.meaning == Meaning::connection ||
                          target.meaning == Meaning::listener || target.meaning == Meaning::socket;
  const bool sets_buffer = option == "SO_SNDBUF" || option == "SO_SNDBUFFORCE";
  if (!of_clients || !sets_buffer || call.outcome != Outcome::value || !value || *value <= 0)
    return accounts_.ignored(call.name, "socket options: the simulated server has its own");
  send_buffer_bytes_ = *value;
  accounts_.matched(call.name, "send buffer size");
}

void PlanBuilder::on_get_option(const Syscall& call) {
  const Target target = resolve(call.pid, argument(0));
  const bool asks_error = argument(2) == "SO_ERROR" && call.outcome == Outcome::value;
  // An error is printed by its name, [ECONNRESET]; none as a number, [0].
  if (target.meaning == Meaning::connection && asks_error && argument(3).starts_with("[E")) {
    connections_.lost(target.connection);
    return accounts_.matched(call.name, "connection lost");
  }
  accounts_.ignored(call.name, "socket options: the simulated server has its own");
}

void PlanBuilder::on_clone(const Syscall& call) {
  cloning_.erase(call.pid);
  const bool made_child =
      call.outcome == Outcome::value && is_descriptor(call.result) && call.result > 0;
  const int child = static_cast<int>(made_child ? call.result : 0);
  // A child that ran first has been adopted already (meet).
  if (made_child && !tables_.knows(child))
    adopt(call.pid, child, call.arguments.find("CLONE_FILES") != std::string::npos);
  accounts_.ignored(call.name, "processes");
}

}  // namespace sim
