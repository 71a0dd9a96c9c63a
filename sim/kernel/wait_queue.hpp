#pragma once
// Wait queues and completions, as in Linux 2.6.18 (kernel/wait.c, kernel/sched.c).
//
// A waiter is an entry with a function that is called at wake-up; for a thread it makes the thread
// runnable. Non-exclusive entries are all called; of the exclusive ones as many as the waker asks
// for, in order of arrival. Other users (retry AIO, poll kevents, page waits) install functions of
// their own and never sleep.
// Protocol against lost wake-ups: prepare() (which queues and announces the sleep), then test the
// condition, then schedule(), then finish(). The queue's lock is taken with interrupts disabled;
// wake functions run under it, in any context, and may not sleep.

#include <cstdint>

#include "sim/kernel/lock.hpp"

namespace sim {

class WaitQueue;

class WaitEntry {
 public:
  /// Returns true when the wake-up was used (it then counts as one exclusive wake-up).
  using Wake = bool (*)(WaitEntry& entry, std::uint32_t key);

  /// The entry of a thread, which wakes it.
  explicit WaitEntry(Thread& thread) : wake_(&wake_thread), thread_(&thread) {}
  /// The same, but only if `wanted(owner)` says so; otherwise the wake-up goes to the next entry.
  WaitEntry(Thread& thread, bool (*wanted)(void* owner), void* owner)
      : wake_(&wake_thread), wanted_(wanted), owner_(owner), thread_(&thread) {}
  /// An entry with a function of its own; `owner` is for that function.
  WaitEntry(Wake wake, void* owner) : wake_(wake), owner_(owner) {}
  ~WaitEntry();
  WaitEntry(const WaitEntry&) = delete;
  WaitEntry& operator=(const WaitEntry&) = delete;

  [[nodiscard]] bool queued() const { return queue_ != nullptr; }
  [[nodiscard]] void* owner() const { return owner_; }
  /// Woken one at a time, in order of arrival.
  bool exclusive = false;

 private:
  friend class WaitQueue;
  static bool wake_thread(WaitEntry& entry, std::uint32_t key);

  Wake wake_;
  bool (*wanted_)(void* owner) = nullptr;
  void* owner_ = nullptr;
  Thread* thread_ = nullptr;
  WaitQueue* queue_ = nullptr;
  WaitEntry* next_ = nullptr;
  WaitEntry* previous_ = nullptr;
};

class WaitQueue {
 public:
  WaitQueue(Kernel& kernel, const char* name) : kernel_(kernel), lock_(kernel, name) {}
  ~WaitQueue();
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  /// Non-exclusive entries go first, exclusive ones last. Requires: not queued.
  void add(WaitEntry& entry);
  /// Nothing happens when it is not queued.
  void remove(WaitEntry& entry);
  /// From the entry's own wake function: the lock is held.
  void remove_locked(WaitEntry& entry);

  /// Queues the current thread's entry, if it is not, and announces the sleep.
  void prepare(WaitEntry& entry, ThreadState state);
  /// The thread runs again: takes the entry out if it still is in.
  void finish(WaitEntry& entry);

  /// All non-exclusive waiters and `exclusive` exclusive ones.
  void wake(std::uint32_t exclusive = 1, std::uint32_t key = 0);
  void wake_all(std::uint32_t key = 0) { wake(UINT32_MAX, key); }

  /// Somebody waits. Racy by nature, as in the kernel: the caller knows what it may conclude.
  [[nodiscard]] bool active() const { return head_ != nullptr; }

 private:
  friend class WaitEntry;
  void unlink(WaitEntry& entry);

  Kernel& kernel_;
  SpinLock lock_;
  WaitEntry* head_ = nullptr;
  WaitEntry* tail_ = nullptr;
};

/// "Done" that can be waited for; complete() lets one waiter through.
class Completion {
 public:
  explicit Completion(Kernel& kernel)
      : kernel_(kernel),
        wait_(kernel, "completion"),
        id_(kernel.exploring() ? kernel.next_id("completion") : 0) {}

  void complete();
  void wait();
  void reset() { done_ = 0; }
  [[nodiscard]] bool done() const { return done_ != 0; }

 private:
  Kernel& kernel_;
  WaitQueue wait_;
  std::uint32_t id_;
  std::uint32_t done_ = 0;
};

}  // namespace sim
