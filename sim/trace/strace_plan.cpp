#include "sim/trace/strace_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/base/check.hpp"
#include "sim/trace/strace_ignored.hpp"

namespace sim {

namespace {

bool has_arrow(std::string_view note) {
  return note.find("->") != std::string_view::npos;
}

bool is_path(std::string_view note) {
  return note.starts_with('/');
}

// A device's note is its path and numbers: /dev/null<char 1:3>
bool is_device(std::string_view note) {
  return is_path(note) && note.ends_with('>');
}

bool is_socket(std::string_view note) {
  return !is_path(note) && !note.starts_with("pipe:") && !note.starts_with("anon_inode:");
}

bool is_clone(std::string_view name) {
  return name == "clone" || name == "clone3" || name == "fork" || name == "vfork";
}

bool shares_descriptors(std::string_view clone_arguments) {
  return clone_arguments.find("CLONE_FILES") != std::string_view::npos;
}

std::string broken_reason(const BrokenCall& call) {
  switch (call.kind) {
    case BrokenCallKind::no_beginning:
      return "its beginning is not in the capture";
    case BrokenCallKind::no_end:
      return "had not returned when its process or the capture ended";
    case BrokenCallKind::cut_off:
      return "the capture ends within this line";
    case BrokenCallKind::unreadable:
      break;
  }
  if (call.column == 0) return std::string(call.problem);
  return fmt::format("column {}: {}", call.column, call.problem);
}

}  // namespace

const PlanBuilder::Rule PlanBuilder::rules[] = {
    {"accept", &PlanBuilder::on_accept, Role::input},
    {"accept4", &PlanBuilder::on_accept, Role::input},
    {"read", &PlanBuilder::on_read, Role::input},
    {"readv", &PlanBuilder::on_read, Role::input},
    {"pread64", &PlanBuilder::on_read, Role::input},
    {"preadv", &PlanBuilder::on_read, Role::input},
    {"preadv2", &PlanBuilder::on_read, Role::input},
    {"recv", &PlanBuilder::on_read, Role::input},
    {"recvfrom", &PlanBuilder::on_read, Role::input},
    {"recvmsg", &PlanBuilder::on_read, Role::input},
    {"write", &PlanBuilder::on_write, Role::output},
    {"writev", &PlanBuilder::on_write, Role::output},
    {"pwrite64", &PlanBuilder::on_write, Role::output},
    {"pwritev", &PlanBuilder::on_write, Role::output},
    {"pwritev2", &PlanBuilder::on_write, Role::output},
    {"send", &PlanBuilder::on_write, Role::output},
    {"sendto", &PlanBuilder::on_write, Role::output},
    {"sendmsg", &PlanBuilder::on_write, Role::output},
    {"sendfile", &PlanBuilder::on_sendfile, Role::output},
    {"sendfile64", &PlanBuilder::on_sendfile, Role::output},
    {"splice", &PlanBuilder::on_splice, Role::output},
    {"tee", &PlanBuilder::on_splice, Role::output},
    {"vmsplice", &PlanBuilder::on_splice, Role::output},
    {"copy_file_range", &PlanBuilder::on_splice, Role::output},
    {"sendmmsg", &PlanBuilder::on_message_batch, Role::output},
    {"recvmmsg", &PlanBuilder::on_message_batch, Role::input},
    {"io_uring_setup", &PlanBuilder::on_io_uring, Role::bookkeeping},
    {"io_uring_register", &PlanBuilder::on_io_uring, Role::bookkeeping},
    {"io_uring_enter", &PlanBuilder::on_io_uring, Role::output},
    {"io_setup", &PlanBuilder::on_io_uring, Role::bookkeeping},
    {"io_submit", &PlanBuilder::on_io_uring, Role::output},
    {"io_getevents", &PlanBuilder::on_io_uring, Role::output},
    {"io_destroy", &PlanBuilder::on_io_uring, Role::bookkeeping},
    {"close", &PlanBuilder::on_close, Role::ending},
    {"close_range", &PlanBuilder::on_close_range, Role::ending},
    {"shutdown", &PlanBuilder::on_shutdown, Role::ending},
    {"open", &PlanBuilder::on_open, Role::bookkeeping},
    {"openat", &PlanBuilder::on_open, Role::bookkeeping},
    {"openat2", &PlanBuilder::on_open, Role::bookkeeping},
    {"creat", &PlanBuilder::on_open, Role::bookkeeping},
    {"stat", &PlanBuilder::on_stat, Role::bookkeeping},
    {"stat64", &PlanBuilder::on_stat, Role::bookkeeping},
    {"lstat", &PlanBuilder::on_stat, Role::bookkeeping},
    {"lstat64", &PlanBuilder::on_stat, Role::bookkeeping},
    {"fstat", &PlanBuilder::on_stat, Role::bookkeeping},
    {"fstat64", &PlanBuilder::on_stat, Role::bookkeeping},
    {"newfstatat", &PlanBuilder::on_stat, Role::bookkeeping},
    {"fstatat64", &PlanBuilder::on_stat, Role::bookkeeping},
    {"statx", &PlanBuilder::on_stat, Role::bookkeeping},
    {"fadvise64", &PlanBuilder::on_advise, Role::bookkeeping},
    {"fadvise64_64", &PlanBuilder::on_advise, Role::bookkeeping},
    {"readahead", &PlanBuilder::on_advise, Role::bookkeeping},
    {"lseek", &PlanBuilder::on_seek, Role::bookkeeping},
    {"_llseek", &PlanBuilder::on_seek, Role::bookkeeping},
    {"dup", &PlanBuilder::on_duplicate, Role::bookkeeping},
    {"dup2", &PlanBuilder::on_duplicate, Role::bookkeeping},
    {"dup3", &PlanBuilder::on_duplicate, Role::bookkeeping},
    {"fcntl", &PlanBuilder::on_fcntl, Role::bookkeeping},
    {"fcntl64", &PlanBuilder::on_fcntl, Role::bookkeeping},
    {"socket", &PlanBuilder::on_socket, Role::bookkeeping},
    {"socketpair", &PlanBuilder::on_pair, Role::bookkeeping},
    {"pipe", &PlanBuilder::on_pair, Role::bookkeeping},
    {"pipe2", &PlanBuilder::on_pair, Role::bookkeeping},
    {"epoll_create", &PlanBuilder::on_own_descriptor, Role::bookkeeping},
    {"epoll_create1", &PlanBuilder::on_own_descriptor, Role::bookkeeping},
    {"eventfd", &PlanBuilder::on_own_descriptor, Role::bookkeeping},
    {"eventfd2", &PlanBuilder::on_own_descriptor, Role::bookkeeping},
    {"timerfd_create", &PlanBuilder::on_own_descriptor, Role::bookkeeping},
    {"signalfd", &PlanBuilder::on_own_descriptor, Role::bookkeeping},
    {"signalfd4", &PlanBuilder::on_own_descriptor, Role::bookkeeping},
    {"inotify_init", &PlanBuilder::on_own_descriptor, Role::bookkeeping},
    {"inotify_init1", &PlanBuilder::on_own_descriptor, Role::bookkeeping},
    {"memfd_create", &PlanBuilder::on_own_descriptor, Role::bookkeeping},
    {"pidfd_open", &PlanBuilder::on_own_descriptor, Role::bookkeeping},
    {"connect", &PlanBuilder::on_connect, Role::bookkeeping},
    {"listen", &PlanBuilder::on_listen, Role::bookkeeping},
    {"setsockopt", &PlanBuilder::on_set_option, Role::bookkeeping},
    {"getsockopt", &PlanBuilder::on_get_option, Role::bookkeeping},
    {"clone", &PlanBuilder::on_clone, Role::bookkeeping},
    {"clone3", &PlanBuilder::on_clone, Role::bookkeeping},
    {"fork", &PlanBuilder::on_clone, Role::bookkeeping},
    {"vfork", &PlanBuilder::on_clone, Role::bookkeeping},
};

const PlanBuilder::Rule* PlanBuilder::rule_of(std::string_view name) {
  const auto* const found = std::find_if(std::begin(rules), std::end(rules),
                                         [name](const Rule& rule) { return rule.name == name; });
  return found == std::end(rules) ? nullptr : found;
}

void PlanBuilder::call(const Syscall& call) {
  meet(call.pid);
  split_arguments(call.arguments, arguments_);
  const Rule* const rule = rule_of(call.name);
  if (rule == nullptr) return no_rule(call);
  if (call.outcome == Outcome::none) {
    const bool restarts = call.error != 0;
    if (is_clone(call.name)) cloning_.erase(call.pid);
    accounts_.ignored(
        call.name, restarts ? "interrupted, to be restarted" : "the process ended within the call");
    return;
  }
  (this->*rule->handler)(call);
}

void PlanBuilder::no_rule(const Syscall& call) {
  if (const std::string_view why = why_ignored(call.name); !why.empty())
    return accounts_.ignored(call.name, why);
  Carries carries = Carries::nothing;
  for (const std::string_view argument : arguments_) {
    const Meaning meaning = resolve(call.pid, argument).meaning;
    if (meaning == Meaning::connection || meaning == Meaning::foreign) carries = Carries::workload;
  }
  unmatched(call, "there is no rule for this call", carries);
}

void PlanBuilder::broken(const BrokenCall& call) {
  closing_.erase(call.pid);
  cloning_.erase(call.pid);
  const bool half =
      call.kind == BrokenCallKind::no_beginning || call.kind == BrokenCallKind::no_end;
  const std::string_view why = why_ignored(call.name);
  if (half && !why.empty()) return accounts_.ignored(call.name, why);
  const Rule* const rule = rule_of(call.name);
  // A name that is in no table may be a damaged one of any call.
  bool carries = why.empty();
  if (rule != nullptr) {
    const bool still_waited = call.kind == BrokenCallKind::no_end && rule->role != Role::output;
    carries = rule->role != Role::bookkeeping && !still_waited;
  }
  accounts_.unmatched(call.line, call.text, broken_reason(call),
                      carries ? Carries::workload : Carries::nothing);
}

void PlanBuilder::begun(const Syscall& call) {
  meet(call.pid);
  if (call.name == "close") {
    // The kernel gives the number free at once: another thread may get it before this close
    // returns.
    split_arguments(call.arguments, arguments_);
    closing_[call.pid] = close_descriptor(call);
    return;
  }
  if (!is_clone(call.name)) return;
  cloning_[call.pid] = shares_descriptors(call.arguments);
  last_cloning_ = call.pid;
}

void PlanBuilder::exited(int pid, kev::Instant when) {
  cloning_.erase(pid);
  closing_.erase(pid);
  for (const DescriptorEntry& entry : tables_.exit(pid)) release(entry, when);
}

// A child may run before its parent's clone returns: then it belongs to the clone begun last.
void PlanBuilder::meet(int pid) {
  if (tables_.knows(pid)) return;
  const auto parent = cloning_.find(last_cloning_);
  if (parent == cloning_.end()) {
    static_cast<void>(tables_.find(pid, -1));
    return;
  }
  const bool shares = parent->second;
  cloning_.erase(parent);
  adopt(last_cloning_, pid, shares);
}

void PlanBuilder::adopt(int parent, int child, bool shares_table) {
  if (shares_table) return tables_.share(parent, child);
  for (const DescriptorEntry& entry : tables_.copy(parent, child))
    if (entry.kind == DescriptorKind::connection) connections_.one_more_descriptor(entry.object);
}

void PlanBuilder::release(const DescriptorEntry& entry, kev::Instant when) {
  if (entry.kind == DescriptorKind::connection)
    connections_.one_descriptor_less(entry.object, when);
}

void PlanBuilder::assign(int pid, int number, DescriptorEntry entry, kev::Instant when) {
  if (const auto before = tables_.set(pid, number, entry)) release(*before, when);
}

bool PlanBuilder::agrees(const DescriptorEntry& entry, std::string_view note) const {
  if (note.empty()) return true;
  switch (entry.kind) {
    case DescriptorKind::file:
      return is_path(note) && unescape(note) == files_.path(files_.opened(entry.object).record);
    case DescriptorKind::connection: {
      const std::string_view known = connections_.note(entry.object);
      // A socket loses its addresses, in the text, when the peer has reset it.
      return is_socket(note) && (!has_arrow(note) || !has_arrow(known) || note == known);
    }
    case DescriptorKind::socket:
    case DescriptorKind::listener:
    case DescriptorKind::outgoing:
      return is_socket(note) && connections_.find(note) < 0;
    case DescriptorKind::other:
      return !is_path(note) && connections_.find(note) < 0;
  }
  KEV_CHECK(false);
}

PlanBuilder::Target PlanBuilder::resolve(int pid, std::string_view argument) {
  const auto descriptor = parse_descriptor(argument);
  if (!descriptor) return {};
  const DescriptorEntry* const entry = tables_.find(pid, descriptor->number);
  if (entry == nullptr || !agrees(*entry, descriptor->note)) return resolve_by_note(*descriptor);
  Target target;
  target.number = descriptor->number;
  target.in_table = true;
  switch (entry->kind) {
    case DescriptorKind::file:
      target.meaning = Meaning::file;
      target.open_file = entry->object;
      target.record = files_.opened(entry->object).record;
      break;
    case DescriptorKind::connection:
      target.meaning = Meaning::connection;
      target.connection = entry->object;
      break;
    case DescriptorKind::socket:
      target.meaning = Meaning::socket;
      break;
    case DescriptorKind::listener:
      target.meaning = Meaning::listener;
      break;
    case DescriptorKind::outgoing:
      target.meaning = Meaning::outgoing;
      break;
    case DescriptorKind::other:
      target.meaning = Meaning::other;
      break;
  }
  return target;
}

PlanBuilder::Target PlanBuilder::resolve_by_note(const Descriptor& descriptor) {
  const std::string_view note = descriptor.note;
  Target target;
  target.number = descriptor.number;
  target.connection = connections_.find(note);
  if (target.connection >= 0) {
    target.meaning = Meaning::connection;
  } else if (is_path(note) && !is_device(note)) {
    target.meaning = Meaning::file;
    target.record = files_.record(unescape(note));
  } else if (note.starts_with("TCP") && has_arrow(note)) {
    target.meaning = Meaning::foreign;
  } else if (!note.empty() || (descriptor.number >= 0 && descriptor.number <= 2)) {
    target.meaning = Meaning::other;
  }
  return target;
}

void PlanBuilder::unmatched(const Syscall& call, std::string reason, Carries carries) {
  accounts_.unmatched(call.line, call.text, std::move(reason), carries);
}

// A call that would carry payload, on something that is no client connection.
void PlanBuilder::not_a_client(const Syscall& call, const Target& target) {
  switch (target.meaning) {
    case Meaning::foreign:
      return unmatched(call, "the connection was not accepted in this capture");
    case Meaning::unknown:
      return unmatched(call, "unknown descriptor");
    case Meaning::outgoing:
    case Meaning::socket:
      return accounts_.ignored(call.name, "socket of the program's own, not accepted");
    case Meaning::listener:
    case Meaning::other:
      return accounts_.ignored(call.name, "inside the program: pipe, local socket, terminal");
    case Meaning::file:
      return accounts_.ignored(call.name, "logging and other file output");
    case Meaning::connection:
      break;
  }
  KEV_CHECK(false);
}

ReplayPlan PlanBuilder::finish(const StraceReader::Finished& capture) {
  ReplayPlan plan;
  files_.finish(plan, accounts_);
  for (const AdviceLog::Late& late : advice_.finish(accounts_))
    connections_.told_late(late.request, late.advice);
  plan.connections = connections_.finish(capture.last);
  plan.send_buffer_bytes = send_buffer_bytes_;
  plan.calls = capture.counts.calls;
  accounts_.finish(plan);
  KEV_CHECK(plan.calls == plan.calls_matched + plan.calls_ignored +
                              static_cast<std::int64_t>(plan.unmatched.size()));
  return plan;
}

}  // namespace sim
