#pragma once
// A POSIX timer that tells its expiries to an event queue (SIGEV_KEVENT): what struct k_itimer is
// in the 2006 patches. Source: "[take30 8/9]", 29 Dec 2006.
//
// Expiries while the event of an earlier one is undelivered are merged into it; ret_data[0] counts
// all since the timer was set, so the difference to the last event is the overrun plus one. In the
// original a timer of this sort ignored its interval and kept no overrun count: it fired once, and
// its one-shot event was all.
// delete() takes the interest out of its queue: nothing of the timer is shown by a wait that begins
// later. The original broke it in the timer's storage, which it then freed; an interest that was
// not the first one stayed linked there. If the queue goes first, or the user removes the interest,
// the timer runs on and tells nobody. Units: the monotonic clock. Requires: set() and delete() are
// called one at a time.

#include "model/kevent/queue.hpp"

namespace kev {

template <class P>
class PosixTimer {
 public:
  /// timer_create: not running. Null with *error: -ENOMEM, -EEXIST (the queue has an interest in a
  /// timer of that id). `user` comes back with each event. [sleeps]
  static PosixTimer* create(P& platform, Queue<P>& queue, std::uint32_t id, std::uint64_t user,
                            int* error);
  /// For the platform's allocator; use create().
  explicit PosixTimer(P& platform)
      : platform_(platform), timer_(platform, "posix timer", &PosixTimer::on_expiry, this) {}
  PosixTimer(const PosixTimer&) = delete;
  PosixTimer& operator=(const PosixTimer&) = delete;

  /// timer_settime, relative: expires after `first`, then every `interval` if that is not 0. With
  /// `first` 0 it stops. The count of expiries begins anew. [sleeps]
  void set(Duration first, Duration interval);
  /// timer_delete. It is gone afterwards. [sleeps]
  void destroy();

 private:
  static void on_expiry(void* self);

  P& platform_;
  Kevent<P>* kevent_ = nullptr;
  Duration interval_{0};
  Instant next_;
  std::uint32_t expiries_ = 0;
  typename P::HrTimer timer_;
};

template <class P>
PosixTimer<P>* PosixTimer<P>::create(P& platform, Queue<P>& queue, std::uint32_t id,
                                     std::uint64_t user, int* error) {
  *error = -ENOMEM;
  auto* made = platform.template make<PosixTimer>(Allocation::may_sleep, platform);
  if (made == nullptr) return nullptr;
  abi::ukevent request{};
  request.id = {{id, 0}};
  request.type = abi::KEVENT_POSIX_TIMER;
  request.event = abi::KEVENT_MASK_ALL;
  request.req_flags = abi::KEVENT_REQ_ALWAYS_QUEUE;
  request.user = user;
  made->kevent_ = queue.add_for_kernel(request, error);
  if (made->kevent_ != nullptr) return made;
  platform.destroy(*made);
  return nullptr;
}

template <class P>
void PosixTimer<P>::set(Duration first, Duration interval) {
  timer_.cancel();
  interval_ = interval;
  expiries_ = 0;
  if (first == Duration(0)) return;
  next_ = platform_.now() + first;
  timer_.start(next_);
}

template <class P>
void PosixTimer<P>::destroy() {
  timer_.cancel();
  Queue<P>& queue = kevent_->queue;
  queue.withdraw(*kevent_);
  queue.put_kevent(*kevent_);
  platform_.destroy(*this);
}

/// Hardirq context.
template <class P>
void PosixTimer<P>::on_expiry(void* self) {
  auto& timer = *static_cast<PosixTimer*>(self);
  ++timer.expiries_;
  if (timer.interval_ != Duration(0)) {
    // From the planned instant, not from now: a late interrupt must not shift the later ones.
    timer.next_ += timer.interval_;
    timer.timer_.start(timer.next_);
  }
  timer.kevent_->queue.complete(*timer.kevent_, 1, timer.expiries_, 0);
}

}  // namespace kev
