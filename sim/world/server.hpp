#pragma once
// The simulated file server: the program around a design. One row per design in designs().
//
// Two programs serve them all: `blocking_server`, where each connection has a thread that sleeps in
// the design's calls (file_sender.hpp), and `event_server`, one thread around an event queue. Both
// speak the same little protocol: read a request, send the header, send the file, keep the
// connection for the next one. A request that cannot be answered in full ends its connection: HTTP
// has no other way to say so.

#include <cstdint>
#include <span>
#include <string_view>

#include "sim/block/io_priority.hpp"
#include "sim/machine/sim_platform.hpp"
#include "sim/world/aio_code.hpp"
#include "sim/world/file_sender.hpp"
#include "sim/world/workload.hpp"

namespace sim {

inline constexpr std::uint16_t server_port = 80;
/// Bytes of a request that are received at a time: nginx's client_header_buffer_size.
inline constexpr std::uint32_t read_size = 1024;

/// The kernel's aio_sendfile and its threads: made when a program first asks for it, and there as
/// long as the machine.
class KernelAio {
 public:
  KernelAio(int threads, IoPriority priority) : threads_(threads), priority_(priority) {}
  AioSendfile& sendfile(SimPlatform& platform);

 private:
  int threads_;
  IoPriority priority_;  ///< of the threads
  std::unique_ptr<AioSendfile> sendfile_;
};

/// How a response's header goes out before its file.
enum class HeaderMode : std::uint8_t {
  more,   ///< with MSG_MORE
  cork,   ///< and the file, between TCP_CORK and its end
  plain,  ///< as a message of its own
};

struct ServerContext {
  SimPlatform& platform;
  Ledger& ledger;
  KernelAio& aio;
  int workers = 1;        ///< threads, for programs that have a choice
  IoPriority priority{};  ///< of all its threads
  HeaderMode header = HeaderMode::more;
  bool nodelay = false;  ///< TCP_NODELAY on all connections
};

/// A server program under way; owns what its threads share. Its threads may be killed at every call
/// (sim/kernel/process.hpp); they are gone when it is destroyed.
class Server {
 public:
  virtual ~Server() = default;
};

struct Design {
  std::string_view name;
  std::string_view description;
  /// How many threads the program uses when the scenario does not say.
  int (*usual_workers)(int connections);
  std::unique_ptr<Server> (*start)(const ServerContext& context);
};

std::span<const Design> designs();
const Design* find_design(std::string_view name);

std::unique_ptr<Server> start_blocking_server(const ServerContext& context,
                                              MakeFileSender make_sender);
std::unique_ptr<Server> start_event_server(const ServerContext& context);

/// Gathers the bytes of one request. On the wire a request is one run of its own source.
class RequestReader {
 public:
  explicit RequestReader(Ledger& ledger) : ledger_(ledger) {}
  /// False when the bytes are no request: the peer talks nonsense.
  bool take(const std::vector<ContentRun>& runs);
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  void reset() { complete_ = false, received_ = 0; }

 private:
  Ledger& ledger_;
  std::uint64_t number_ = 0;
  std::uint64_t received_ = 0;
  bool complete_ = false;
};

}  // namespace sim
