#pragma once
// What a thread of the workload `queue-program` does, as a scenario says it: one line an operation.
//
//   add unotify 1 oneshot ready, socket 2 recv     remove, modify, ready: the same form
//   get_events min=1 max=2 timeout=none            wait num=1 index=seen; waits are endless
//   get_events timeout=finite clock=absolute       until an instant, which is near
//   commit 1        look        consume            of the ring: commit so many slots; read it; take
//                                                  the oldest slot and then commit it
//   signal W1       kick        close              a thread of the program; a waiter; the queue
//   set_socket 1 in out         close_socket 1     drop_socket 1: the program keeps nothing of it
//
// Kinds are unotify, socket (the id is the number of a socket, from 1) and timer (the id is its
// period in nanoseconds); an id may have a second part: socket 1.2. Sockets are simple origins of
// events, ready for what the program sets.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"
#include "model/spec/call.hpp"

namespace sim {

/// One request of a control operation.
struct ProgramItem {
  std::uint32_t type = kev::abi::KEVENT_UNOTIFY;
  std::uint32_t id = 1;
  std::uint32_t second_id = 0;  ///< two interests in one socket: socket 1.1, socket 1.2
  std::uint32_t flags = 0;
  std::uint32_t mask = kev::abi::KEVENT_MASK_ALL;

  bool operator==(const ProgramItem&) const = default;
};

/// Most operations are one call; some are what a program makes of several.
enum class Doing : std::uint8_t {
  call,
  consume,
  drop,  ///< origin_close, and nobody but the queue has a reference to the socket any more
};

struct ProgramStep {
  kev::spec::CallKind kind = kev::spec::CallKind::kick;
  Doing doing = Doing::call;
  std::vector<ProgramItem> items;
  std::uint32_t min = 1;
  std::uint32_t max = 1;
  kev::spec::Timeout timeout = kev::spec::Timeout::none;
  bool bad_address = false;  ///< its array or buffer is not mapped
  bool bad_time = false;
  bool absolute = false;     ///< get_events, wait: the timeout is told as an instant
  bool as_seen = false;      ///< wait: what this thread saw last is what it passes as old_uidx
  std::uint32_t ahead = 0;   ///< commit: so many positions beyond the last known one
  std::int32_t twist = 0;    ///< added to `over`, or to old_uidx
  std::uint32_t target = 0;  ///< thread or socket, from 0
  std::uint32_t bits = 0;    ///< set_socket: of poll(2)
  std::string text;          ///< as written

  bool operator==(const ProgramStep&) const = default;
};

struct OperationRow {
  std::string_view name;
  std::string_view description;
};
std::span<const OperationRow> operation_rows();

/// What is wrong with a line, and where in it.
struct OperationError {
  std::size_t at = 0;
  std::size_t length = 1;
  std::string message;
  std::string hint;
};

/// Reads a line; `threads` are the names that `signal` may use.
tl::expected<ProgramStep, OperationError> parse_operation(
    std::string_view text, const std::vector<std::string_view>& threads);

}  // namespace sim
