#include "sim/net/network.hpp"

namespace sim {

Network::Network(Kernel& kernel, Random loss, const NetworkOptions& options,
                 kev::OriginFactory factory, void* machine)
    : options_(options),
      pool_(kernel.engine()),
      connections_(kernel.engine(), options.time_wait),
      link_(kernel.engine(), kernel.recorder(), kernel.chooser(), pool_, loss, options.link,
            kernel.options().explore),
      server_(kernel, pool_, connections_, link_, options.server, factory, machine),
      peers_(kernel.engine(), pool_, connections_, link_,
             kernel.options().explore ? &server_ : nullptr) {}

Peer& Network::create_peer(PeerHandler& handler, const TcpOptions& options) {
  all_peers_.push_back(std::make_unique<Peer>(peers_, handler, options));
  return *all_peers_.back();
}

}  // namespace sim
