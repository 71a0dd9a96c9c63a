#pragma once
// AIO: an asynchronous request has ended. Registered by the request's own code, always one-shot;
// the request holds a reference and calls Queue::complete. Sources: "[take31 10/10]" and "[take33
// 10/10]", January 2007.
//
// The originals scanned all interests of the queue's own storage and asked each whether its request
// was done. Here a request completes its own interest: no scan, no dangling pointer to a request
// that is gone, and no wake-up lost to a neighbour under the wake-one rule.

#include "model/kevent/kind.hpp"

namespace kev {

template <class P>
struct AioKind {
  static int enqueue(Kevent<P>&) { return 0; }
  static void dequeue(Kevent<P>&) {}
  static void release(Kevent<P>&) {}
  static int check(Kevent<P>&) { return 0; }

  static constexpr Kind<P> kind{"AIO",   abi::KEVENT_AIO, enqueue, dequeue,
                                release, check,           false,   true};
};

}  // namespace kev
