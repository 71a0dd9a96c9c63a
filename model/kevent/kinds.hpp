#pragma once
// The table of kinds. A new kind: one file, one row.

#include "model/kevent/kind.hpp"
#include "model/kevent/kind_aio.hpp"
#include "model/kevent/kind_inode.hpp"
#include "model/kevent/kind_naio.hpp"
#include "model/kevent/kind_pipe.hpp"
#include "model/kevent/kind_poll.hpp"
#include "model/kevent/kind_posix_timer.hpp"
#include "model/kevent/kind_signal.hpp"
#include "model/kevent/kind_socket.hpp"
#include "model/kevent/kind_timer.hpp"
#include "model/kevent/kind_unotify.hpp"

namespace kev {

template <class P>
inline constexpr const Kind<P>* kinds[] = {
    // clang-format off: one row a kind
    &SocketKind<P>::kind,
    &InodeKind<P>::kind,
    &TimerKind<P>::kind,
    &PollKind<P>::kind,
    &NaioKind<P>::kind,
    &AioKind<P>::kind,
    &PipeKind<P>::kind,
    &SignalKind<P>::kind,
    &PosixTimerKind<P>::kind,
    &UnotifyKind<P>::kind,
    // clang-format on
};

template <class P>
const Kind<P>* find_kind(std::uint32_t type) {
  for (const Kind<P>* kind : kinds<P>)
    if (kind->type == type) return kind;
  return nullptr;
}

}  // namespace kev
