#pragma once
// The server kernel's TCP layer: finds the socket for each arriving segment, keeps the listening
// ports and the pool of Socks (Linux: tcp_ipv4.c).

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "model/platform/origin.hpp"
#include "sim/net/connection_table.hpp"
#include "sim/net/loopback.hpp"
#include "sim/net/nic.hpp"
#include "sim/net/sock.hpp"
#include "sim/net/socket.hpp"
#include "sim/net/soft_timer.hpp"

namespace sim {

struct ServerOptions {
  TcpOptions tcp;
  NicOptions nic;
  std::uint32_t max_backlog = 128;    ///< net.core.somaxconn
  std::uint32_t max_requests = 1024;  ///< net.ipv4.tcp_max_syn_backlog, for each listener
};

struct ServerStats {
  std::int64_t accepted = 0;  ///< connections that got a file
  std::int64_t refused = 0;   ///< SYNs and last handshake parts dropped because a queue was full
  std::int64_t resets = 0;    ///< sent for segments that belong to no connection
  std::int64_t given_up = 0;  ///< connections that ended because nothing was answered any more
};

class ServerStack {
 public:
  /// `factory` makes the event listener of each socket, given `machine`; null: nobody listens.
  ServerStack(Kernel& kernel, SegmentPool& pool, ConnectionTable& connections, Link& link,
              const ServerOptions& options, kev::OriginFactory factory, void* machine);
  /// Destroys the files that are still open. Requires: the kernel has been shut down.
  ~ServerStack();
  ServerStack(const ServerStack&) = delete;
  ServerStack& operator=(const ServerStack&) = delete;

  /// A socket that is not connected, with one reference.
  Socket& create_socket();

  [[nodiscard]] const ServerStats& stats() const { return stats_; }
  [[nodiscard]] Nic& nic() { return nic_; }
  /// Segments have arrived that no endpoint has seen yet.
  [[nodiscard]] bool busy() const { return !nic_.idle() || !loopback_.idle() || backlogged_ != 0; }
  /// Socks that are alive: connections, requests, listeners.
  [[nodiscard]] std::size_t live_socks() const { return socks_.size() - free_.size(); }
  [[nodiscard]] std::size_t open_sockets() const { return open_count_; }

  // -- for Sock and Socket ------------------------------------------------------------------------
  [[nodiscard]] Kernel& kernel() { return kernel_; }
  [[nodiscard]] SegmentPool& pool() { return pool_; }
  [[nodiscard]] ConnectionTable& connections() { return connections_; }
  [[nodiscard]] SoftTimers& timers() { return timers_; }
  [[nodiscard]] const ServerOptions& options() const { return options_; }
  /// From the pool; begin() it.
  Sock& take_sock();
  void free_sock(Sock& sock);
  /// The file for an accepted connection; takes over the reference.
  Socket& make_socket(Sock& sock);
  void transmit(Segment& segment);
  /// The same, to this host itself.
  void transmit_locally(Segment& segment);
  /// Answers a segment that belongs to nothing with a reset. Takes it over.
  void reject(Segment& segment);
  /// False when the port is taken.
  bool bind(std::uint16_t port, Sock& listener);
  void unbind(std::uint16_t port);
  void count_refused() { ++stats_.refused; }
  void count_given_up() { ++stats_.given_up; }
  void count_backlog(int change) { backlogged_ += change; }
  void add_open(Socket& socket);
  void remove_open(Socket& socket);

 private:
  static void deliver(void* self, Segment& segment);
  void receive(Segment& segment);
  [[nodiscard]] Sock* find_sock(const Segment& segment) const;
  void record_sent(const Segment& segment);
  void send_answer(Segment& answer, const Segment& segment);
  [[nodiscard]] Sock* find_listener(std::uint16_t port) const;

  Kernel& kernel_;
  SegmentPool& pool_;
  ConnectionTable& connections_;
  ServerOptions options_;
  kev::OriginFactory factory_;
  void* machine_;
  SoftTimers timers_;
  Nic nic_;
  Loopback loopback_;
  ServerStats stats_;
  std::vector<std::pair<std::uint16_t, Sock*>> listeners_;
  std::vector<std::unique_ptr<Sock>> socks_;
  std::vector<Sock*> free_;
  std::int64_t backlogged_ = 0;
  Socket* open_ = nullptr;
  std::size_t open_count_ = 0;
};

}  // namespace sim
