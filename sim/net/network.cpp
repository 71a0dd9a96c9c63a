#include "sim/net/network.hpp"

namespace sim {

Network::Network(Kernel& kernel, Random loss, const NetworkOptions& options,
                 kev::OriginFactory factory, void* machine)
    : options_(options),
      pool_(kernel.engine()),
      connections_(kernel.engine(), options.time_wait),
      link_(kernel.engine(), kernel.recorder(), kernel.chooser(), pool_, loss, options.link,
            kernel.options().explore),
      server_(kernel, pool_, connections_, link_, options.server, factory, machine) {
  const ServerStack* waits_for = kernel.options().explore ? &server_ : nullptr;
  const auto add_host = [&](Link& link) {
    const auto number = static_cast<std::uint32_t>(hosts_.size());
    hosts_.push_back(std::make_unique<PeerStack>(kernel.engine(), pool_, connections_,
                                                 PeerStack::Place{link, number}, waits_for));
  };
  if (options.hosts.empty()) {
    add_host(link_);
    return;
  }
  switch_ = std::make_unique<Switch>(options.ethernet, link_);
  // The server's link has drawn two seeds for its directions; each host's link has one of its own.
  Random seeds = loss;
  for (int i = 0; i < 2; ++i) seeds.next();
  for (const LinkOptions& host : options.hosts) {
    LinkOptions numbered = host;
    numbered.number = static_cast<std::uint32_t>(hosts_.size()) + 1;
    const Random own(seeds.next());
    host_links_.push_back(std::make_unique<Link>(kernel.engine(), kernel.recorder(),
                                                 kernel.chooser(), pool_, own, numbered,
                                                 kernel.options().explore));
    switch_->connect(*host_links_.back());
    add_host(*host_links_.back());
  }
}

Peer& Network::create_peer(PeerHandler& handler, const TcpOptions& options, std::size_t host) {
  all_peers_.push_back(std::make_unique<Peer>(*hosts_.at(host), handler, options));
  return *all_peers_.back();
}

void Network::set_faults(Faults& faults) {
  link_.set_faults(faults);
  for (const auto& link : host_links_) link->set_faults(faults);
}

Link& Network::link_of(std::size_t host) {
  return host_links_.empty() ? link_ : *host_links_.at(host);
}

std::size_t Network::live_peer_connections() const {
  std::size_t live = 0;
  for (const auto& host : hosts_) live += host->live();
  return live;
}

}  // namespace sim
