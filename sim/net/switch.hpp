#pragma once
// An Ethernet switch between the server's link and the links of client hosts: store and forward,
// with output queues.
//
// A packet has been received completely before it is queued at the port that leads to its receiver,
// whose transmitter sends in order of arrival. A port holds so many packets and no more, and all
// ports share one memory: what does not fit is dropped (tail drop). Addresses are static, so there
// is nothing to learn: the key of a connection names the client's host. How long the switch takes
// to decide is part of the links' delay. A port's queue is the one of its link's direction that
// leads away from the switch (sim/net/link.hpp), so rates and times are exact there.
//
// Invariants: no packet is made or lost but by a full queue; packets from one port to another leave
// in the order in which they came; the shared memory never holds more than its size.
// Units: bytes of IP packets, without frames.

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "sim/net/link.hpp"

namespace sim {

/// Memory for packets that wait at several transmitters.
class PacketMemory {
 public:
  /// 0: without end.
  explicit PacketMemory(std::int64_t bytes) : bytes_(bytes) {}
  /// There is room for a packet of that size now.
  bool fits(std::int64_t packet_bytes, kev::Instant now);
  /// Held until it has been sent completely.
  void hold(std::int64_t packet_bytes, kev::Instant until);
  /// The most that it ever held.
  [[nodiscard]] std::int64_t highest() const { return highest_; }

 private:
  struct Packet {
    kev::Instant until;
    std::int64_t bytes = 0;
    bool operator>(const Packet& other) const { return until > other.until; }
  };
  std::int64_t bytes_;
  std::int64_t held_ = 0;
  std::int64_t highest_ = 0;
  std::priority_queue<Packet, std::vector<Packet>, std::greater<>> packets_;
};

struct SwitchOptions {
  std::uint32_t port_packets = 100;  ///< waiting at a port behind the one that is being sent
  std::int64_t memory_bytes = 0;     ///< of all ports; 0: what the ports may hold
};

class Switch {
 public:
  /// `uplink`: to the server. Links outlive the switch.
  Switch(const SwitchOptions& options, Link& uplink);
  Switch(const Switch&) = delete;
  Switch& operator=(const Switch&) = delete;

  /// The next host's link.
  void connect(Link& link);
  /// Packets that found a queue or the memory full, over all ports.
  [[nodiscard]] std::int64_t drops() const;
  [[nodiscard]] const PacketMemory& memory() const { return memory_; }

 private:
  /// Where packets of one link come in.
  class Port final : public SegmentSink {
   public:
    Port(Switch& owner, LinkDirection onward) : owner_(owner), onward_(onward) {}
    void on_segment(Segment& segment) override { owner_.forward(onward_, segment); }

   private:
    Switch& owner_;
    LinkDirection onward_;
  };
  void forward(LinkDirection onward, Segment& segment);

  SwitchOptions options_;
  Link& uplink_;
  PacketMemory memory_;
  Port from_server_;
  Port from_hosts_;
  std::vector<Link*> hosts_;  ///< by number
};

}  // namespace sim
