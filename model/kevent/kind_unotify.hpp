#pragma once
// UNOTIFY: an event raised by the user program itself, with KEVENT_CTL_READY or the request flag
// READY. Any id. Source: "[take31 9/10]", January 2007 (the analogue of Solaris' port_send).

#include "model/kevent/kind.hpp"

namespace kev {

template <class P>
struct UnotifyKind {
  static int enqueue(Kevent<P>& kevent) {
    kevent.queue.own_storage().link(kevent);
    return 0;
  }
  static void dequeue(Kevent<P>& kevent) { kevent.storage->unlink(kevent); }
  static void release(Kevent<P>&) {}
  static int check(Kevent<P>&) { return 1; }

  static constexpr Kind<P> kind{
      "UNOTIFY", abi::KEVENT_UNOTIFY, enqueue, dequeue, release, check, false, false};
};

}  // namespace kev
