#pragma once
// The simulated machine as a Platform (model/platform/platform.hpp): what the code under test sees.
//
// Nothing here decides anything; each function hands the question to the kernel or a device model,
// and pays for tracepoints. The asynchronous-I/O part is in sim_platform_io.cpp.

#include "model/platform/platform.hpp"
#include "sim/kernel/file.hpp"
#include "sim/kernel/lock.hpp"
#include "sim/kernel/rcu.hpp"
#include "sim/kernel/timer.hpp"
#include "sim/kernel/wait_queue.hpp"
#include "sim/world/machine.hpp"

namespace sim {

class SimPlatform {
 public:
  explicit SimPlatform(Machine& machine) : machine_(machine) {}
  SimPlatform(const SimPlatform&) = delete;
  SimPlatform& operator=(const SimPlatform&) = delete;

  Machine& machine() { return machine_; }
  Kernel& kernel() { return machine_.kernel; }

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

   private:
    sim::WaitQueue queue_;
  };
  struct HrTimer : sim::HrTimer {
    HrTimer(SimPlatform& p, const char* name, void (*callback)(void*), void* owner)
        : sim::HrTimer(p.kernel(), name, callback, owner) {}
  };
  using RcuNode = sim::RcuNode;
  struct RcuReadGuard : sim::RcuReadGuard {
    explicit RcuReadGuard(SimPlatform& p) : sim::RcuReadGuard(p.machine().rcu) {}
  };

  kev::Instant now() { return kernel().now(); }
  void call_rcu(RcuNode& node, void (*function)(RcuNode&)) { machine_.rcu.call(node, function); }
  void schedule() { kernel().schedule(); }
  kev::Duration schedule_timeout(kev::Duration limit) { return kernel().schedule_timeout(limit); }
  bool signal_pending() { return kernel().current_thread().signal_pending(); }
  /// The world ends: loops that wait for somebody must stop.
  bool ending() { return kernel().ending(); }
  void spawn(const char* name, std::function<void()> body) {
    kernel().spawn(name, ContextKind::kernel_thread, std::move(body));
  }

  // -- memory -------------------------------------------------------------------------------------
  bool take_memory(kev::Allocation how) {
    return machine_.allocator.take(how == kev::Allocation::may_sleep);
  }
  void give_memory() { machine_.allocator.give(); }
  bool copy_in(void* to, kev::UserAddress from, std::size_t bytes) {
    return machine_.user.copy_in(to, from, bytes);
  }
  bool copy_out(kev::UserAddress to, const void* from, std::size_t bytes) {
    return machine_.user.copy_out(to, from, bytes);
  }

  // -- descriptors --------------------------------------------------------------------------------
  using File = FileObject;
  File* file_get(int descriptor) { return machine_.files.get(descriptor); }
  void file_get(File& file) { file.get(); }
  void file_put(File& file) { file.put(); }
  bool is_socket(File& file) { return file.kind() == FileObject::Kind::socket; }
  std::uint32_t poll(File& file) { return file.poll(); }
  kev::OriginListener* listener(File& file) { return file.listener(); }

  // -- tracing ------------------------------------------------------------------------------------
  void trace(kev::Tracepoint tracepoint, std::int64_t a, std::int64_t b, std::int64_t c,
             std::int64_t d);

 private:
  Machine& machine_;
};

}  // namespace sim
