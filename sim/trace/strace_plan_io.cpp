// The part of PlanBuilder that follows accepted connections and what goes over them.

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "sim/trace/strace_plan.hpp"

namespace sim {

namespace {

// Linux moves at most so many bytes in one call (MAX_RW_COUNT, include/linux/fs.h).
constexpr std::int64_t transfer_max = 0x7ffff000;
// No file reaches so far; keeps sums of offsets and lengths within 64 bits.
constexpr std::int64_t offset_max = std::numeric_limits<std::int64_t>::max() / 2;

constexpr const char* inside_program = "inside the program: pipe, local socket, terminal";

bool would_block(int error) {
  return error == EAGAIN;
}
bool interrupted(int error) {
  return error == EINTR;
}
bool peer_is_gone(int error) {
  return error == ECONNRESET || error == EPIPE || error == ECONNABORTED || error == ETIMEDOUT ||
         error == ENOTCONN || error == EHOSTUNREACH || error == ENETUNREACH;
}

bool failed_to_read(const Syscall& call) {
  return call.outcome == Outcome::failed;
}

std::string failure(const Syscall& call) {
  return fmt::format("failed with {}, which has no rule", std::strerror(call.error));
}

}  // namespace

void PlanBuilder::on_accept(const Syscall& call) {
  if (call.outcome == Outcome::failed)
    return accounts_.ignored(call.name, "no connection came of it");
  if (call.result < 0 || call.result > std::numeric_limits<int>::max())
    return unmatched(call, "returned no descriptor");
  const int connection = connections_.opened(call.end(), call.result_note);
  assign(call.pid, static_cast<int>(call.result), {DescriptorKind::connection, connection},
         call.end());
  serving_ = true;
  accounts_.matched(call.name, "connection opened");
}

// A result that the call's own arguments or the kernel's limits rule out is a damaged line.
bool PlanBuilder::plausible_transfer(const Syscall& call) {
  if (call.outcome != Outcome::value) return true;
  bool plausible = call.result >= 0 && call.result <= transfer_max;
  const bool counts_bytes = call.name == "read" || call.name == "recv" || call.name == "recvfrom" ||
                            call.name == "pread64" || call.name == "write" || call.name == "send" ||
                            call.name == "sendto" || call.name == "pwrite64";
  if (counts_bytes) {
    const auto asked = parse_integer(argument(2));
    plausible = plausible && asked && call.result <= *asked;
  }
  if (!plausible) unmatched(call, "the result is more than was asked for");
  return plausible;
}

void PlanBuilder::on_read(const Syscall& call) {
  const Target target = resolve(call.pid, argument(0));
  if (target.meaning == Meaning::connection) return read_from_client(call, target.connection);
  if (target.meaning == Meaning::file) return read_from_file(call, target);
  not_a_client(call, target);
}

void PlanBuilder::read_from_client(const Syscall& call, int connection) {
  if (failed_to_read(call)) {
    if (would_block(call.error)) return accounts_.ignored(call.name, "nothing to read yet");
    if (interrupted(call.error)) return accounts_.ignored(call.name, "interrupted");
    if (!peer_is_gone(call.error)) return unmatched(call, failure(call));
    connections_.lost(connection);
    return accounts_.matched(call.name, "connection lost");
  }
  if (!plausible_transfer(call)) return;
  const bool peeks = call.arguments.find("MSG_PEEK") != std::string::npos ||
                     call.arguments.find("MSG_ERRQUEUE") != std::string::npos;
  if (peeks) return accounts_.ignored(call.name, "looked without reading");
  if (call.result > 0) {
    connections_.received(connection, call.result, call.end());
    return accounts_.matched(call.name, "request");
  }
  if (parse_integer(argument(2)) == 0) return accounts_.ignored(call.name, "asked for no bytes");
  connections_.lost(connection);
  accounts_.matched(call.name, "closed by the peer");
}

void PlanBuilder::read_from_file(const Syscall& call, const Target& file) {
  const bool moves = call.name == "read" || call.name == "readv";
  if (file.open_file >= 0 && moves && call.result > 0 && call.result <= transfer_max) {
    std::int64_t& position = files_.opened(file.open_file).position;
    position = std::min(position + call.result, offset_max);
  }
  accounts_.ignored(call.name, serving_ ? "file read by the program: its disk time is not replayed"
                                        : "process start-up");
}

void PlanBuilder::on_write(const Syscall& call) {
  const Target target = resolve(call.pid, argument(0));
  if (target.meaning == Meaning::connection) return write_to_client(call, target.connection);
  not_a_client(call, target);
}

void PlanBuilder::write_to_client(const Syscall& call, int connection) {
  if (call.outcome == Outcome::failed) {
    if (would_block(call.error)) return accounts_.matched(call.name, "response (socket full)");
    if (interrupted(call.error)) return accounts_.ignored(call.name, "interrupted");
    if (!peer_is_gone(call.error)) return unmatched(call, failure(call));
    connections_.lost(connection);
    return accounts_.matched(call.name, "connection lost");
  }
  if (!plausible_transfer(call)) return;
  if (call.result > 0) connections_.wrote(connection, call.result, call.end());
  accounts_.matched(call.name, "response written");
}

void PlanBuilder::on_sendfile(const Syscall& call) {
  if (arguments_.size() != 4) return unmatched(call, "expected 4 arguments");
  const Target out = resolve(call.pid, argument(0));
  if (out.meaning == Meaning::file) return accounts_.ignored(call.name, "copy from file to file");
  if (out.meaning != Meaning::connection) return not_a_client(call, out);
  const Target in = resolve(call.pid, argument(1));
  if (in.meaning != Meaning::file) return unmatched(call, "does not send from a known file");
  send_to_client(call, out.connection, in);
}

void PlanBuilder::send_to_client(const Syscall& call, int connection, const Target& file) {
  const bool failed = call.outcome == Outcome::failed;
  if (failed && !would_block(call.error) && !interrupted(call.error) && !peer_is_gone(call.error))
    return unmatched(call, failure(call));
  const bool at_position = argument(2) == "NULL";
  if (at_position && file.open_file < 0)
    return unmatched(call, "sends from the file's position, which is not known");
  const InOut in_out = parse_in_out(argument(2));
  const auto count = parse_integer(argument(3));
  if (!count || *count < 0 || (!at_position && !in_out.in))
    return unmatched(call, "offset or count is no number");
  const std::int64_t offset = at_position ? files_.opened(file.open_file).position : *in_out.in;
  const std::int64_t sent = failed ? 0 : call.result;
  const bool possible = offset >= 0 && offset <= offset_max && sent >= 0 && sent <= *count &&
                        sent <= transfer_max && (!in_out.out || *in_out.out == offset + sent);
  if (!possible) return unmatched(call, "offset, count and result disagree");
  if (at_position) files_.opened(file.open_file).position = offset + sent;

  SentPart part;
  part.file = files_.sent(file.record, offset + sent);
  part.offset = offset;
  part.sent = sent;
  const std::int64_t size = files_.size(file.record);
  const std::int64_t left = size > 0 ? std::max(size - offset, sent) : *count;
  const bool at_end_of_file = !failed && sent == 0;
  part.wanted = at_end_of_file ? 0 : std::min(*count, left);
  part.told = advice_.take(file.record, file.open_file);
  advice_.sent(file.record, connections_.sent(connection, part, call.end()));
  if (!failed) return accounts_.matched(call.name, "response body");
  if (!peer_is_gone(call.error)) return accounts_.matched(call.name, "response body (socket full)");
  connections_.lost(connection);
  accounts_.matched(call.name, "connection lost");
}

PlanBuilder::Target PlanBuilder::close_descriptor(const Syscall& call) {
  const Target target = resolve(call.pid, argument(0));
  if (target.in_table) {
    if (const auto entry = tables_.close(call.pid, target.number)) release(*entry, call.start);
  } else if (target.meaning == Meaning::connection) {
    connections_.closed(target.connection, call.start);
  }
  return target;
}

void PlanBuilder::on_close(const Syscall& call) {
  const auto begun = closing_.find(call.pid);
  Target target;
  if (begun != closing_.end()) {
    target = begun->second;
    closing_.erase(begun);
  } else if (call.outcome == Outcome::value) {
    target = close_descriptor(call);
  }
  if (call.outcome == Outcome::failed) return accounts_.ignored(call.name, "closed nothing");
  switch (target.meaning) {
    case Meaning::connection:
      return accounts_.matched(call.name, "connection closed");
    case Meaning::file:
      return files_.call(target.record, call.name, "file that is not sent");
    case Meaning::foreign:
      return unmatched(call, "the connection was not accepted in this capture");
    case Meaning::unknown:
      if (!parse_descriptor(argument(0))) return unmatched(call, "not a descriptor");
      break;
    case Meaning::listener:
    case Meaning::outgoing:
    case Meaning::socket:
    case Meaning::other:
      break;
  }
  accounts_.ignored(call.name, "descriptor outside the workload");
}

void PlanBuilder::on_close_range(const Syscall& call) {
  const auto first = parse_integer(argument(0));
  const auto last = parse_integer(argument(1));
  if (!first || !last) return unmatched(call, "not a range of descriptors");
  const bool only_marks = call.arguments.find("CLOSE_RANGE_CLOEXEC") != std::string::npos;
  if (call.outcome == Outcome::failed || only_marks)
    return accounts_.ignored(call.name, "closed nothing");
  constexpr std::int64_t descriptor_max = std::numeric_limits<int>::max();
  const auto low = static_cast<int>(std::clamp<std::int64_t>(*first, 0, descriptor_max));
  const auto high = static_cast<int>(std::clamp<std::int64_t>(*last, 0, descriptor_max));
  bool closes_connection = false;
  for (const int number : tables_.in_range(call.pid, low, high)) {
    const auto entry = tables_.close(call.pid, number);
    closes_connection = closes_connection || entry->kind == DescriptorKind::connection;
    release(*entry, call.start);
  }
  if (closes_connection) return accounts_.matched(call.name, "connection closed");
  accounts_.ignored(call.name, "descriptor outside the workload");
}

void PlanBuilder::on_shutdown(const Syscall& call) {
  const Target target = resolve(call.pid, argument(0));
  if (target.meaning == Meaning::connection)
    return accounts_.matched(call.name, "connection closed");
  not_a_client(call, target);
}

// Other ways to move file data to a socket have no rule yet in the simulated server: say so.
void PlanBuilder::on_splice(const Syscall& call) {
  for (const std::string_view argument : arguments_) {
    const Meaning meaning = resolve(call.pid, argument).meaning;
    if (meaning == Meaning::connection || meaning == Meaning::foreign)
      return unmatched(call, "moves data of a connection in a way that is not replayed");
  }
  accounts_.ignored(call.name, inside_program);
}

void PlanBuilder::on_message_batch(const Syscall& call) {
  const Target target = resolve(call.pid, argument(0));
  if (target.meaning == Meaning::connection)
    return unmatched(call, "its result counts messages, not bytes");
  not_a_client(call, target);
}

void PlanBuilder::on_io_uring(const Syscall& call) {
  unmatched(call, "what is submitted through a ring is not in the capture");
}

}  // namespace sim
