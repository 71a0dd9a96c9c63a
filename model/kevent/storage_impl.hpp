#pragma once
// The bodies of Storage, for the file that instantiates it.

#include "model/bugs/bug.hpp"
#include "model/kevent/kind.hpp"
#include "model/kevent/queue.hpp"
#include "model/kevent/storage.hpp"

namespace kev {

template <class P>
void Storage<P>::link(Kevent<P>& kevent) {
  typename P::IrqGuard guard(lock_);
  kevent.storage = this;
  kevent.in_storage = true;
  list_.push_back(kevent);
}

template <class P>
void Storage<P>::unlink(Kevent<P>& kevent) {
  typename P::IrqGuard guard(lock_);
  if (!kevent.in_storage) return;
  kevent.in_storage = false;
  list_.remove(kevent);
}

template <class P>
void Storage<P>::on_activity(std::uint32_t mask) {
  walk(mask, [](Kevent<P>&) {});
}

template <class P>
bool Storage<P>::offer(std::uint32_t mask) {
  bool taken = false;
  const bool shown = walk(mask, [&](Kevent<P>& kevent) {
    if (!taken) taken = kevent.queue.can_fire(kevent);
  });
  return shown || taken;
}

/// True if an interest was put on its queue; `merged` sees those that were ready and not put there.
template <class P>
template <class Merged>
bool Storage<P>::walk(std::uint32_t mask, Merged merged) {
  // Most origins have no listener most of the time. Whoever links later checks the state itself.
  if (list_.empty()) return false;
  typename P::RcuReadGuard guard(platform_);
  bool woken = false;
  for (RcuListNode* node = list_.first(); node != nullptr; node = list_.next(*node)) {
    auto& kevent = static_cast<Kevent<P>&>(*node);
    if ((kevent.mask.load(std::memory_order_relaxed) & mask) == 0) continue;
    if (woken && !kevent.has(abi::KEVENT_REQ_WAKEUP_ALL)) continue;
    const int outcome = kevent.kind.check(kevent);
    if (outcome == 0 && !bug(platform_, Bug::done_flag_kept)) continue;
    const bool unlinks = bug(platform_, Bug::oneshot_unlinked_by_notifiers) && kevent.in_storage;
    if (kevent.queue.mark_ready(kevent, outcome))
      woken = true;
    else
      merged(kevent);
    if (unlinks) unlink_unlocked(kevent);
  }
  return woken;
}

/// As take29 did where a one-shot interest fires, under RCU only.
template <class P>
void Storage<P>::unlink_unlocked(Kevent<P>& kevent) {
  if (!kevent.has(abi::KEVENT_REQ_ONESHOT)) return;
  if (!kevent.in_storage) platform_.broken("list_integrity", "an interest is unlinked twice");
  kevent.in_storage = false;
  list_.remove(kevent);
}

template <class P>
void Storage<P>::on_close() {
  if (list_.empty()) return;
  typename P::RcuReadGuard guard(platform_);
  for (RcuListNode* node = list_.first(); node != nullptr; node = list_.next(*node)) {
    auto& kevent = static_cast<Kevent<P>&>(*node);
    kevent.queue.mark_ready(kevent, -1);
  }
}

}  // namespace kev
