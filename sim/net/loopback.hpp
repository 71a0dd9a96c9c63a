#pragma once
// The loopback device: what the machine sends to itself.
//
// A segment goes through the softirq of the CPU that sent it (netif_rx), at once; it is never lost,
// has no wire and takes no time beyond what sending and receiving cost the CPU. The IP packet may
// have 65535 bytes.

#include <cstdint>

#include "sim/kernel/kernel.hpp"
#include "sim/net/segment.hpp"

namespace sim {

class Loopback {
 public:
  /// What the IP and TCP headers with timestamps leave of it.
  static constexpr std::uint32_t mss = 65535 - 40 - 12;
  using Deliver = void (*)(void* owner, Segment& segment);
  Loopback(Kernel& kernel, Deliver deliver, void* owner);

  /// Takes over the segment. Any context, not the engine.
  void transmit(Segment& segment);
  /// Everything sent has been handed up.
  [[nodiscard]] bool idle() const { return queue_.empty(); }

 private:
  static void on_softirq(void* self);

  Kernel& kernel_;
  Deliver deliver_;
  void* owner_;
  InterruptLine softirq_;
  SegmentList queue_;
};

}  // namespace sim
