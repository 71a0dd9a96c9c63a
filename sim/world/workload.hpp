#pragma once
// What the clients ask for: where requests come from, and the ledger of what became of each.
//
// A request is known by its number. On the wire its bytes are a run with that number as source, so
// that the server "parses" a request by looking the number up here, and the client can tell whose
// answer it receives. Sources: 0 to 2^32 files, from 2^40 requests, from 2^41 response headers.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "model/base/time.hpp"
#include "sim/engine/distributions.hpp"
#include "sim/engine/random.hpp"
#include "sim/net/content.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/trace/replay_plan.hpp"
#include "sim/world/run.hpp"

namespace sim {

inline constexpr std::uint64_t request_sources = std::uint64_t{1} << 40;
inline constexpr std::uint64_t header_sources = std::uint64_t{1} << 41;

struct PlannedRequest {
  int file = -1;  ///< index of the file; -1: an answer without a body
  std::int64_t offset = 0;
  std::int64_t length = 0;
  std::int64_t request_bytes = 0;
  std::int64_t header_bytes = 0;
  kev::Instant not_before;           ///< of the workload's clock
  std::vector<ReplayAdvice> advice;  ///< told about the file on the way; `after` never decreases
};

/// One client connection's part in the workload.
struct PlannedConnection {
  kev::Instant opens;
};

/// Where requests come from. One row per kind of workload, in workloads().
class RequestSource {
 public:
  virtual ~RequestSource() = default;
  [[nodiscard]] virtual int connections() const = 0;
  [[nodiscard]] virtual kev::Instant opens(int connection) const = 0;
  /// The connection's next request; nothing when it has no more.
  virtual std::optional<PlannedRequest> next(int connection) = 0;
  [[nodiscard]] virtual kev::Duration think_time() const { return kev::Duration(0); }
  /// Sizes of the files, by index.
  [[nodiscard]] virtual std::vector<std::int64_t> file_sizes() const = 0;
};

/// `file-server`: each client asks for whole files, one after the other, until all requests of the
/// workload are used up.
std::unique_ptr<RequestSource> make_file_server(const WorkloadSpec& spec,
                                                const RandomStreams& streams);

/// The requests of a capture, connection by connection.
std::unique_ptr<RequestSource> make_replay(const ReplayPlan& plan, const ReplayOptions& options);

enum class RequestFate : std::uint8_t { waiting, completed, failed };

struct LedgerEntry {
  PlannedRequest plan;
  int connection = 0;
  kev::Instant sent;
  kev::Instant ended;
  std::int64_t body_received = 0;
  RequestFate fate = RequestFate::waiting;
};

class Ledger {
 public:
  std::uint64_t add(const PlannedRequest& plan, int connection, kev::Instant now) {
    LedgerEntry entry;
    entry.plan = plan;
    entry.connection = connection;
    entry.sent = now;
    entries_.push_back(entry);
    return entries_.size() - 1;
  }
  [[nodiscard]] LedgerEntry& at(std::uint64_t number) { return entries_.at(number); }
  [[nodiscard]] const std::deque<LedgerEntry>& entries() const { return entries_; }

  [[nodiscard]] static ContentRun request_bytes(std::uint64_t number, const PlannedRequest& plan) {
    return {request_sources + number, 0, static_cast<std::uint32_t>(plan.request_bytes), 0};
  }
  [[nodiscard]] static ContentRun header_bytes(std::uint64_t number, const PlannedRequest& plan) {
    return {header_sources + number, 0, static_cast<std::uint32_t>(plan.header_bytes), 0};
  }

 private:
  std::deque<LedgerEntry> entries_;
};

}  // namespace sim
