#pragma once
// TIMER: a relative, periodic timer on the monotonic clock. id.raw[0] is seconds, id.raw[1]
// nanoseconds; a one-shot interest fires once. Source: "[take29 5/8]", 23 Dec 2006.
//
// Overrun: a period that ends while the event of the last one is still undelivered is merged into
// it; ret_data[0] counts the periods that have ended since the interest was added (the original put
// the time in milliseconds there, which said nothing of what was missed).
// The timer completes its interest itself and is in no storage, so nobody walks a list that it is
// freed under; it is freed when the last reference to the interest goes.
// The timer is stopped before the interest is cut off, and outside every lock: cancelling waits for
// a callback that runs on another CPU. The original cancelled under the queue's lock.

#include <cerrno>

#include "model/kevent/kind.hpp"

namespace kev {

template <class P>
class TimerSource {
 public:
  TimerSource(P& platform, Kevent<P>& kevent, Duration period)
      : platform_(platform),
        kevent_(kevent),
        period_(period),
        timer_(platform, "kevent timer", &TimerSource::on_expiry, this) {}

  void start() {
    next_ = platform_.now() + period_;
    timer_.start(next_);
  }
  void stop() { timer_.cancel(); }

 private:
  static void on_expiry(void* self) {
    auto& source = *static_cast<TimerSource*>(self);
    ++source.expiries_;
    if (!source.kevent_.has(abi::KEVENT_REQ_ONESHOT)) {
      // From the planned instant, not from now: a late interrupt must not shift the later ones.
      source.next_ += source.period_;
      source.timer_.start(source.next_);
    }
    source.kevent_.queue.complete(source.kevent_, 1, source.expiries_, 0);
  }

  P& platform_;
  Kevent<P>& kevent_;
  Duration period_;
  Instant next_;
  std::uint32_t expiries_ = 0;
  typename P::HrTimer timer_;
};

template <class P>
struct TimerKind {
  static int enqueue(Kevent<P>& kevent) {
    constexpr std::uint32_t second_ns = 1'000'000'000;
    const std::uint32_t seconds = kevent.key.id[0];
    const std::uint32_t nanoseconds = kevent.key.id[1];
    if (nanoseconds >= second_ns || (seconds == 0 && nanoseconds == 0)) return -EINVAL;
    P& platform = kevent.queue.platform();
    const Duration period(std::int64_t{seconds} * second_ns + nanoseconds);
    auto* source =
        platform.template make<TimerSource<P>>(Allocation::may_sleep, platform, kevent, period);
    if (source == nullptr) return -ENOMEM;
    kevent.source = source;
    source->start();
    return 0;
  }

  static void dequeue(Kevent<P>& kevent) { static_cast<TimerSource<P>*>(kevent.source)->stop(); }

  static void release(Kevent<P>& kevent) {
    if (kevent.source == nullptr) return;
    kevent.queue.platform().destroy(*static_cast<TimerSource<P>*>(kevent.source));
  }

  /// A timer has no state to look at: when MODIFY asks, it is ready, as in the original.
  static int check(Kevent<P>&) { return 1; }

  static constexpr Kind<P> kind{"TIMER", abi::KEVENT_TIMER, enqueue, dequeue, release, check, false,
                                false};
};

}  // namespace kev
