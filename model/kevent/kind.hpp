#pragma once
// Kinds of events: what the 2006 patches call struct kevent_callbacks, one row a kind.
//
// A new kind is one file kind_<name>.hpp and one row in kinds.hpp.

#include <cstdint>

#include "model/bugs/bug.hpp"
#include "model/kevent/kevent.hpp"
#include "model/kevent/storage.hpp"
#include "model/platform/platform.hpp"

namespace kev {

template <class P>
struct Kind {
  const char* name;
  std::uint32_t type;
  /// Takes a reference on the origin and links the interest into the origin's storage.
  /// 0: registered. Positive: ready at once, and not registered. Negative errno: it cannot be.
  /// Process context, may sleep. After any result release() gives back what was taken.
  int (*enqueue)(Kevent<P>&);
  /// Cuts it off from its origin: no activity reaches it once this has returned, but it may still
  /// be checked. Process context, may sleep. Called once, after enqueue returned 0.
  void (*dequeue)(Kevent<P>&);
  /// Gives back what enqueue took; nobody will check it any more. Process context, may sleep.
  void (*release)(Kevent<P>&);
  /// Positive: ready now. Negative: broken. 0: not ready. Any context, under RCU; must not sleep.
  int (*check)(Kevent<P>&);
  /// Ready is a state that check() can see (a readable socket), not an occurrence (a timer fired).
  bool is_state;
  /// Only kernel code may register it.
  bool kernel_only;
  /// As check(), when an event is about to be shown; fills in its ret_data. Not null: asked always,
  /// also without LAST_CHECK. Process context, must not sleep.
  int (*last_check)(Kevent<P>&, std::uint32_t* data) = nullptr;
  /// MODIFY has brought a new mask and flags; check() comes next. Process context, may sleep.
  void (*modified)(Kevent<P>&) = nullptr;
};

/// The common end of enqueue: linked first, checked second, so that no activity falls in between
/// unseen. With ALWAYS_QUEUE an interest that is ready already is registered and made ready;
/// otherwise it is handed back.
template <class P>
int link_and_check(Kevent<P>& kevent, Storage<P>& storage) {
  const bool looks_first = bug(kevent.queue.platform(), Bug::modify_or_add_on_ready_not_delivered);
  int outcome = looks_first ? kevent.kind.check(kevent) : 0;
  storage.link(kevent);
  if (!looks_first) outcome = kevent.kind.check(kevent);
  if (outcome == 0) return 0;
  if (kevent.has(abi::KEVENT_REQ_ALWAYS_QUEUE)) {
    kevent.queue.mark_ready(kevent, outcome);
    return 0;
  }
  storage.unlink(kevent);
  return outcome;
}

/// The kind of that number; null when there is none.
template <class P>
const Kind<P>* find_kind(std::uint32_t type);

}  // namespace kev
