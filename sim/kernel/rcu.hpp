#pragma once
// Read-copy-update: readers are never blocked; call_rcu() runs a function when every read section
// that had begun before has ended (a grace period), in softirq context.
//
// In time, a grace period also lasts at least `batch`, since 2.6.18's classic RCU waits for a tick
// on every CPU. In exploration its end is a device-like event that may come at any later point.
// Rules: read sections nest, do not sleep (sleeping_in_atomic) and are balanced (rcu_balance); one
// node waits for one grace period at a time (list_integrity).

#include <cstdint>
#include <deque>

#include "sim/kernel/kernel.hpp"

namespace sim {

/// Embedded in what is to be freed after a grace period.
struct RcuNode {
  using Function = void (*)(RcuNode& node);
  Function function = nullptr;
  bool waiting = false;
};

class Rcu {
 public:
  Rcu(Kernel& kernel, kev::Duration batch);
  ~Rcu();
  Rcu(const Rcu&) = delete;
  Rcu& operator=(const Rcu&) = delete;

  void read_lock();
  void read_unlock();
  /// Any context. Requires: the node does not wait already.
  void call(RcuNode& node, RcuNode::Function function);
  /// Nothing waits for a grace period.
  [[nodiscard]] bool idle() const { return waiting_.empty() && batch_.empty() && done_.empty(); }

 private:
  void begin_grace_period();
  void on_batch_end();
  void try_end();
  void end();
  static void run_callbacks(void* self);

  Kernel& kernel_;
  kev::Duration batch_time_;
  std::uint8_t phase_ = 0;  ///< which counter new readers use
  std::uint32_t readers_[2] = {0, 0};
  bool in_progress_ = false;
  bool batch_ended_ = false;
  std::deque<RcuNode*> waiting_;  ///< for the next grace period
  std::deque<RcuNode*> batch_;    ///< for the current one
  std::deque<RcuNode*> done_;     ///< ready to run
  MemberEvent<Rcu, &Rcu::on_batch_end> timer_;
  InterruptLine softirq_;
};

/// A read section for a scope.
class RcuReadGuard {
 public:
  explicit RcuReadGuard(Rcu& rcu) : rcu_(rcu) { rcu_.read_lock(); }
  ~RcuReadGuard() noexcept(false) { rcu_.read_unlock(); }
  RcuReadGuard(const RcuReadGuard&) = delete;
  RcuReadGuard& operator=(const RcuReadGuard&) = delete;

 private:
  Rcu& rcu_;
};

}  // namespace sim
