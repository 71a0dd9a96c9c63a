#include "sim/kernel/signals.hpp"

#include <cerrno>
#include <utility>

namespace sim {

namespace {
constexpr std::uint32_t delivery = 1;  // KEVENT_SIGNAL_DELIVERY
}

int Signals::send(int number) {
  if (number < 0 || number > last_number) return -EINVAL;
  if (number == 0 || kernel_.ending()) return 0;
  kernel_.point(KernelStep::send_signal, static_cast<std::uint32_t>(number));
  Listeners& listeners = listeners_[index(number)];
  ++sent_[index(number)];
  // Whoever finds a listener sees it as it was made.
  if (listeners.as_well != nullptr) kernel_.acquire(listeners.as_well.get());
  if (listeners.suppressed != nullptr) kernel_.acquire(listeners.suppressed.get());
  if (listeners.as_well != nullptr) listeners.as_well->on_activity(delivery);
  const bool suppressed = listeners.suppressed != nullptr && listeners.suppressed->offer(delivery);
  if (!suppressed) deliver(number);
  return 0;
}

void Signals::deliver(int number) {
  pending_ |= std::uint64_t{1} << index(number);
  for (const auto& thread : kernel_.threads()) {
    if (thread->kind() != ContextKind::process || thread->state() == ThreadState::dead) continue;
    kernel_.signal(*thread);
    return;
  }
}

std::uint64_t Signals::take() {
  kernel_.forget_signal(kernel_.current_thread());
  return std::exchange(pending_, 0);
}

}  // namespace sim
