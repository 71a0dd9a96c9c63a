#pragma once
// The server's network card, driven as Linux 2.6 drives one with NAPI.
//
// An arriving segment goes into the receive ring; the first one raises the card's interrupt, whose
// handler turns further interrupts off and raises the softirq. The softirq takes up to 64 segments,
// paying for each, and hands them up; when it finds the ring empty it turns interrupts on again,
// else it raises itself once more. So under load there are few interrupts. The transmit ring is not
// modelled: what is sent goes to the link's queue at once, and the ring's lock is part of the price
// of sending. Errors: a full receive ring drops the segment, as the hardware does.

#include <cstdint>

#include "sim/kernel/kernel.hpp"
#include "sim/net/link.hpp"

namespace sim {

struct NicOptions {
  std::uint32_t receive_ring = 256;  ///< descriptors
  std::uint32_t budget = 64;         ///< segments a softirq round (netdev weight)
  int cpu = 0;                       ///< takes the interrupts
};

struct NicStats {
  std::int64_t received = 0;
  std::int64_t sent = 0;
  std::int64_t ring_drops = 0;
  std::int64_t interrupts = 0;
  std::int64_t polls = 0;  ///< softirq rounds
};

class Nic final : public SegmentSink {
 public:
  /// Takes over a received segment; runs in softirq context.
  using Deliver = void (*)(void* owner, Segment& segment);
  Nic(Kernel& kernel, Link& link, SegmentPool& pool, const NicOptions& options, Deliver deliver,
      void* owner);

  /// Sends to the clients. Pays for building and sending one segment. Any context, not the engine.
  void transmit(Segment& segment);
  void on_segment(Segment& segment) override;

  [[nodiscard]] const NicStats& stats() const { return stats_; }
  /// Everything that has arrived has been handed up.
  [[nodiscard]] bool idle() const { return !polling_; }

 private:
  static void on_interrupt(void* self);
  static void on_softirq(void* self);

  Kernel& kernel_;
  Link& link_;
  SegmentPool& pool_;
  NicOptions options_;
  Deliver deliver_;
  void* owner_;
  InterruptLine interrupt_;
  InterruptLine softirq_;
  SegmentList ring_;
  bool polling_ = false;  ///< interrupts are off
  NicStats stats_;
};

}  // namespace sim
