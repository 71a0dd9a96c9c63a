#include "sim/net/switch.hpp"

#include <algorithm>
#include <numeric>

namespace sim {

bool PacketMemory::fits(std::int64_t packet_bytes, kev::Instant now) {
  while (!packets_.empty() && packets_.top().until <= now) {
    held_ -= packets_.top().bytes;
    packets_.pop();
  }
  return bytes_ == 0 || held_ + packet_bytes <= bytes_;
}

void PacketMemory::hold(std::int64_t packet_bytes, kev::Instant until) {
  packets_.push({until, packet_bytes});
  held_ += packet_bytes;
  highest_ = std::max(highest_, held_);
}

Switch::Switch(const SwitchOptions& options, Link& uplink)
    : options_(options),
      uplink_(uplink),
      memory_(options.memory_bytes),
      from_server_(*this, LinkDirection::to_client),
      from_hosts_(*this, LinkDirection::to_server) {
  uplink.connect(LinkDirection::to_client, from_server_);
  uplink.limit_queue(LinkDirection::to_server, options.port_packets, &memory_);
}

void Switch::connect(Link& link) {
  link.connect(LinkDirection::to_server, from_hosts_);
  link.limit_queue(LinkDirection::to_client, options_.port_packets, &memory_);
  hosts_.push_back(&link);
}

void Switch::forward(LinkDirection onward, Segment& segment) {
  if (onward == LinkDirection::to_server) return uplink_.send(onward, segment);
  KEV_CHECK(segment.connection.host < hosts_.size());
  hosts_[segment.connection.host]->send(onward, segment);
}

std::int64_t Switch::drops() const {
  return std::accumulate(hosts_.begin(), hosts_.end(),
                         uplink_.stats(LinkDirection::to_server).queue_drops,
                         [](std::int64_t sum, const Link* link) {
                           return sum + link->stats(LinkDirection::to_client).queue_drops;
                         });
}

}  // namespace sim
