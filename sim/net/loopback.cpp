#include "sim/net/loopback.hpp"

namespace sim {

Loopback::Loopback(Kernel& kernel, Deliver deliver, void* owner)
    : kernel_(kernel),
      deliver_(deliver),
      owner_(owner),
      softirq_("loopback", kernel.next_id(), &Loopback::on_softirq, this) {}

void Loopback::transmit(Segment& segment) {
  kernel_.spend(Cost::tcp_send);
  const bool first = queue_.empty();
  queue_.push_back(segment);
  if (first) kernel_.raise_softirq(softirq_);
}

void Loopback::on_softirq(void* self) {
  auto& device = *static_cast<Loopback*>(self);
  while (!device.queue_.empty()) {
    Segment& segment = device.queue_.pop_front();
    device.kernel_.spend(Cost::tcp_receive);
    device.deliver_(device.owner_, segment);
  }
}

}  // namespace sim
