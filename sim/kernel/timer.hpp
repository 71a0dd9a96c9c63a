#pragma once
// High-resolution timers (Linux 2.6.16 and later, kernel/hrtimer.c): expire in hardirq context, on
// the CPU that started them.
//
// The callback may start the timer again. A timer whose instant has come stays cancellable until
// the CPU takes the interrupt. cancel() returns when the callback neither is pending nor runs: it
// spins while another CPU runs it. A timer is destroyed only when it is neither.

#include <deque>
#include <vector>

#include "sim/kernel/kernel.hpp"

namespace sim {

class HrTimer {
 public:
  using Callback = void (*)(void* owner);
  HrTimer(Kernel& kernel, const char* name, Callback callback, void* owner);
  ~HrTimer();
  HrTimer(const HrTimer&) = delete;
  HrTimer& operator=(const HrTimer&) = delete;

  /// Fires at that instant of the monotonic clock, or at once if it has passed.
  void start(kev::Instant at);
  void start_after(kev::Duration after) { start(kernel_.now() + after); }
  /// True when it was pending. Waits for a callback that is running elsewhere.
  /// Requires: not called from the callback itself, nor with a lock held that the callback takes.
  bool cancel();
  /// As cancel(), but gives up (-1) when the callback is running: 1 cancelled, 0 was not pending.
  int try_cancel();
  [[nodiscard]] bool active() const {
    return event_.pending() || expired_on_ != nullptr || running_;
  }
  [[nodiscard]] kev::Instant expires() const { return event_.instant(); }

 private:
  friend class TimerBase;
  void expire();
  void run();
  /// Takes a pending timer back; false when it was not pending.
  bool forget();

  Kernel& kernel_;
  const char* name_;
  Callback callback_;
  void* owner_;
  std::uint32_t id_ = 0;             ///< exploration
  TimerBase* base_ = nullptr;        ///< of the CPU that started it
  TimerBase* expired_on_ = nullptr;  ///< its instant has come, the interrupt not yet
  bool running_ = false;
  std::vector<Context*> cancellers_;
  MemberEvent<HrTimer, &HrTimer::expire> event_;
};

/// One CPU's timer interrupt and the timers that wait for it.
class TimerBase {
 public:
  TimerBase(Kernel& kernel, int cpu);

 private:
  friend class HrTimer;
  static void handle(void* self);

  int cpu_;
  InterruptLine line_;
  std::deque<HrTimer*> expired_;
};

}  // namespace sim
