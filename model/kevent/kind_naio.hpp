#pragma once
// NAIO: an asynchronous transfer on a socket has ended. Registered by aio_send and aio_recv
// (model/aio/naio.hpp), always one-shot; the request holds a reference and calls Queue::complete.
// Source: "[2/4] kevent: network AIO, socket notifications", 26 Jul 2006.

#include "model/kevent/kind.hpp"

namespace kev {

template <class P>
struct NaioKind {
  static int enqueue(Kevent<P>&) { return 0; }
  static void dequeue(Kevent<P>&) {}
  static void release(Kevent<P>&) {}
  static int check(Kevent<P>&) { return 0; }

  static constexpr Kind<P> kind{"NAIO", abi::KEVENT_NAIO, enqueue, dequeue, release, check, false,
                                true};
};

}  // namespace kev
