#pragma once
// A Platform of one thread and nothing simulated: locks that do nothing, user memory that is the
// program's own, files that are ready when they are told to be. For measuring what the queue itself
// costs; nobody ever sleeps.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "model/kevent/storage.hpp"
#include "model/platform/platform.hpp"

namespace bench {

class OneThread {
 public:
  struct File;
  struct NoLock {
    NoLock(OneThread&, const char*) {}
  };
  struct NoGuard {
    explicit NoGuard(NoLock&) {}
    ~NoGuard() {}  // not trivial: a guard that is never named again is no mistake
  };
  using SpinLock = NoLock;
  using SpinGuard = NoGuard;
  using IrqGuard = NoGuard;
  using Mutex = NoLock;
  using MutexGuard = NoGuard;

  struct WaitEntry {
    explicit WaitEntry(OneThread&) {}
    WaitEntry(OneThread&, bool (*)(void*), void*) {}
    WaitEntry(void (*)(void*), void*) {}
    bool exclusive = false;
  };
  struct WaitQueue {
    WaitQueue(OneThread&, const char*) {}
    void prepare(WaitEntry&, kev::Sleep) {}
    void finish(WaitEntry&) {}
    void wake(std::uint32_t) { ++wakes; }
    void wake_all() { ++wakes; }
    bool active() { return false; }
    std::uint64_t wakes = 0;
  };
  struct HrTimer {
    HrTimer(OneThread&, const char*, void (*)(void*), void*) {}
    void start(kev::Instant) {}
    bool cancel() { return false; }
  };
  struct PollWaiter {
    PollWaiter(OneThread&, bool (*)(void*), void*) {}
    void arm(File&, kev::WakeTurn) {}
    void disarm() {}
  };
  struct Softirq {
    Softirq(OneThread&, const char*, void (*)(void*), void*) {}
    bool raise() { return false; }
  };
  struct RcuNode {
    RcuNode* next = nullptr;
    void (*function)(RcuNode&) = nullptr;
  };
  struct RcuReadGuard {
    explicit RcuReadGuard(OneThread&) {}
    ~RcuReadGuard() {}
  };

  /// A descriptor: what it is ready for, and who listens.
  struct File {
    explicit File(OneThread& platform) : storage(platform) {}
    std::uint32_t ready = 0;
    kev::Storage<OneThread> storage;
  };

  OneThread() = default;
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;
  ~OneThread() { end_grace_period(); }

  kev::Instant now() { return kev::Instant(0); }
  kev::Instant real_now() { return kev::Instant(0); }
  kev::Duration schedule_timeout(kev::Duration) { return kev::Duration(0); }
  void schedule_until(kev::Instant) {}
  bool signal_pending() { return false; }
  bool ending() { return false; }

  void call_rcu(RcuNode& node, void (*function)(RcuNode&)) {
    node.function = function;
    node.next = retired_;
    retired_ = &node;
  }
  /// Nobody is inside a call.
  void end_grace_period() {
    while (retired_ != nullptr) {
      RcuNode& node = *std::exchange(retired_, retired_->next);
      node.function(node);
    }
  }

  template <class T, class... Args>
  T* make(kev::Allocation, Args&&... args) {
    return new (std::nothrow) T(std::forward<Args>(args)...);
  }
  template <class T>
  void destroy(T& object) {
    delete &object;
  }

  bool copy_in(void* to, kev::UserAddress from, std::size_t bytes) {
    std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
    return true;
  }
  bool copy_out(kev::UserAddress to, const void* from, std::size_t bytes) {
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    return true;
  }

  void* map_shared(kev::UserAddress at, std::size_t) { return reinterpret_cast<void*>(at); }
  void broken(const char*, const char*) { std::abort(); }
  void expect_alive(const void*, const char*) {}

  /// The next descriptor.
  File& open() { return *files_.emplace_back(std::make_unique<File>(*this)); }
  File* file_get(int descriptor) {
    const auto index = static_cast<std::size_t>(descriptor);
    return index < files_.size() ? files_[index].get() : nullptr;
  }
  void file_put(File&) {}
  bool is_socket(File&) { return true; }
  std::uint32_t poll(File& file) { return file.ready; }
  kev::OriginListener* listener(File& file) { return &file.storage; }
  // There are sockets only.
  bool can_poll(File&) { return false; }
  kev::WatchNode* watch_node(File&) { return nullptr; }
  kev::WatchGraph& watch_graph() { return watch_graph_; }
  Mutex& watch_mutex() { return watch_mutex_; }
  std::uint32_t pipe_events(File&) { return 0; }
  kev::OriginListener* inode_listener(File&) { return nullptr; }
  bool unlinked(File&) { return false; }
  kev::OriginListener& signal_listener(int, kev::SignalDelivery) { return files_.front()->storage; }
  std::uint32_t signals_sent(int) { return 0; }

  void trace(kev::Tracepoint, std::int64_t, std::int64_t, std::int64_t, std::int64_t) {}

 private:
  kev::WatchGraph watch_graph_;
  Mutex watch_mutex_{*this, "watching"};
  RcuNode* retired_ = nullptr;
  std::vector<std::unique_ptr<File>> files_;
};

}  // namespace bench
