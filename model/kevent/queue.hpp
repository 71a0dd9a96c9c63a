#pragma once
// The event queue: what the 2006 patches call struct kevent_user, one per queue descriptor.
//
// It owns a set of interests and a first-in-first-out list of those that are ready. Origins put
// interests on the ready list, from any context; threads take them off, copy them to user memory
// and retire, clear or check them again, as their flags say.
//
// Invariants:
//   An interest is on the ready list at most once, however often its origin fires: activity is
//   coalesced, never lost and never queued twice.
//   A one-shot interest is delivered at most once, and is gone from the set afterwards.
//   A delivery that begins after a REMOVE has returned never shows the removed interest.
//   An event whose copy to user memory fails goes back to the head of the list.
//   While events are ready and some waiter wants that many, not all such waiters sleep.
// Locks, in order: control_mutex_ or ring_mutex_, then set_lock_, then a storage's lock, then
// ready_lock_, then the wait queue's. No two of the spinlocks are ever held together by this code
// itself, and never both mutexes.

#include <atomic>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>
#include <cstdint>

#include "model/abi/ukevent.hpp"
#include "model/base/time.hpp"
#include "model/kevent/deadline.hpp"
#include "model/kevent/kevent.hpp"
#include "model/kevent/mapped_ring.hpp"
#include "model/kevent/storage.hpp"
#include "model/kevent/user_ring.hpp"
#include "model/platform/platform.hpp"

namespace kev {

/// The arguments of kevent_init.
struct QueueOptions {
  UserAddress ring = 0;     ///< in user memory; 0: none
  std::uint32_t slots = 0;  ///< of the ring
  std::uint32_t flags = 0;  ///< KEVENT_FLAGS_*, for every wait on this queue
  /// Not version 4: a ring of an earlier take, with its failures.
  RingVersion ring_version = RingVersion::v4;
};

template <class P>
class Queue {
 public:
  /// kevent_init: a queue with one reference, the descriptor's; or null and *error: -EINVAL (flags,
  /// or a ring that UserRing::valid refuses), -EFAULT (the ring cannot be written), -ENOMEM. `id`
  /// names the queue in traces. [sleeps]
  static Queue* create(P& platform, std::uint32_t id, const QueueOptions& options, int* error);
  /// For the platform's allocator; use create() and put().
  Queue(P& platform, std::uint32_t id, const QueueOptions& options);
  ~Queue() = default;
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  P& platform() { return platform_; }
  [[nodiscard]] std::uint32_t id() const { return id_; }

  // -- system calls: process context, may sleep ---------------------------------------------------

  /// kevent_ctl. ADD: how many of the `num` requests were ready at once or failed; these are copied
  /// back to the front of the array. REMOVE, MODIFY: 0, each request is copied back with DONE, and
  /// BROKEN if there is no such interest. READY: how many were marked; with num 0, kicks one
  /// waiter. -EFAULT when user memory faults, -EINVAL for an unknown command, for an array beyond
  /// the address space, and for more requests than there are interests (of ADD: for none).
  long control(std::uint32_t command, std::uint32_t num, UserAddress requests);

  /// kevent_get_events. Sleeps until at least `min_nr` events (one if 0) are ready, the time is
  /// over, a signal comes, or somebody kicks. Returns how many were copied. A queue with a ring
  /// also records them there, as far as there is space: the others carry COPY_FAILED. A full ring
  /// stops nobody. -EFAULT if the first cannot be copied, -EINTR if a signal came and nothing was
  /// ready, -EINVAL if max_nr is 0, and for unknown flags and impossible times.
  long get_events(std::uint32_t min_nr, std::uint32_t max_nr, const abi::kevent_timespec& timeout,
                  UserAddress buffer, std::uint32_t flags);

