#pragma once
// POSIX_TIMER: a POSIX timer has expired. Registered by timer_create with SIGEV_KEVENT
// (posix_timer.hpp), never by users; id.raw[0] is the timer. The timer holds a reference and
// completes its interest itself. ret_data[0] counts its expiries since it was set. Source: "[take30
// 8/9]", 29 Dec 2006.

#include "model/kevent/kind.hpp"

namespace kev {

template <class P>
struct PosixTimerKind {
  static int enqueue(Kevent<P>&) { return 0; }
  static void dequeue(Kevent<P>&) {}
  static void release(Kevent<P>&) {}
  /// An occurrence: when MODIFY asks, it is ready.
  static int check(Kevent<P>&) { return 1; }

  static constexpr Kind<P> kind{
      "POSIX_TIMER", abi::KEVENT_POSIX_TIMER, enqueue, dequeue, release, check, false, true};
};

}  // namespace kev
