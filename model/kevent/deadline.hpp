#pragma once
// When a wait for events ends: after a while, or at an instant of the real-time clock.
//
// Every waiting thread has its own deadline. (The original kept one timer a queue for absolute
// deadlines: the last caller's replaced those of all others.)

#include <cstdint>

#include "model/abi/ukevent.hpp"
#include "model/base/time.hpp"

namespace kev {

template <class P>
class Deadline {
 public:
  Deadline(const abi::kevent_timespec& time, bool absolute)
      : absolute_(absolute), time_(to_duration(time)) {}

  [[nodiscard]] static bool valid(const abi::kevent_timespec& time) {
    return time.tv_sec >= 0 && time.tv_nsec >= 0 && time.tv_nsec < second_ns;
  }

  [[nodiscard]] bool absolute() const { return absolute_; }
  /// Since the epoch, or what is left.
  [[nodiscard]] Duration time() const { return time_; }
  void move_to(Duration time) { time_ = time; }

  [[nodiscard]] bool over(P& platform) const { return left(platform) <= Duration(0); }

  /// Sleeps until woken, until a signal, or until the deadline. [sleeps]
  void sleep(P& platform) {
    if (absolute_)
      platform.schedule_until(Instant(time_.ns()));
    else
      time_ = platform.schedule_timeout(time_);
  }

 private:
  static constexpr std::int64_t second_ns = 1'000'000'000;

  static Duration to_duration(const abi::kevent_timespec& time) {
    if (time.tv_sec >= Duration::max().ns() / second_ns) return Duration::max();
    return Duration(time.tv_sec * second_ns + time.tv_nsec);
  }
  [[nodiscard]] Duration left(P& platform) const {
    if (!absolute_ || time_ == Duration::max()) return time_;
    return Instant(time_.ns()) - platform.real_now();
  }

  const bool absolute_;
  Duration time_;  ///< what is left, or since the epoch
};

}  // namespace kev
