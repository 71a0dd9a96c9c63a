#include "sim/net/soft_timer.hpp"

namespace sim {

SoftTimers::Base::Base(Kernel& k, int number)
    : kernel(k),
      cpu(number),
      interrupt("timer interrupt", k.next_id(), &SoftTimers::on_interrupt, this),
      softirq("timer softirq", k.next_id(), &SoftTimers::on_softirq, this) {}

SoftTimers::SoftTimers(Kernel& kernel) : kernel_(kernel) {
  for (int cpu = 0; cpu < kernel.options().cpus; ++cpu)
    bases_.push_back(std::make_unique<Base>(kernel, cpu));
}

SoftTimers::Base& SoftTimers::current_base() {
  return *bases_[kernel_.interrupt_cpu()];
}

void SoftTimers::on_interrupt(void* self) {
  auto& base = *static_cast<Base*>(self);
  base.kernel.raise_softirq(base.softirq);
}

void SoftTimers::on_softirq(void* self) {
  auto& base = *static_cast<Base*>(self);
  while (base.first != nullptr) {
    SoftTimer& timer = *base.first;
    base.first = timer.next_;
    timer.next_ = nullptr;
    timer.queued_ = false;
    if (!timer.expired_) continue;
    timer.expired_ = false;
    timer.callback_(timer.owner_);
  }
}

SoftTimer::SoftTimer(SoftTimers& timers, Callback callback, void* owner)
    : timers_(timers),
      callback_(callback),
      owner_(owner),
      base_(timers.bases_.front().get()),
      deadline_(timers.kernel_.engine(), &SoftTimer::on_deadline, this) {}

void SoftTimer::set(kev::Instant at) {
  expired_ = false;
  if (!queued_) base_ = &timers_.current_base();
  deadline_.set(at);
}

void SoftTimer::clear() {
  expired_ = false;
  deadline_.clear();
}

void SoftTimer::drop() {
  clear();
  unqueue();
  deadline_.drop();
}

void SoftTimer::unqueue() {
  if (!queued_) return;
  SoftTimer* before = nullptr;
  for (SoftTimer* at = base_->first; at != this; at = at->next_) before = at;
  (before == nullptr ? base_->first : before->next_) = next_;
  if (base_->last == this) base_->last = before;
  next_ = nullptr;
  queued_ = false;
}

void SoftTimer::on_deadline(void* self) {
  auto& timer = *static_cast<SoftTimer*>(self);
  SoftTimers::Base& base = *timer.base_;
  timer.expired_ = true;
  if (!timer.queued_) {
    timer.queued_ = true;
    timer.next_ = nullptr;
    (base.first == nullptr ? base.first : base.last->next_) = &timer;
    base.last = &timer;
  }
  base.kernel.raise_irq(base.interrupt, base.cpu);
}

}  // namespace sim