  /// kevent_wait. Sleeps until an event is ready and the ring has space, as get_events does, and
  /// moves up to `num` events to the ring. Returns how many, at once if `old_index` is not the
  /// program's index any more: another thread has committed since the caller looked.
  /// -EINVAL also without a ring, and if num is 0 or larger than the ring; -EFAULT if the first
  /// event cannot be written. With a ring of takes 7 to 22: queue_mapped.hpp.
  long wait(std::uint32_t num, std::uint32_t old_index, const abi::kevent_timespec& timeout,
            std::uint32_t flags);

  /// kevent_commit: UserRing::commit.
  long commit(std::uint32_t index, std::uint32_t over);

  /// The descriptor is gone: every interest is removed. Nobody else is in a system call.
  void release();

  // -- for kernel code ----------------------------------------------------------------------------

  /// Registers an interest for kernel code; the caller gets a reference. Null with *error set.
  /// Process context, may sleep.
  Kevent<P>* add_for_kernel(const abi::ukevent& request, int* error);

  /// Ends the registration of such an interest, as REMOVE does; the caller keeps its reference.
  /// Nothing happens when a user has removed it. Process context, may sleep.
  void withdraw(Kevent<P>& kevent);

  /// An origin found the interest ready (outcome > 0) or broken (< 0). True if that put it on the
  /// ready list. Any context; the caller holds a reference or is in an RCU read section.
  bool mark_ready(Kevent<P>& kevent, int outcome);
  /// As mark_ready, with data for the user.
  bool complete(Kevent<P>& kevent, int outcome, std::uint32_t data0, std::uint32_t data1);

  /// It has not fired for good: activity now is shown, by a new event or by one not yet delivered.
  bool can_fire(Kevent<P>& kevent);

  void get_kevent(Kevent<P>& kevent);
  /// Process context, may sleep.
  void put_kevent(Kevent<P>& kevent);

  void get();
  /// The last reference destroys the queue. Any context.
  void put();

  /// The origin of the queue's own events (UNOTIFY).
  Storage<P>& own_storage() { return own_storage_; }
  /// poll(): a wait would return at once. Takes nothing.
  [[nodiscard]] bool pollable() const { return has_events() || kicks_.load() != 0; }
  /// Who waits for that without a system call: other queues. Woken in softirq context, so that a
  /// chain of queues is woken link by link, with no link's locks held.
  typename P::WaitQueue& pollers() { return pollers_; }
  WatchNode& watch_node() { return watch_node_; }
  [[nodiscard]] bool has_events() const { return ready_count_.load() != 0; }
  [[nodiscard]] std::size_t registered();

 private:
  struct ByKey {
    using type = Key;
    const Key& operator()(const Kevent<P>& kevent) const { return kevent.key; }
  };
  using Set = boost::intrusive::set<
      Kevent<P>,
      boost::intrusive::member_hook<Kevent<P>, boost::intrusive::set_member_hook<>,
                                    &Kevent<P>::set_hook>,
      boost::intrusive::key_of_value<ByKey>>;
  using ReadyList = boost::intrusive::list<
      Kevent<P>, boost::intrusive::member_hook<Kevent<P>, boost::intrusive::list_member_hook<>,
                                               &Kevent<P>::ready_hook>>;

  /// An event on its way to the user.
  struct Fetched {
    Kevent<P>* kevent = nullptr;
    std::uint64_t ready_sequence = 0;
    abi::ukevent event{};
  };
  /// What a sleeping thread waits for.
  struct Waiter {
    Queue* queue;
    std::uint32_t wants;          ///< so many events
    bool to_ring = false;         ///< and space in the ring for one
    std::uint32_t old_index = 0;  ///< to_ring: or another index of the program than this
    [[nodiscard]] bool served() const;
    /// For the waker: whether this thread could do something with the wake-up.
    static bool wanted(void* self);
  };

  bool complete(Kevent<P>& kevent, int outcome, const std::uint32_t* data);

