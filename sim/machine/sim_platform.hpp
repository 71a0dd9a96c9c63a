#pragma once
// The simulated machine as a Platform (model/platform/platform.hpp): what the code under test sees.
//
// Nothing here decides anything; each function hands the question to the kernel or a device model,
// and pays for tracepoints. The asynchronous-I/O part is in sim/world/platform_io.cpp.

#include <cerrno>

#include "model/platform/platform.hpp"
#include "sim/kernel/file.hpp"
#include "sim/kernel/lock.hpp"
#include "sim/kernel/rcu.hpp"
#include "sim/kernel/timer.hpp"
#include "sim/kernel/wait_queue.hpp"
#include "sim/machine/code_under_test.hpp"
#include "sim/machine/machine.hpp"
#include "sim/vfs/inode.hpp"
#include "sim/vfs/read_bio.hpp"

namespace sim {

struct ContentRun;

class SimPlatform {
 public:
  explicit SimPlatform(Machine& machine) : SimPlatform(machine, plain_code()) {}
  virtual ~SimPlatform();
  SimPlatform(const SimPlatform&) = delete;
  SimPlatform& operator=(const SimPlatform&) = delete;

  Machine& machine() { return machine_; }
  Kernel& kernel() { return machine_.kernel; }
  /// The code under test that runs here, and what it makes of a new origin.
  [[nodiscard]] const CodeUnderTest& code() const { return code_; }
  std::unique_ptr<kev::OriginListener> make_listener() { return code_.make_listener(*this); }
  kev::BugSwitch& bugs() { return machine_.kernel.bugs(); }

  // -- synchronisation ----------------------------------------------------------------------------
  struct SpinLock : sim::SpinLock {
    SpinLock(SimPlatform& p, const char* guards) : sim::SpinLock(p.kernel(), guards) {}
  };
  struct Mutex : sim::Mutex {
    Mutex(SimPlatform& p, const char* guards) : sim::Mutex(p.kernel(), guards) {}
  };
  using SpinGuard = sim::SpinGuard;
  using IrqGuard = sim::IrqGuard;
  using MutexGuard = sim::MutexGuard;

  struct WaitEntry : sim::WaitEntry {
    explicit WaitEntry(SimPlatform& p) : sim::WaitEntry(p.kernel().current_thread()) {}
    WaitEntry(SimPlatform& p, bool (*wanted)(void*), void* owner)
        : sim::WaitEntry(p.kernel().current_thread(), wanted, owner) {}
    /// For waiters that are no threads: `wake(owner)` runs under the wait queue's lock.
    WaitEntry(void (*wake)(void*), void* owner) : sim::WaitEntry(&call, owner), function_(wake) {}

   private:
    static bool call(sim::WaitEntry& entry, std::uint32_t) {
      auto& self = static_cast<WaitEntry&>(entry);
      self.function_(self.owner());
      return true;
    }
    void (*function_)(void*) = nullptr;
  };
  class WaitQueue {
   public:
    WaitQueue(SimPlatform& p, const char* name) : queue_(p.kernel(), name) {}
    void prepare(WaitEntry& entry, kev::Sleep sleep) {
      queue_.prepare(entry, sleep == kev::Sleep::interruptible ? ThreadState::interruptible
                                                               : ThreadState::uninterruptible);
    }
    void finish(WaitEntry& entry) { queue_.finish(entry); }
    void wake(std::uint32_t exclusive) { queue_.wake(exclusive); }
    void wake_all() { queue_.wake_all(); }
    [[nodiscard]] bool active() const { return queue_.active(); }
    sim::WaitQueue& raw() { return queue_; }

   private:
    sim::WaitQueue queue_;
  };
  struct HrTimer : sim::HrTimer {
    HrTimer(SimPlatform& p, const char* name, void (*callback)(void*), void* owner)
        : sim::HrTimer(p.kernel(), name, callback, owner) {}
  };
  /// Waits on a file's poll wait queue without a thread.
  class PollWaiter {
   public:
    PollWaiter(SimPlatform&, bool (*wake)(void*), void* owner)
        : entry_(&on_wake, this), wake_(wake), owner_(owner) {}
    void arm(FileObject& file, kev::WakeTurn turn) {
      KEV_CHECK(queue_ == nullptr);
      entry_.exclusive = turn == kev::WakeTurn::one_of_all;
      queue_ = file.pollers();
      queue_->add(entry_);
    }
    void disarm() {
      if (queue_ == nullptr) return;
      queue_->remove(entry_);
      queue_ = nullptr;
    }

