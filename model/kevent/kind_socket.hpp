#pragma once
// SOCKET: a socket can be read, written or accepted from. id.raw[0] is the descriptor; the mask is
// of KEVENT_SOCKET_RECV, _ACCEPT and _SEND. Source: "[take29 4/8]", 23 Dec 2006.
//
// The socket reports activity from its own state machine, mostly in softirq context with its lock
// held; what it is ready for is then asked of poll(). Errors and a peer that went away make the
// interest broken, unless there is still something to read or room to write.

#include <cerrno>

#include "model/kevent/kind.hpp"

namespace kev {

template <class P>
struct SocketKind {
  static int enqueue(Kevent<P>& kevent) {
    P& platform = kevent.queue.platform();
    kevent.file = platform.file_get(static_cast<int>(kevent.key.id[0]));
    if (kevent.file == nullptr) return -EBADF;
    // The descriptor may have been reused for something else since the user looked (take6).
    if (!platform.is_socket(*kevent.file)) return -ENOTSOCK;
    return link_and_check(kevent, static_cast<Storage<P>&>(*platform.listener(*kevent.file)));
  }

  static void dequeue(Kevent<P>& kevent) { kevent.storage->unlink(kevent); }

  static void release(Kevent<P>& kevent) {
    if (kevent.file != nullptr) kevent.queue.platform().file_put(*kevent.file);
  }

  static int check(Kevent<P>& kevent) {
    // poll(2) bits, with Linux' values
    constexpr std::uint32_t in = 0x001 | 0x040;
    constexpr std::uint32_t out = 0x004 | 0x100;
    constexpr std::uint32_t gone = 0x008 | 0x010 | 0x2000;
    const std::uint32_t mask = kevent.mask.load(std::memory_order_relaxed);
    const std::uint32_t ready = kevent.queue.platform().poll(*kevent.file);
    const std::uint32_t input = abi::KEVENT_SOCKET_RECV | abi::KEVENT_SOCKET_ACCEPT;
    if ((ready & in) != 0 && (mask & input) != 0) return 1;
    if ((ready & out) != 0 && (mask & abi::KEVENT_SOCKET_SEND) != 0) return 1;
    return (ready & gone) != 0 ? -1 : 0;
  }

  static constexpr Kind<P> kind{
      "SOCKET", abi::KEVENT_SOCKET, enqueue, dequeue, release, check, true, false};
};

}  // namespace kev
