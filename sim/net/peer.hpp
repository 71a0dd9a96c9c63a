#pragma once
// A remote host: the other end of connections to the server. It costs the server's CPUs nothing;
// all it does happens in engine events, at once.
//
// A Peer makes one connection after the other, as a client program does; what was closed says its
// goodbyes on its own. It reads by itself what arrives, at once or at a limited rate, or not at
// all, which closes the window at the server.

#include <cstdint>
#include <span>

#include "model/base/time.hpp"
#include "sim/net/content.hpp"
#include "sim/net/tcp_host.hpp"

namespace sim {

class Peer;
class PeerConnection;
class PeerStack;
class TcpEndpoint;

/// The program behind a peer. Called by the engine, outside of the simulated kernel. Every function
/// may call the peer, also to close and to connect again.
class PeerHandler {
 public:
  virtual void on_connected(Peer& peer) = 0;
  /// Bytes were read, in order; the runs are gone after the call.
  virtual void on_data(Peer& peer, std::span<const ContentRun> runs) = 0;
  /// Once a connection, after all data: the server has ended its stream (0), or the connection has
  /// failed (negative errno: -ECONNREFUSED, -ECONNRESET, -ETIMEDOUT, -EPIPE). After an error there
  /// is no connection; after an end of stream there is until close(). Not called after close().
  virtual void on_closed(Peer& peer, int error) = 0;

 protected:
  ~PeerHandler() = default;
};

class Peer {
 public:
  Peer(PeerStack& stack, PeerHandler& handler, const TcpOptions& options)
      : stack_(stack), handler_(handler), options_(options) {}
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// Requires: no connection.
  void connect(std::uint16_t port);
  /// Queues bytes; they are sent as soon as TCP allows, also before the connection is established.
  /// Requires: a connection.
  void send_message(const ContentRun& run);
  /// Ends our stream after what is queued; reading goes on.
  void shutdown_send();
  /// As close(2): ends the connection after what is queued; with a reset if something is unread.
  void close();
  /// Resets the connection.
  void abort();

  /// How it reads from now on, this connection and later ones.
  void read_automatically();
  /// At most `chunk` bytes at a time, at this rate.
  void read_paced(std::int64_t bytes_per_second, std::uint32_t chunk);
  void stop_reading();

  /// There is a connection, or an attempt at one.
  [[nodiscard]] bool open() const { return connection_ != nullptr; }
  /// The connection's number, as in traces; 0 when there is none.
  [[nodiscard]] std::uint32_t connection() const;
  /// Its protocol machine; nullptr when there is no connection.
  [[nodiscard]] const TcpEndpoint* endpoint() const;
  /// Bytes read so far, over all connections.
  [[nodiscard]] std::int64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] const TcpOptions& options() const { return options_; }

 private:
  friend class PeerConnection;
  enum class Reading : std::uint8_t { automatic, paced, stopped };

  PeerStack& stack_;
  PeerHandler& handler_;
  TcpOptions options_;
  PeerConnection* connection_ = nullptr;
  Reading reading_ = Reading::automatic;
  std::uint32_t chunk_ = 0;
  kev::Duration chunk_time_{0};  ///< between two reads
  kev::Instant next_read_;
  std::int64_t bytes_read_ = 0;
};

}  // namespace sim
