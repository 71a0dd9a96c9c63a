#pragma once
// The network of one simulated world: the server's TCP layer and card, a link, and any number of
// remote peers behind it.
//
//   Socket (server, in the simulated kernel) - Sock - Nic === Link === PeerConnection - Peer
//
// Destroy it after Kernel::shut_down(); it then destroys the sockets that are still open.
// Deterministic: random loss comes from the stream given, everything else follows from the calls.

#include <memory>
#include <vector>

#include "model/platform/origin.hpp"
#include "sim/net/connection_table.hpp"
#include "sim/net/link.hpp"
#include "sim/net/peer.hpp"
#include "sim/net/peer_connection.hpp"
#include "sim/net/server_stack.hpp"
#include "sim/net/socket.hpp"

namespace sim {

struct NetworkOptions {
  LinkOptions link;
  ServerOptions server;
  TcpOptions client;
  kev::Duration time_wait{60'000'000'000};
};

class Network {
 public:
  /// `factory` makes the event listener of each server socket, given `machine`.
  Network(Kernel& kernel, Random loss, const NetworkOptions& options,
          kev::OriginFactory factory = nullptr, void* machine = nullptr);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// A server socket that is not connected, with one reference: listen() on it.
  Socket& create_socket() { return server_.create_socket(); }
  /// A remote host; lives as long as the network.
  Peer& create_peer(PeerHandler& handler) { return create_peer(handler, options_.client); }
  Peer& create_peer(PeerHandler& handler, const TcpOptions& options);

  [[nodiscard]] Link& link() { return link_; }
  [[nodiscard]] ServerStack& server() { return server_; }
  [[nodiscard]] ConnectionTable& connections() { return connections_; }
  [[nodiscard]] const NetworkOptions& options() const { return options_; }
  /// For checks at the end: segments in flight or held, connections not yet over at either side.
  [[nodiscard]] std::int64_t live_segments() const { return pool_.live(); }
  [[nodiscard]] std::size_t live_peer_connections() const { return peers_.live(); }

 private:
  NetworkOptions options_;
  SegmentPool pool_;
  ConnectionTable connections_;
  Link link_;
  ServerStack server_;
  PeerStack peers_;
  std::vector<std::unique_ptr<Peer>> all_peers_;
};

}  // namespace sim
