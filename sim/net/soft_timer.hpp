#pragma once
// The kernel's ordinary timers (Linux 2.6.18, kernel/timer.c), which TCP uses: their functions run
// in softirq context on the CPU that set them, after the timer interrupt. The clock is exact here,
// not in jiffies.
//
// A timer may be moved or cleared from any context. Its function may be running on another CPU
// meanwhile, as after del_timer(): what it works on must have a lock and a reference.

#include <memory>
#include <vector>

#include "sim/kernel/kernel.hpp"
#include "sim/net/deadline.hpp"

namespace sim {

class SoftTimer;

/// All CPUs' timer interrupts and softirqs.
class SoftTimers {
 public:
  explicit SoftTimers(Kernel& kernel);

 private:
  friend class SoftTimer;
  struct Base {
    Base(Kernel& k, int number);
    Kernel& kernel;
    int cpu;
    InterruptLine interrupt;
    InterruptLine softirq;
    SoftTimer* first = nullptr;  ///< expired, in the order of expiry
    SoftTimer* last = nullptr;
  };
  static void on_interrupt(void* base);
  static void on_softirq(void* base);
  Base& current_base();

  Kernel& kernel_;
  std::vector<std::unique_ptr<Base>> bases_;
};

class SoftTimer {
 public:
  using Callback = void (*)(void* owner);
  SoftTimer(SoftTimers& timers, Callback callback, void* owner);
  ~SoftTimer() { drop(); }
  SoftTimer(const SoftTimer&) = delete;
  SoftTimer& operator=(const SoftTimer&) = delete;

  void set(kev::Instant at);
  void clear();
  /// As clear(), and leaves nothing in the engine: before the owner goes.
  void drop();

 private:
  friend class SoftTimers;
  static void on_deadline(void* self);
  void unqueue();

  SoftTimers& timers_;
  Callback callback_;
  void* owner_;
  SoftTimers::Base* base_;
  bool queued_ = false;   ///< its time has come, the softirq not yet
  bool expired_ = false;  ///< and it has not been moved or cleared since
  SoftTimer* next_ = nullptr;
  Deadline deadline_;
};

}  // namespace sim
