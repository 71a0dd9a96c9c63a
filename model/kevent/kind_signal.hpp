#pragma once
// SIGNAL: a signal was sent to the process. id.raw[0] is its number, 1 to 64; with
// KEVENT_SIGNAL_NOMASK in id.raw[1] the signal is not delivered to the program as well. ret_data[0]
// is how many of that number had been sent to the process when the event was shown: the difference
// to the last event tells how many were merged into one, and may be 0, when the last event was
// shown between the counting of a signal and its telling. Source: "[take26-resend1 7/8]", December
// 2006.
//
// Each number is an origin of its own, so signals cannot displace each other. The original kept
// only the last number, in one word without a lock: of two signals sent at once, one was lost. A
// signal is suppressed only if some NOMASK interest shows it, or will: one that is one-shot and has
// fired does not count, so the program gets the next signal in the normal way. As there, signals
// sent before the interest was added are not told. Errors: -EINVAL (no such number, other bits in
// the id, NOMASK of SIGKILL or SIGSTOP).

#include <cerrno>

#include "model/kevent/kind.hpp"

namespace kev {

template <class P>
struct SignalKind {
  static int enqueue(Kevent<P>& kevent) {
    constexpr std::uint32_t last_number = 64;
    constexpr std::uint32_t sigkill = 9;
    constexpr std::uint32_t sigstop = 19;
    const std::uint32_t number = kevent.key.id[0];
    const std::uint32_t options = kevent.key.id[1];
    if (number == 0 || number > last_number) return -EINVAL;
    if ((options & ~abi::KEVENT_SIGNAL_NOMASK) != 0) return -EINVAL;
    if (options != 0 && (number == sigkill || number == sigstop)) return -EINVAL;
    const auto delivery = options != 0 ? SignalDelivery::suppressed : SignalDelivery::as_well;
    OriginListener& listener =
        kevent.queue.platform().signal_listener(static_cast<int>(number), delivery);
    static_cast<Storage<P>&>(listener).link(kevent);
    return 0;
  }

  static void dequeue(Kevent<P>& kevent) { kevent.storage->unlink(kevent); }
  static void release(Kevent<P>&) {}

  /// An occurrence: when MODIFY asks, it is ready.
  static int check(Kevent<P>&) { return 1; }

  static int last_check(Kevent<P>& kevent, std::uint32_t* data) {
    data[0] = kevent.queue.platform().signals_sent(static_cast<int>(kevent.key.id[0]));
    return 1;
  }

  static constexpr Kind<P> kind{
      "SIGNAL", abi::KEVENT_SIGNAL, enqueue, dequeue, release, check, false, false, last_check};
};

}  // namespace kev
