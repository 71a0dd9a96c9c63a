#pragma once
// The network of one simulated world: the server's TCP layer and card, a link, and any number of
// remote peers behind it.
//
//   Socket (server, in the simulated kernel) - Sock - Nic === Link === PeerConnection - Peer
//
// Peers are all on one host at the other end of the link, or on several: each of these has a link
// of its own to a switch, which is then the other end of the server's.
//
//   Nic === Link === Switch === Link === PeerConnection - Peer
//                           === Link === ...
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
#include "sim/net/switch.hpp"

namespace sim {

struct NetworkOptions {
  LinkOptions link;
  ServerOptions server;
  TcpOptions client;
  std::vector<LinkOptions> hosts;  ///< their links; none: one host at the end of the server's link
  SwitchOptions ethernet;          ///< between them and the server
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
  /// A remote program; lives as long as the network. On the first host, if none is said.
  Peer& create_peer(PeerHandler& handler) { return create_peer(handler, options_.client); }
  Peer& create_peer(PeerHandler& handler, const TcpOptions& options, std::size_t host = 0);
  Peer& create_peer_at(std::size_t host, PeerHandler& handler) {
    return create_peer(handler, options_.client, host);
  }
  /// At least 1.
  [[nodiscard]] std::size_t hosts() const { return hosts_.size(); }
  /// Asked for each packet on each link; must outlive the network.
  void set_faults(Faults& faults);

  /// The server's.
  [[nodiscard]] Link& link() { return link_; }
  /// A host's; the server's if there is no switch.
  [[nodiscard]] Link& link_of(std::size_t host);
  /// Null: there is none.
  [[nodiscard]] const Switch* ethernet() const { return switch_.get(); }
  [[nodiscard]] ServerStack& server() { return server_; }
  [[nodiscard]] ConnectionTable& connections() { return connections_; }
  [[nodiscard]] const NetworkOptions& options() const { return options_; }
  /// For checks at the end: segments in flight or held, connections not yet over at either side.
  [[nodiscard]] std::int64_t live_segments() const { return pool_.live(); }
  [[nodiscard]] std::size_t live_peer_connections() const;

 private:
  NetworkOptions options_;
  SegmentPool pool_;
  ConnectionTable connections_;
  Link link_;
  ServerStack server_;
  std::vector<std::unique_ptr<Link>> host_links_;
  std::unique_ptr<Switch> switch_;
  std::vector<std::unique_ptr<PeerStack>> hosts_;
  std::vector<std::unique_ptr<Peer>> all_peers_;
};

}  // namespace sim