  // queue_control.hpp
  long control_each(std::uint32_t command, std::uint32_t num, UserAddress requests);
  long kick();
  int add(const abi::ukevent& request, abi::ukevent* answer);
  Kevent<P>* register_interest(const abi::ukevent& request, bool by_kernel, int* error);
  int enter(Kevent<P>& kevent);
  void go_live(Kevent<P>& kevent);
  bool remove(const Key& key);
  bool modify(const abi::ukevent& request);
  bool renew(Kevent<P>& kevent, const abi::ukevent& request);
  bool make_ready_by_user(const Key& key);
  Kevent<P>* find(const Key& key);
  /// Takes it out of the set; false when somebody else did.
  bool take_out(Kevent<P>& kevent);
  /// After take_out(): ends its registration.
  void finish(Kevent<P>& kevent, bool enqueued);
  void forget_ready(Kevent<P>& kevent);
  static void free_kevent(typename P::RcuNode& node);

  // queue_wait.hpp
  enum class WaitEnd : std::uint8_t { none, ready, other_index, kicked, timeout, signal };
  WaitEnd wait_for_events(const Waiter& waiter, Deadline<P>& deadline);
  WaitEnd look(const Waiter& waiter, const Deadline<P>& deadline);
  template <class Deliver>
  long wait_and_deliver(const Waiter& waiter, const abi::kevent_timespec& timeout,
                        std::uint32_t flags, Deliver deliver);

  // queue_deliver.hpp
  std::uint64_t last_ready();
  long deliver(std::uint32_t max_nr, UserAddress buffer);
  long deliver_each(std::uint32_t max_nr, UserAddress buffer);
  long deliver_to_ring(std::uint32_t num);
  long move_to_ring(std::uint32_t num);
  Kevent<P>& next_ready();
  bool fetch(Fetched& fetched, std::uint64_t up_to);
  void take(Kevent<P>& kevent, Fetched& fetched);
  bool passes_last_check(Fetched& fetched);
  void delivered(Fetched& fetched);
  void put_back(Fetched& fetched);
  void push_ready(Kevent<P>& kevent);
  void pop_ready(Kevent<P>& kevent, bool to_deliver);

  // queue_mapped.hpp
  static bool mapped(const QueueOptions& options);
  int map_ring(const QueueOptions& options);
  long wait_mapped(std::uint32_t num, std::uint32_t start, const abi::kevent_timespec& timeout,
                   std::uint32_t flags);
  bool consume_mapped(std::uint32_t start, std::uint32_t num);
  Kevent<P>* find_by_id(const std::uint32_t* id);

  // queue_ready.hpp
  bool retires_when_ready(Kevent<P>& kevent);
  bool still_done(Kevent<P>& kevent);
  /// After something became ready: one thread, and who polls.
  void wake_waiters();
  static void wake_pollers(void* self);

  P& platform_;
  const std::uint32_t id_;
  std::atomic<std::int32_t> references_{1};

  const std::uint32_t flags_;

  typename P::Mutex control_mutex_;  ///< registration, removal and modification by users

  typename P::Mutex ring_mutex_;  ///< who fills the ring, or commits
  UserRing<P> ring_;
  MappedRing<P>* mapped_ = nullptr;  ///< instead, in takes 7 to 22; under ready_lock_

  typename P::SpinLock set_lock_;
  Set set_;

  typename P::SpinLock ready_lock_;
  ReadyList ready_;
  std::atomic<std::uint32_t> ready_count_{0};  ///< changed under ready_lock_, read by waiters
  std::uint64_t ready_sequence_ = 0;
  std::atomic<std::uint32_t> kicks_{0};            ///< waiters to be let go without an event
  std::atomic<std::int64_t> last_deadline_ns_{0};  ///< for Bug::shared_deadline
  std::atomic<std::uint32_t> copying_ = 0;         ///< for Bug::no_wake_on_overflow_list
  Kevent<P>* first_left_ = nullptr;                ///< for Bug::overflow_cursor_dangles

  typename P::WaitQueue wait_;
  typename P::WaitQueue pollers_;
  typename P::Softirq poll_softirq_;  ///< holds a reference while raised
  WatchNode watch_node_;
  Storage<P> own_storage_;
};

}  // namespace kev
