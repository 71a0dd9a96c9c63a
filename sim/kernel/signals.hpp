#pragma once
// Signals of the simulated process: 1 to 64, sent from any context, delivered to a thread unless
// somebody takes them as events instead.
//
// Points of activity, as in the 2006 kevent patches: whoever listens to a number is told before it
// is delivered, and may have it instead (KEVENT_SIGNAL_NOMASK). Each number is an origin of its own
// with two listeners, made by the platform when the first interest comes. The patches had one word
// a task, "the last signal", and every interest compared its number with it: of two signals at once
// one was lost.
// Delivery: the number becomes pending for the process and a thread's interruptible sleep ends with
// -EINTR. Handlers are simulated user code: a program calls take() where they would run. Linux
// picks the first thread that wants the signal; here it is the oldest thread of the process. The
// state is the simulator's own: it is changed between preemption points, without a lock.

#include <array>
#include <cstdint>
#include <memory>

#include "model/platform/origin.hpp"
#include "sim/kernel/kernel.hpp"

namespace sim {

class Signals {
 public:
  static constexpr int last_number = 64;  // _NSIG

  explicit Signals(Kernel& kernel) : kernel_(kernel) {}
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// kill(2) to the process: 0, or -EINVAL for a number that does not exist. 0 only asks. Any
  /// context.
  int send(int number);
  /// So many of that number were sent, ever.
  [[nodiscard]] std::uint32_t sent(int number) const { return sent_.at(index(number)); }
  /// The handlers run: the numbers that were pending (bit n - 1 for number n), which are not
  /// pending any more. Process context.
  std::uint64_t take();

  /// Who listens to that number: those who see it too, and those who have it instead of the
  /// program.
  using Listener = std::unique_ptr<kev::OriginListener>;
  Listener& listener(int number, kev::SignalDelivery delivery) {
    Listeners& both = listeners_.at(index(number));
    return delivery == kev::SignalDelivery::as_well ? both.as_well : both.suppressed;
  }

 private:
  struct Listeners {
    Listener as_well;
    Listener suppressed;
  };
  static std::size_t index(int number) { return static_cast<std::size_t>(number - 1); }
  void deliver(int number);

  Kernel& kernel_;
  std::array<std::uint32_t, last_number> sent_{};
  std::array<Listeners, last_number> listeners_;
  std::uint64_t pending_ = 0;
};

}  // namespace sim
