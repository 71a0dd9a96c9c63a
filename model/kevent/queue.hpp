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
// Locks, in order: control_mutex_, then set_lock_, then a storage's lock, then ready_lock_, then
// the wait queue's. No two of the spinlocks are ever held together by this code itself.

#include <atomic>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>
#include <cstdint>

#include "model/abi/ukevent.hpp"
#include "model/base/time.hpp"
#include "model/kevent/kevent.hpp"
#include "model/kevent/storage.hpp"
#include "model/platform/platform.hpp"

namespace kev {

template <class P>
class Queue {
 public:
  /// With one reference, the descriptor's; null: no memory. `id` names the queue in traces.
  static Queue* create(P& platform, std::uint32_t id);
  /// For the platform's allocator; use create() and put().
  Queue(P& platform, std::uint32_t id);
  ~Queue() = default;
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  P& platform() { return platform_; }
  [[nodiscard]] std::uint32_t id() const { return id_; }

  // -- system calls: process context, may sleep ---------------------------------------------------

  /// kevent_ctl. ADD: how many of the `num` requests were ready at once or failed; these are copied
  /// back to the front of the array. REMOVE, MODIFY: 0, each request is copied back with DONE, and
  /// BROKEN if there is no such interest. READY: how many were marked; with num 0, kicks one
  /// waiter. -EFAULT when user memory faults, -EINVAL for an unknown command or an impossible
  /// number.
  long control(std::uint32_t command, std::uint32_t num, UserAddress requests);

  /// kevent_get_events. Sleeps until at least `min_nr` events (one if 0) are ready, the time is
  /// over (Duration::max(): never), a signal comes, or somebody kicks. Returns how many were
  /// copied. -EFAULT if the first cannot be copied, -EINTR if a signal came and nothing was ready,
  /// -EINVAL if max_nr is 0.
  long get_events(std::uint32_t min_nr, std::uint32_t max_nr, Duration timeout, UserAddress buffer);

  /// The descriptor is gone: every interest is removed. Nobody else is in a system call.
  void release();

  // -- for kernel code ----------------------------------------------------------------------------

  /// Registers an interest for kernel code; the caller gets a reference. Null with *error set.
  /// Process context, may sleep.
  Kevent<P>* add_for_kernel(const abi::ukevent& request, int* error);

  /// An origin found the interest ready (outcome > 0) or broken (< 0). True if that put it on the
  /// ready list. Any context; the caller holds a reference or is in an RCU read section.
  bool mark_ready(Kevent<P>& kevent, int outcome);
  /// As mark_ready, with data for the user.
  bool complete(Kevent<P>& kevent, int outcome, std::uint32_t data0, std::uint32_t data1);

  void get_kevent(Kevent<P>& kevent);
  /// Process context, may sleep.
  void put_kevent(Kevent<P>& kevent);

  void get();
  /// The last reference destroys the queue. Any context.
  void put();

  /// The origin of the queue's own events (UNOTIFY).
  Storage<P>& own_storage() { return own_storage_; }
  /// poll(): somebody would find events.
  [[nodiscard]] bool has_events() const { return ready_count_.load() != 0; }
  [[nodiscard]] std::size_t size() const { return set_.size(); }

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
    abi::ukevent event{};
  };
  /// A thread in get_events.
  struct Waiter {
    Queue* queue;
    std::uint32_t wants;
    static bool wanted(void* self);
  };

  bool complete(Kevent<P>& kevent, int outcome, const std::uint32_t* data);

  // queue_control.hpp
  long control_each(std::uint32_t command, std::uint32_t num, UserAddress requests);
  long kick();
  int add(const abi::ukevent& request, abi::ukevent* answer);
  Kevent<P>* register_interest(const abi::ukevent& request, bool by_kernel, int* error);
  bool remove(const Key& key);
  bool modify(const abi::ukevent& request);
  bool make_ready_by_user(const Key& key);
  Kevent<P>* find(const Key& key);
  /// Takes it out of the set; false when somebody else did.
  bool take_out(Kevent<P>& kevent);
  /// After take_out(): ends its registration.
  void finish(Kevent<P>& kevent, bool enqueued);
  static void free_kevent(typename P::RcuNode& node);

  // queue_wait.hpp
  enum class WaitEnd : std::uint8_t { none, ready, kicked, timeout, signal };
  WaitEnd wait_for_events(std::uint32_t wants, Duration* timeout);
  WaitEnd look(std::uint32_t wants, Duration left);
  long deliver(std::uint32_t max_nr, UserAddress buffer);
  bool fetch(Fetched& fetched, std::uint64_t up_to);
  bool passes_last_check(Kevent<P>& kevent);
  void delivered(Fetched& fetched);
  void put_back(Fetched& fetched);
  void push_ready(Kevent<P>& kevent);

  P& platform_;
  const std::uint32_t id_;
  std::atomic<std::int32_t> references_{1};

  typename P::Mutex control_mutex_;  ///< registration, removal and modification by users

  typename P::SpinLock set_lock_;
  Set set_;

  typename P::SpinLock ready_lock_;
  ReadyList ready_;
  std::atomic<std::uint32_t> ready_count_{0};  ///< changed under ready_lock_, read by waiters
  std::uint64_t ready_sequence_ = 0;
  std::atomic<std::uint32_t> kicks_{0};  ///< waiters to be let go without an event

  typename P::WaitQueue wait_;
  Storage<P> own_storage_;
};

}  // namespace kev
