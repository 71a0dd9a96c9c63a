#include "sim/net/nic.hpp"

namespace sim {

Nic::Nic(Kernel& kernel, Link& link, SegmentPool& pool, const NicOptions& options, Deliver deliver,
         void* owner)
    : kernel_(kernel),
      link_(link),
      pool_(pool),
      options_(options),
      deliver_(deliver),
      owner_(owner),
      interrupt_("nic", kernel.next_id(), &Nic::on_interrupt, this),
      softirq_("net rx", kernel.next_id(), &Nic::on_softirq, this) {}

void Nic::transmit(Segment& segment) {
  kernel_.spend(Cost::tcp_send);
  kernel_.spend(Cost::checksum_byte, segment.payload);
  ++stats_.sent;
  link_.send(LinkDirection::to_client, segment);
}

void Nic::on_segment(Segment& segment) {
  if (ring_.size() >= options_.receive_ring) {
    ++stats_.ring_drops;
    kernel_.recorder().emit(Ev::link_drop, static_cast<std::int64_t>(LinkDirection::to_server),
                            segment.payload, static_cast<std::int64_t>(LinkDrop::receive_ring));
    pool_.give(segment);
    return;
  }
  ring_.push_back(segment);
  if (polling_) return;
  polling_ = true;
  ++stats_.interrupts;
  kernel_.raise_irq(interrupt_, options_.cpu);
}

void Nic::on_interrupt(void* self) {
  auto& nic = *static_cast<Nic*>(self);
  nic.kernel_.raise_softirq(nic.softirq_);
}

void Nic::on_softirq(void* self) {
  auto& nic = *static_cast<Nic*>(self);
  ++nic.stats_.polls;
  for (std::uint32_t done = 0; done < nic.options_.budget && !nic.ring_.empty(); ++done) {
    Segment& segment = nic.ring_.pop_front();
    ++nic.stats_.received;
    nic.kernel_.spend(Cost::tcp_receive);
    nic.kernel_.spend(Cost::checksum_byte, segment.payload);
    nic.deliver_(nic.owner_, segment);
  }
  if (nic.ring_.empty())
    nic.polling_ = false;
  else
    nic.kernel_.raise_softirq(nic.softirq_);
}

}  // namespace sim