   private:
    static bool on_wake(sim::WaitEntry& entry, std::uint32_t) {
      auto& waiter = *static_cast<PollWaiter*>(entry.owner());
      return waiter.wake_(waiter.owner_);
    }
    sim::WaitEntry entry_;
    bool (*wake_)(void*);
    void* owner_;
    sim::WaitQueue* queue_ = nullptr;
  };
  class Softirq {
   public:
    Softirq(SimPlatform& p, const char* name, void (*function)(void*), void* owner)
        : kernel_(p.kernel()), line_(name, kernel_.next_id(), function, owner) {}
    bool raise() {
      if (line_.pending()) return false;
      kernel_.raise_softirq(line_);
      return true;
    }

   private:
    Kernel& kernel_;
    InterruptLine line_;
  };
  using RcuNode = sim::RcuNode;
  struct RcuReadGuard : sim::RcuReadGuard {
    explicit RcuReadGuard(SimPlatform& p) : sim::RcuReadGuard(p.machine().rcu) {}
  };

  kev::Instant now() {
    kernel().point(KernelStep::clock, 0);
    return kernel().now();
  }
  kev::Instant real_now() { return kernel().real_now(); }
  void call_rcu(RcuNode& node, void (*function)(RcuNode&)) { machine_.rcu.call(node, function); }
  void schedule() { kernel().schedule(); }
  kev::Duration schedule_timeout(kev::Duration limit) { return kernel().schedule_timeout(limit); }
  void schedule_until(kev::Instant real_time) { kernel().schedule_until(real_time); }
  bool signal_pending() {
    const Thread& thread = kernel().current_thread();
    kernel().point(KernelStep::signal_pending, thread.id());
    return thread.signal_pending();
  }
  /// The world ends: loops that wait for somebody must stop.
  bool ending() { return kernel().ending(); }
  void spawn(const char* name, std::function<void()> body);

  // -- memory -------------------------------------------------------------------------------------
  template <class T, class... Args>
  T* make(kev::Allocation how, Args&&... args) {
    return machine_.allocator.make<T>(how == kev::Allocation::may_sleep,
                                      std::forward<Args>(args)...);
  }
  template <class T>
  void destroy(T& object) {
    machine_.allocator.destroy(object);
  }
  bool copy_in(void* to, kev::UserAddress from, std::size_t bytes) {
    return machine_.user.copy_in(to, from, bytes);
  }
  bool copy_out(kev::UserAddress to, const void* from, std::size_t bytes) {
    return machine_.user.copy_out(to, from, bytes);
  }

  void* map_shared(kev::UserAddress at, std::size_t bytes) {
    return machine_.user.mapped(at, bytes) ? machine_.user.at(at, bytes) : nullptr;
  }
  void broken(const char* property, const char* message);
  template <class T>
  void expect_alive(const T* object, const char* what) {
    kernel().point({"use", 0});
    machine_.allocator.expect_alive(object, what);
  }

  // -- descriptors --------------------------------------------------------------------------------
  using File = FileObject;
  File* file_get(int descriptor) { return machine_.files.get(descriptor); }
  void file_get(File& file) { file.get(); }
  void file_put(File& file) { file.put(); }
  bool is_socket(File& file) { return file.kind() == FileObject::Kind::socket; }
  std::uint32_t poll(File& file) {
    file.expect_alive("poll");
    return file.poll();
  }
  bool can_poll(File& file) { return file.pollers() != nullptr; }
  kev::WatchNode* watch_node(File& file) { return file.watch_node(); }
  kev::WatchGraph& watch_graph() { return watch_graph_; }
  Mutex& watch_mutex() { return watch_mutex_; }
  kev::OriginListener* listener(File& file) { return file.listener(); }
  std::uint32_t pipe_events(File& file) { return file.pipe_events(); }
  kev::OriginListener* inode_listener(File& file) { return file.inode_listener(); }
  bool unlinked(File& file) { return file.unlinked(); }

  // -- signals ------------------------------------------------------------------------------------
  kev::OriginListener& signal_listener(int number, kev::SignalDelivery delivery);
  std::uint32_t signals_sent(int number) { return machine_.signals.sent(number); }

  // -- files, pages and the disk (sim/world/platform_io.cpp)
  // ---------------------------------------------
  using Inode = sim::Inode;
  using Page = sim::Page;
  using Bio = sim::Bio;
  using ReadBio = sim::ReadBio;
  using ReadHooks = sim::ReadHooks;

