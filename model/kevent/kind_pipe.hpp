#pragma once
// PIPE: a pipe can be read or written. id.raw[0] is the descriptor of one of its ends; the mask is
// of KEVENT_SOCKET_RECV and _SEND. Source: "[take28-resend_1->0 6/8]", December 2006.
//
// The pipe reports activity to its inode's storage, which both ends share; what an end is ready for
// is asked of that end. Broken: the reading end when nothing is left and there is no writer (the
// end of the stream), the writing end when there is no reader.
// The original said "broken" while the last bytes could still be read, and was silent at the end of
// the stream proper, so that a reader who drained first waited for ever; and it registered the
// wrong direction of an end, which can never happen.
// Like every interest in a descriptor it holds the file: an end that is watched stays open, and
// counts as a reader or a writer, until the interest is removed.
// Errors: -EBADF, -EINVAL (no pipe, or none of the mask is this end's).

#include <cerrno>

#include "model/kevent/kind.hpp"

namespace kev {

template <class P>
struct PipeKind {
  static int enqueue(Kevent<P>& kevent) {
    P& platform = kevent.queue.platform();
    kevent.file = platform.file_get(static_cast<int>(kevent.key.id[0]));
    if (kevent.file == nullptr) return -EBADF;
    const std::uint32_t possible = platform.pipe_events(*kevent.file);
    if ((possible & kevent.mask.load(std::memory_order_relaxed)) == 0) return -EINVAL;
    return link_and_check(kevent, static_cast<Storage<P>&>(*platform.inode_listener(*kevent.file)));
  }

  static void dequeue(Kevent<P>& kevent) { kevent.storage->unlink(kevent); }

  static void release(Kevent<P>& kevent) {
    if (kevent.file != nullptr) kevent.queue.platform().file_put(*kevent.file);
  }

  static int check(Kevent<P>& kevent) {
    // poll(2) bits, with Linux' values
    constexpr std::uint32_t in = 0x001;
    constexpr std::uint32_t out = 0x004;
    constexpr std::uint32_t no_reader = 0x008;
    constexpr std::uint32_t no_writer = 0x010;
    const std::uint32_t mask = kevent.mask.load(std::memory_order_relaxed);
    const std::uint32_t ready = kevent.queue.platform().poll(*kevent.file);
    if ((mask & abi::KEVENT_SOCKET_RECV) != 0) {
      if ((ready & in) != 0) return 1;
      if ((ready & no_writer) != 0) return -1;
    }
    if ((mask & abi::KEVENT_SOCKET_SEND) != 0) {
      if ((ready & no_reader) != 0) return -1;
      if ((ready & out) != 0) return 1;
    }
    return 0;
  }

  static constexpr Kind<P> kind{"PIPE", abi::KEVENT_PIPE, enqueue, dequeue, release, check, true,
                                false};
};

}  // namespace kev
