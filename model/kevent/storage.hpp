#pragma once
// The interests in one origin of events: what the 2006 patches call struct kevent_storage.
//
// An origin's state machine reports activity in any context, also in interrupts and with its own
// locks held. The list of interests is walked under RCU only, so that reporting never waits for
// registration or removal.
// Wake-one (take25 and later): of the interests that an activity makes ready, only the first that
// was not ready before is put on its queue; those that ask for WAKEUP_ALL are put there always.
// An interest stays linked until it is removed, also when it is one-shot and has fired: then it is
// skipped. (The original unlinked it on the spot, without the lock: two notifiers could unlink it
// twice. See model/README.md.)

#include "model/base/rcu_list.hpp"
#include "model/kevent/kevent.hpp"
#include "model/platform/origin.hpp"

namespace kev {

template <class P>
class Storage final : public OriginListener {
 public:
  explicit Storage(P& platform) : platform_(platform), lock_(platform, "storage: interests") {}

  void link(Kevent<P>& kevent);
  /// Nothing happens when it is not linked.
  void unlink(Kevent<P>& kevent);

  void on_activity(std::uint32_t mask) override;
  bool offer(std::uint32_t mask) override;
  /// Every interest becomes broken.
  void on_close() override;

 private:
  template <class Merged>
  bool walk(std::uint32_t mask, Merged merged);
  void unlink_unlocked(Kevent<P>& kevent);

  P& platform_;
  typename P::SpinLock lock_;  ///< writers of list_
  RcuList list_;
};

}  // namespace kev
