#pragma once
// Spinlocks and mutexes of the simulated kernel, with the semantics of Linux 2.6.18.
//
// A spinlock disables preemption while held; lock_irqsave also disables this CPU's interrupts,
// lock_bh its softirqs. A waiter keeps its CPU busy. A mutex sleeps, wakes its first waiter on
// unlock, and lets whoever comes first have it. Rules checked at each operation:
// sim/kernel/rules.hpp. A class name says what the lock guards. Guards have destructors that may
// throw: unlocking is a preemption point, and a fiber that is unwound there leaves by an exception
// (sim/engine/fiber.hpp).

#include <cstdint>
#include <vector>

#include "sim/kernel/kernel.hpp"

namespace sim {

class SpinLock {
 public:
  SpinLock(Kernel& kernel, const char* class_name);
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

  void lock();
  void unlock();
  void lock_irqsave();
  void unlock_irqrestore();
  void lock_bh();
  void unlock_bh();
  bool try_lock();

  [[nodiscard]] Kernel& kernel() const { return kernel_; }
  [[nodiscard]] bool held() const { return state_.holder != nullptr; }
  /// By the current context.
  [[nodiscard]] bool held_by_me() const;
  [[nodiscard]] std::uint32_t id() const { return state_.id; }

 private:
  void acquire();
  void release();
  void spin();
  void pass_on();
  bool check_holder();

  Kernel& kernel_;
  Kernel::LockState state_;
  std::uint16_t class_;
  std::vector<Context*> spinners_;  ///< first come, first served; mostly none
};

class Mutex {
 public:
  Mutex(Kernel& kernel, const char* class_name);
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock();
  void unlock();

  [[nodiscard]] bool held_by_me() const;

 private:
  void sleep();

  Kernel& kernel_;
  Kernel::LockState state_;
  std::uint16_t class_;
  std::vector<Thread*> waiters_;
};

/// Holds a lock for a scope: SpinGuard, IrqGuard (interrupts off) or MutexGuard.
template <class Lock, void (Lock::*take)(), void (Lock::*give)()>
class ScopedLock {
 public:
  explicit ScopedLock(Lock& lock) : lock_(lock) { (lock_.*take)(); }
  ~ScopedLock() noexcept(false) { (lock_.*give)(); }
  ScopedLock(const ScopedLock&) = delete;
  ScopedLock& operator=(const ScopedLock&) = delete;

 private:
  Lock& lock_;
};

using SpinGuard = ScopedLock<SpinLock, &SpinLock::lock, &SpinLock::unlock>;
using IrqGuard = ScopedLock<SpinLock, &SpinLock::lock_irqsave, &SpinLock::unlock_irqrestore>;
using BhGuard = ScopedLock<SpinLock, &SpinLock::lock_bh, &SpinLock::unlock_bh>;
using MutexGuard = ScopedLock<Mutex, &Mutex::lock, &Mutex::unlock>;

}  // namespace sim
