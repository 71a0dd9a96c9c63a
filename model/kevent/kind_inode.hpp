#pragma once
// INODE: entries of a directory are created or removed. id.raw[0] is the descriptor of the
// directory, or of a file, which has no entries but may lose its name; the mask is of
// KEVENT_INODE_CREATE and _REMOVE. Sources: the July 2006 series, "[1/4] kevent: core files"; later
// takes dropped the code and kept the number.
//
// An occurrence, not a state: what happened before the interest was added is not told, and what
// happens while an event is undelivered is merged into it.
// When the inode loses its last name, all its interests become broken, each once: no event would
// ever come. The original told this when the last user of the inode let go of it, which an interest
// itself prevents, and then told the first interest only; the others pointed to freed memory.
// Errors: -EBADF, -EINVAL (no file of a file system), -ENOENT (it has no name any more).

#include <cerrno>

#include "model/kevent/kind.hpp"

namespace kev {

template <class P>
struct InodeKind {
  static int enqueue(Kevent<P>& kevent) {
    P& platform = kevent.queue.platform();
    kevent.file = platform.file_get(static_cast<int>(kevent.key.id[0]));
    if (kevent.file == nullptr) return -EBADF;
    OriginListener* listener = platform.inode_listener(*kevent.file);
    if (listener == nullptr || platform.pipe_events(*kevent.file) != 0) return -EINVAL;
    auto& storage = static_cast<Storage<P>&>(*listener);
    // Linked first, asked second: who takes the name away meanwhile will find the interest.
    storage.link(kevent);
    if (!platform.unlinked(*kevent.file)) return 0;
    storage.unlink(kevent);
    return -ENOENT;
  }

  static void dequeue(Kevent<P>& kevent) { kevent.storage->unlink(kevent); }

  static void release(Kevent<P>& kevent) {
    if (kevent.file != nullptr) kevent.queue.platform().file_put(*kevent.file);
  }

  /// There is no state to look at: when MODIFY asks, it is ready, as in the original.
  static int check(Kevent<P>& kevent) {
    return kevent.queue.platform().unlinked(*kevent.file) ? -1 : 1;
  }

  static constexpr Kind<P> kind{"INODE", abi::KEVENT_INODE, enqueue, dequeue, release, check, false,
                                false};
};

}  // namespace kev
