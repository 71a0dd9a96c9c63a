#pragma once
// What the code under test may ask of a machine: the Platform concept.
//
// The concept is shaped like the kernel the code was written for, because that is where the races
// live: spinlocks with interrupts off, wait queues with wake functions, RCU, timers that fire in
// hardirq context, copies to user memory that fault, pages that are locked while they are read.
// The code under test is written as templates over a platform and instantiated once a platform:
// sim/machine/sim_platform.hpp is the simulated machine.
//
// Contract, for every platform:
//   Locks take the platform and the name of what they guard. Their guards have destructors that may
//   throw, since a simulated thread can be unwound while it unlocks.
//   Functions marked [sleeps] are called in process context with no spinlock held and outside RCU
//   read sections; all others may be called in any context. Results are 0 or a count, or a negative
//   errno. Everything that is had by get or take is given back by put or give, exactly once.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "model/base/time.hpp"
#include "model/platform/origin.hpp"
#include "model/platform/tracepoint.hpp"
#include "model/platform/watch_graph.hpp"

namespace kev {

/// An address in the user program's memory; only the platform can reach behind it.
using UserAddress = std::uint64_t;
/// The first address that no program can have.
inline constexpr UserAddress user_space_end = UserAddress{1} << 47;

/// Whether an allocation may sleep to succeed (GFP_KERNEL) or not (GFP_ATOMIC).
enum class Allocation : bool { atomic, may_sleep };

/// Who may interrupt a wait.
enum class Sleep : bool { uninterruptible, interruptible };

/// Whom a wake-up reaches: one of all who wait so, or everyone who waits so.
enum class WakeTurn : bool { one_of_all, always };

/// Whether to wait for socket buffer space; whether more data follows at once (MSG_MORE).
struct SendFlags {
  bool dont_wait = false;
  bool more = false;
};

/// The part that an event queue needs.
///
/// PollWaiter(platform, wake, owner) waits without a thread: between arm(file, turn) and disarm()
/// it calls wake(owner), in any context, when poll(file) may say something new; the result tells
/// whether the wake-up was used. After disarm() no call is running.
/// Softirq(platform, name, function, owner): after raise() the function runs soon, in softirq
/// context. raise() is false if it was to run anyway.
template <class P>
concept QueuePlatform = requires(P& p, typename P::File& file, typename P::RcuNode& node,
                                 void (*free)(typename P::RcuNode&), UserAddress user, void* memory,
                                 Tracepoint tracepoint, std::int64_t value, const char* text) {
  typename P::SpinLock;
  typename P::SpinGuard;  // preemption off
  typename P::IrqGuard;   // and interrupts of this CPU off
  typename P::Mutex;
  typename P::MutexGuard;
  typename P::WaitQueue;
  typename P::WaitEntry;
  typename P::HrTimer;
  typename P::PollWaiter;
  typename P::Softirq;
  typename P::RcuReadGuard;
  { p.now() } -> std::same_as<Instant>;       // monotonic
  { p.real_now() } -> std::same_as<Instant>;  // the real-time clock, which may be set
  { p.call_rcu(node, free) };
  // Kernel objects: null when there is no memory. [sleeps] with may_sleep
  {
    p.template make<typename P::RcuNode>(Allocation::atomic)
  } -> std::same_as<typename P::RcuNode*>;
  { p.destroy(node) };
  { p.copy_in(memory, user, std::size_t{}) } -> std::same_as<bool>;   // [sleeps]
  { p.copy_out(user, memory, std::size_t{}) } -> std::same_as<bool>;  // [sleeps]
  // Memory that user and kernel see and that never faults; null: not mapped.
  { p.map_shared(user, std::size_t{}) } -> std::same_as<void*>;
  // For code that is kept with its defects: says that a promise is broken, and does not return.
  { p.broken(text, text) };
  { p.expect_alive(&node, text) };  // a kernel object that was not destroyed yet
  { p.schedule_timeout(Duration{}) } -> std::same_as<Duration>;  // [sleeps]
  { p.schedule_until(Instant{}) };                               // [sleeps] real time
  { p.signal_pending() } -> std::same_as<bool>;
  { p.file_get(int{}) } -> std::same_as<typename P::File*>;  // null: -EBADF
  { p.file_put(file) };                                      // [sleeps]
  { p.is_socket(file) } -> std::same_as<bool>;
  { p.poll(file) } -> std::same_as<std::uint32_t>;
  { p.can_poll(file) } -> std::same_as<bool>;
  // One graph a machine, of the files that can watch others; null: cannot
  { p.watch_node(file) } -> std::same_as<WatchNode*>;
  { p.watch_graph() } -> std::same_as<WatchGraph&>;
  { p.watch_mutex() } -> std::same_as<typename P::Mutex&>;
  { p.listener(file) } -> std::same_as<OriginListener*>;
  // Of a pipe's end: KEVENT_SOCKET_RECV, _SEND or both; 0: no pipe
  { p.pipe_events(file) } -> std::same_as<std::uint32_t>;
  // Of a file or directory of a file system, or of a pipe, else null.
  { p.inode_listener(file) } -> std::same_as<OriginListener*>;
  { p.unlinked(file) } -> std::same_as<bool>;  // the inode has lost its last name
  {
    p.signal_listener(int{}, SignalDelivery{})
  } -> std::same_as<OriginListener&>;                        // number 1 to 64
  { p.signals_sent(int{}) } -> std::same_as<std::uint32_t>;  // of that number, ever
  { p.trace(tracepoint, value, value, value, value) };
};

/// What network AIO needs besides. PinnedPages(platform, address, bytes, held, released, owner) is
/// user memory that the network may refer to: held(owner) when its first reference is taken,
/// released(owner), in any context, when the last one goes.
template <class P>
concept NaioPlatform =
    QueuePlatform<P> &&
    requires(P& p, typename P::File& file, typename P::PinnedPages& pages, std::uint32_t number) {
      typename P::SpaceWaiter;
      { p.is_async(file) } -> std::same_as<bool>;  // a socket with SO_ASYNC_SOCK
      { p.pin(pages) } -> std::same_as<int>;       // get_user_pages [sleeps]
      { p.held(pages) } -> std::same_as<bool>;
      // From the byte `number` of the pages, so many bytes; never waits for the socket. [sleeps]
      { p.send_pinned(file, pages, number, number) } -> std::same_as<std::int64_t>;
      { p.receive_pinned(file, pages, number, number) } -> std::same_as<std::int64_t>;
    };

/// The part that file-to-socket designs need besides. Pages are had with a reference, which
/// put_page gives back. find_page_again is a lookup that does not count in the hit ratio.
///
/// PageWaiter(platform, wake, owner) and SpaceWaiter are for who waits without a thread: between
/// arm() and disarm() they call wake(owner), in any context, when the page is unlocked, or when the
/// socket may have space or has failed. Arm first, then look again. Both are disarmed by their
/// owner.
template <class P>
concept AioPlatform =
    QueuePlatform<P> &&
    requires(P& p, typename P::File& file, typename P::Inode& inode, typename P::Page& page,
             typename P::Page** pages, const typename P::ReadHooks& hooks, typename P::ReadBio& bio,
             std::uint64_t index, typename P::Message& message, const char* name) {
      typename P::Bio;
      typename P::PageWaiter;
      typename P::SpaceWaiter;
      { p.inode_of(file) } -> std::same_as<typename P::Inode*>;  // null: no regular file
      { p.size_of(inode) } -> std::same_as<std::int64_t>;
      { p.find_get_page(inode, index) } -> std::same_as<typename P::Page*>;
      { p.find_page_again(inode, index) } -> std::same_as<typename P::Page*>;
      { p.allocate_page() } -> std::same_as<typename P::Page*>;  // [sleeps]
      { p.place_page(page, index) };                             // before read_pages
      { p.add_page(page, inode, index) } -> std::same_as<int>;   // locks it
      { p.put_page(page) };
      { p.lock_page(page) };  // [sleeps]
      { p.try_lock_page(page) } -> std::same_as<bool>;
      { p.unlock_page(page) };
      { p.locked(page) } -> std::same_as<bool>;
      { p.uptodate(page) } -> std::same_as<bool>;
      { p.truncated(page) } -> std::same_as<bool>;  // in no file any more: look again
      { p.marked(page) } -> std::same_as<bool>;     // by readahead
      { p.mark_accessed(page) };
      { p.read_pages(file, pages, int{}, hooks) } -> std::same_as<int>;  // [sleeps]
      { p.read_page(page, hooks) };                                      // [sleeps]
      { p.start_reads(file) };                                           // unplugs the disk
      { p.finish_pages(bio) };  // uptodate or error, unlock
      { p.readahead_expected(file, index, index) } -> std::same_as<std::uint64_t>;  // [sleeps]
      { p.readahead_missed(file, index, index) };                                   // [sleeps]
      { p.readahead_marked(file, page, index, index) };                             // [sleeps]
      { p.readahead_end(file, index) };
      { p.readahead_failed(file) };
      {
        p.send_page(file, page, std::uint32_t{}, std::uint32_t{}, SendFlags{})
      } -> std::same_as<std::int64_t>;                         // [sleeps] unless dont_wait
      { p.bytes_of(message) } -> std::same_as<std::uint32_t>;  // of a program's, to be copied
      // Takes off the message's front what was sent.
      { p.send_message(file, message, SendFlags{}) } -> std::same_as<std::int64_t>;
      { p.last_sender(file) } -> std::same_as<void*&>;  // a socket's, for the design's own use
      { p.spawn(name, std::function<void()>{}) };       // a kernel thread
      { p.ending() } -> std::same_as<bool>;             // threads return
    };

}  // namespace kev
