#include "sim/kernel/rcu.hpp"

namespace sim {

namespace {

/// A grace period ends only after what is being done here.
void holds_up_grace_period(Kernel& kernel) {
  Exploration& exploration = kernel.exploration();
  exploration.joined(grace_period_device, exploration.current());
}

}  // namespace

Rcu::Rcu(Kernel& kernel, kev::Duration batch)
    : kernel_(kernel),
      batch_time_(batch),
      timer_(*this),
      softirq_("rcu", kernel.next_id("rcu"), &Rcu::run_callbacks, this) {
  if (!kernel.exploring()) return;
  softirq_.touches(softirq_.id(), Access::write);
  kernel.on_grace_period([](void* rcu) { static_cast<Rcu*>(rcu)->end(); }, this, softirq_.id());
}

Rcu::~Rcu() {
  kernel_.engine().cancel(timer_);
}

void Rcu::read_lock() {
  if (kernel_.ending()) return;
  kernel_.point(KernelStep::rcu_read_lock, softirq_.id());
  Context& context = *kernel_.current();
  if (context.rcu_depth++ != 0) return;
  context.rcu_phase = phase_;
  ++readers_[phase_];
}

void Rcu::read_unlock() {
  if (kernel_.ending()) return;
  kernel_.point(KernelStep::rcu_read_unlock, softirq_.id());
  Context& context = *kernel_.current();
  if (context.rcu_depth == 0) {
    kernel_.violate("rcu_balance", "'" + context.name() + "' leaves an RCU read section twice");
    return;
  }
  if (--context.rcu_depth != 0) return;
  kernel_.release(&readers_[context.rcu_phase]);
  --readers_[context.rcu_phase];
  if (kernel_.exploring() && in_progress_ && context.rcu_phase != phase_)
    holds_up_grace_period(kernel_);
  try_end();
}

void Rcu::call(RcuNode& node, RcuNode::Function function) {
  if (kernel_.ending()) return;
  kernel_.point(KernelStep::call_rcu, softirq_.id());
  if (node.waiting) {
    kernel_.violate("list_integrity", "an object is handed to call_rcu twice");
    return;
  }
  node.waiting = true;
  node.function = function;
  kernel_.release(&node);
  waiting_.push_back(&node);
  if (!in_progress_) begin_grace_period();
}

void Rcu::begin_grace_period() {
  in_progress_ = true;
  batch_ended_ = false;
  batch_.swap(waiting_);
  // Readers from here on count in the other phase and do not hold this grace period up.
  phase_ ^= 1;
  if (!kernel_.exploring()) {
    kernel_.engine().schedule_after(timer_, batch_time_);
    return;
  }
  holds_up_grace_period(kernel_);
  try_end();
}

void Rcu::on_batch_end() {
  batch_ended_ = true;
  try_end();
}

void Rcu::try_end() {
  if (!in_progress_ || readers_[phase_ ^ 1] != 0) return;
  // In exploration no time must pass; the end is a step of its own.
  if (kernel_.exploring()) return kernel_.grace_period_can_end();
  if (batch_ended_) end();
}

void Rcu::end() {
  in_progress_ = false;
  kernel_.pass(&readers_[phase_ ^ 1], &done_);
  done_.insert(done_.end(), batch_.begin(), batch_.end());
  batch_.clear();
  if (!waiting_.empty()) begin_grace_period();
  kernel_.raise_softirq(softirq_);
}

void Rcu::run_callbacks(void* self) {
  auto& rcu = *static_cast<Rcu*>(self);
  while (!rcu.done_.empty()) {
    // Each time: another grace period may have ended while a callback ran.
    rcu.kernel_.acquire(&rcu.done_);
    RcuNode& node = *rcu.done_.front();
    rcu.done_.pop_front();
    node.waiting = false;
    rcu.kernel_.acquire(&node);
    node.function(node);
  }
}

}  // namespace sim
