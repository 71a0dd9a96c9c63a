#pragma once
// Builds the connections and requests of a replay plan from what happened on accepted sockets.
//
// The connection decides where one request ends and the next begins (rules in replay_plan.hpp); the
// caller decides what a system call did.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/time.hpp"
#include "sim/trace/replay_plan.hpp"
#include "sim/trace/strace_advice.hpp"

namespace sim {

/// One sendfile on a connection.
struct SentPart {
  int file = -1;  ///< index in the plan
  std::int64_t offset = 0;
  std::int64_t wanted = 0;  ///< bytes asked for, at most what the file has there
  std::int64_t sent = 0;    ///< 0 also when it failed
  ToldBefore told;
};

class ConnectionLog {
 public:
  /// `note` is the -yy text, which identifies the connection among all processes; may be empty.
  int opened(kev::Instant when, std::string_view note);
  /// The latest connection with this note; -1 when there is none.
  [[nodiscard]] int find(std::string_view note) const;
  [[nodiscard]] std::string_view note(int connection) const { return at(connection).note; }

  void one_more_descriptor(int connection) { ++at(connection).descriptors; }
  /// The connection is closed with its last descriptor.
  void one_descriptor_less(int connection, kev::Instant when);
  void closed(int connection, kev::Instant when);
  void lost(int connection) { at(connection).result.closed_by_peer = true; }

  void received(int connection, std::int64_t bytes, kev::Instant when);
  void wrote(int connection, std::int64_t bytes, kev::Instant when);
  /// The request that the part belongs to.
  RequestPlace sent(int connection, const SentPart& part, kev::Instant when);
  /// Advice after all that the request sent.
  void told_late(RequestPlace request, ReplayAdvice advice);

  /// Hands over the connections; those still open closed at `end`.
  [[nodiscard]] std::vector<ReplayConnection> finish(kev::Instant end);

 private:
  struct Connection {
    ReplayConnection result;
    std::string note;
    int descriptors = 1;
    bool is_closed = false;
    bool answering = false;  ///< something was sent since the last data came
  };
  [[nodiscard]] const Connection& at(int index) const {
    return connections_[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] Connection& at(int index) { return connections_[static_cast<std::size_t>(index)]; }
  static void take_advice(ReplayRequest& request, const ToldBefore& told);
  static ReplayRequest& begin(Connection& connection, kev::Instant when);
  static ReplayRequest& request_of(Connection& connection, const SentPart& part, kev::Instant when);

  std::vector<Connection> connections_;
  std::map<std::string, int, std::less<>> by_note_;
};

}  // namespace sim
