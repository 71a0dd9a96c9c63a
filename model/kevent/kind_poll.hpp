#pragma once
// POLL: whatever poll(2) can say of a file. id.raw[0] is the descriptor; the mask is of
// KEVENT_POLL_*, and errors and hang-ups count whether asked for or not. ret_data[0] is what the
// file was ready for when the event was shown. Sources: "[take28 3/8] kevent: poll/select
// notifications", 14 Dec 2006, and the change log of takes 24 and 29.
//
// The interest waits on the file's poll wait queue, as a thread in poll(2) would; the waker asks
// poll() itself. By default the wake-up goes to one interest that was not ready, with WAKEUP_ALL to
// all that ask for it.
// Every event is checked again when it is about to be shown, whatever the request's flags: another
// thread may have taken what there was. The original set LAST_CHECK in the request instead, and
// MODIFY, which brings new flags, lost it.
// Also mended: with ALWAYS_QUEUE the original was not on the wait queue and heard nothing (mended
// in take29); when ADD found the file ready it freed the interest and left it on the wait queue. A
// queue may be watched by another one, not by itself (-EINVAL), nor in circles or chains of more
// than five (-ELOOP): model/platform/watch_graph.hpp.
// Errors: -EBADF, -EINVAL (a file without poll, such as a regular one), -ENOMEM, -ELOOP.

#include <cerrno>

#include "model/kevent/kind.hpp"
#include "model/platform/watch_graph.hpp"

namespace kev {

/// What an interest needs to wait: where it hangs on the wait queue, and in the graph of queues.
template <class P>
class PollSource {
 public:
  PollSource(P& platform, Kevent<P>& kevent)
      : platform_(platform),
        kevent_(kevent),
        lock_(platform, "poll: waiting"),
        waiter_(platform, &PollSource::on_wake, this) {}

  int watch(WatchNode& watched) {
    typename P::MutexGuard guard(platform_.watch_mutex());
    return platform_.watch_graph().add(watch_, kevent_.queue.watch_node(), watched);
  }
  void unwatch() {
    typename P::MutexGuard guard(platform_.watch_mutex());
    platform_.watch_graph().remove(watch_);
  }
  void arm() {
    typename P::IrqGuard guard(lock_);
    arm_locked();
  }
  /// As the request's flags now say, unless it is over.
  void arm_again() {
    typename P::IrqGuard guard(lock_);
    if (over_) return;
    waiter_.disarm();
    arm_locked();
  }
  void end() {
    typename P::IrqGuard guard(lock_);
    over_ = true;
    waiter_.disarm();
  }

 private:
  /// Any context, under the wait queue's lock. True if the wake-up was used.
  static bool on_wake(void* self) {
    Kevent<P>& kevent = static_cast<PollSource*>(self)->kevent_;
    const int outcome = kevent.kind.check(kevent);
    return outcome != 0 && kevent.queue.mark_ready(kevent, outcome);
  }

  void arm_locked() {
    const bool all = kevent_.has(abi::KEVENT_REQ_WAKEUP_ALL);
    waiter_.arm(*kevent_.file, all ? WakeTurn::always : WakeTurn::one_of_all);
  }

  P& platform_;
  Kevent<P>& kevent_;
  Watch watch_;
  typename P::SpinLock lock_;  ///< MODIFY against the end of a one-shot interest
  bool over_ = false;
  typename P::PollWaiter waiter_;
};

template <class P>
struct PollKind {
  static int enqueue(Kevent<P>& kevent) {
    P& platform = kevent.queue.platform();
    kevent.file = platform.file_get(static_cast<int>(kevent.key.id[0]));
    if (kevent.file == nullptr) return -EBADF;
    if (!platform.can_poll(*kevent.file)) return -EINVAL;
    auto* made = platform.template make<PollSource<P>>(Allocation::may_sleep, platform, kevent);
    if (made == nullptr) return -ENOMEM;
    kevent.source = made;
    WatchNode* watched = platform.watch_node(*kevent.file);
    if (watched != nullptr)
      if (const int error = made->watch(*watched); error != 0) return error;
    // Waiting first, looking second: no activity falls in between.
    made->arm();
    const int outcome = check(kevent);
    if (outcome == 0) return 0;
    if (kevent.has(abi::KEVENT_REQ_ALWAYS_QUEUE)) {
      kevent.queue.mark_ready(kevent, outcome);
      return 0;
    }
    dequeue(kevent);
    return outcome;
  }

  static void dequeue(Kevent<P>& kevent) {
    auto& source = *static_cast<PollSource<P>*>(kevent.source);
    source.end();
    if (kevent.queue.platform().watch_node(*kevent.file) != nullptr) source.unwatch();
  }

  static void release(Kevent<P>& kevent) {
    P& platform = kevent.queue.platform();
    if (kevent.source != nullptr) platform.destroy(*static_cast<PollSource<P>*>(kevent.source));
    if (kevent.file != nullptr) platform.file_put(*kevent.file);
  }

  static int check(Kevent<P>& kevent) {
    constexpr std::uint32_t always =
        abi::KEVENT_POLL_POLLERR | abi::KEVENT_POLL_POLLHUP | abi::KEVENT_POLL_POLLNVAL;
    const std::uint32_t wanted = kevent.mask.load(std::memory_order_relaxed) | always;
    return static_cast<int>(kevent.queue.platform().poll(*kevent.file) & wanted);
  }

  static int last_check(Kevent<P>& kevent, std::uint32_t* data) {
    const int outcome = check(kevent);
    data[0] = static_cast<std::uint32_t>(outcome);
    return outcome;
  }

  /// The new flags say how it is to be woken.
  static void modified(Kevent<P>& kevent) {
    static_cast<PollSource<P>*>(kevent.source)->arm_again();
  }

  static constexpr Kind<P> kind{"POLL", abi::KEVENT_POLL, enqueue, dequeue, release, check, true,
                                false,  last_check,       modified};
};

}  // namespace kev