  Inode* inode_of(File& file);
  std::int64_t size_of(Inode& inode) { return static_cast<std::int64_t>(inode.size_bytes()); }
  Page* find_get_page(Inode& inode, std::uint64_t index);
  Page* find_page_again(Inode& inode, std::uint64_t index);
  Page* allocate_page();
  void place_page(Page& page, std::uint64_t index) { page.set_index(index); }
  int add_page(Page& page, Inode& inode, std::uint64_t index);
  void put_page(Page& page);
  void lock_page(Page& page);
  bool try_lock_page(Page& page);
  void unlock_page(Page& page);
  bool locked(Page& page) { return page.locked(); }
  bool uptodate(Page& page) { return page.uptodate(); }
  bool truncated(Page& page) { return page.inode() == nullptr; }
  /// And takes the mark away: one reader starts the next window.
  bool marked(Page& page);
  void mark_accessed(Page& page);
  int read_pages(File& file, Page** pages, int count, const ReadHooks& hooks);
  void read_page(Page& page, const ReadHooks& hooks);
  void start_reads(File& file);
  void finish_pages(ReadBio& bio);
  std::uint64_t readahead_expected(File& file, std::uint64_t index, std::uint64_t remaining);
  void readahead_missed(File& file, std::uint64_t index, std::uint64_t remaining);
  void readahead_marked(File& file, Page& page, std::uint64_t index, std::uint64_t remaining);
  void readahead_end(File& file, std::uint64_t position);
  void readahead_failed(File& file);

  class PageWaiter {
   public:
    PageWaiter(SimPlatform& p, void (*wake)(void*), void* owner)
        : platform_(p), entry_(&on_wake, this), wake_(wake), owner_(owner) {}
    void arm(Page& page);
    void disarm();

   private:
    static bool on_wake(sim::WaitEntry& entry, std::uint32_t key);
    SimPlatform& platform_;
    sim::WaitEntry entry_;
    void (*wake_)(void*);
    void* owner_;
    Page* page_ = nullptr;
  };

  // -- sockets ------------------------------------------------------------------------------------
  std::int64_t send_page(File& socket, Page& page, std::uint32_t offset, std::uint32_t length,
                         kev::SendFlags flags);
  using Message = ContentRun;
  std::uint32_t bytes_of(const Message& message) { return message.length; }
  std::int64_t send_message(File& socket, Message& message, kev::SendFlags flags);
  void*& last_sender(File& socket);

  class SpaceWaiter {
   public:
    SpaceWaiter(SimPlatform&, void (*wake)(void*), void* owner)
        : entry_(&on_wake, this), wake_(wake), owner_(owner) {}
    void arm(File& socket);
    void disarm();

   private:
    static bool on_wake(sim::WaitEntry& entry, std::uint32_t key);
    sim::WaitEntry entry_;
    void (*wake_)(void*);
    void* owner_;
    sim::WaitQueue* queue_ = nullptr;
  };

  /// User memory that the network may refer to while it sends. What it holds is a tag, as all
  /// contents (Devices::user_contents), asked for when a segment goes out.
  class PinnedPages {
   public:
    PinnedPages(SimPlatform& p, kev::UserAddress address, std::uint32_t bytes, void (*held)(void*),
                void (*released)(void*), void* owner)
        : platform_(p),
          address_(address),
          bytes_(bytes),
          held_(held),
          released_(released),
          owner_(owner) {}

   private:
    friend class SimPlatform;
    static ContentRun content(void* self, std::uint32_t offset, std::uint32_t length);
    static void acquire(void* self);
    static void release(void* self);

    SimPlatform& platform_;
    kev::UserAddress address_;
    std::uint32_t bytes_;
    void (*held_)(void*);
    void (*released_)(void*);
    void* owner_;
    std::uint32_t references_ = 0;  ///< the network's
  };
  bool is_async(File& socket);
  int pin(PinnedPages& pages) {
    return machine_.user.pin(pages.address_, pages.bytes_) ? 0 : -EFAULT;
  }
  bool held(PinnedPages& pages) { return pages.references_ != 0; }
  std::int64_t send_pinned(File& socket, PinnedPages& pages, std::uint32_t offset,
                           std::uint32_t length);
  std::int64_t receive_pinned(File& socket, PinnedPages& pages, std::uint32_t offset,
                              std::uint32_t length);

  // -- tracing ------------------------------------------------------------------------------------
  void trace(kev::Tracepoint tracepoint, std::int64_t a, std::int64_t b, std::int64_t c,
             std::int64_t d);

 protected:
  /// `code`: compiled for the derived class.
  SimPlatform(Machine& machine, const CodeUnderTest& code)
      : machine_(machine), code_(code), watch_mutex_(*this, "which queue watches which") {}

 private:
  Machine& machine_;
  const CodeUnderTest& code_;
  kev::WatchGraph watch_graph_;
  Mutex watch_mutex_;
};

}  // namespace sim
