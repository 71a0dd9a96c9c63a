#include "sim/kernel/timer.hpp"

#include <algorithm>

namespace sim {

TimerBase::TimerBase(Kernel& kernel, int cpu)
    : cpu_(cpu), line_("timer", kernel.next_id(), &TimerBase::handle, this) {}

void TimerBase::handle(void* self) {
  auto& base = *static_cast<TimerBase*>(self);
  while (!base.expired_.empty()) {
    HrTimer& timer = *base.expired_.front();
    base.expired_.pop_front();
    timer.expired_on_ = nullptr;
    timer.run();
  }
}

HrTimer::HrTimer(Kernel& kernel, const char* name, Callback callback, void* owner)
    : kernel_(kernel), name_(name), callback_(callback), owner_(owner), event_(*this) {
  if (kernel.exploring()) id_ = kernel.next_id(name);
}

HrTimer::~HrTimer() {
  forget();
  KEV_CHECK(!running_ || kernel_.ending());
}

void HrTimer::start(kev::Instant at) {
  if (kernel_.ending()) return;
  kernel_.point(KernelStep::timer_start, id_);
  kernel_.release(this);
  forget();
  base_ = kernel_.timer_bases()[kernel_.interrupt_cpu()].get();
  kernel_.engine().schedule_at(event_, std::max(at, kernel_.now()));
  if (kernel_.current() != nullptr) kernel_.spend(Cost::timer);
}

void HrTimer::expire() {
  expired_on_ = base_;
  base_->expired_.push_back(this);
  kernel_.raise_irq(base_->line_, base_->cpu_);
}

void HrTimer::run() {
  running_ = true;
  kernel_.acquire(this);
  callback_(owner_);
  if (kernel_.ending()) return;
  kernel_.release(this);
  running_ = false;
  for (Context* context : cancellers_) kernel_.spin_end(*context);
  cancellers_.clear();
}

bool HrTimer::forget() {
  if (event_.pending()) {
    kernel_.engine().cancel(event_);
    return true;
  }
  if (expired_on_ == nullptr) return false;
  std::deque<HrTimer*>& expired = expired_on_->expired_;
  expired.erase(std::find(expired.begin(), expired.end(), this));
  expired_on_ = nullptr;
  return true;
}

bool HrTimer::cancel() {
  if (kernel_.ending()) return false;
  kernel_.point(KernelStep::timer_cancel, id_);
  bool was_pending = forget();
  while (running_ && !kernel_.ending()) {
    cancellers_.push_back(kernel_.current());
    kernel_.spin_begin(name_);
    // The callback may have started the timer again.
    if (!running_ && forget()) was_pending = true;
  }
  kernel_.acquire(this);
  kernel_.spend(Cost::timer);
  return was_pending;
}

int HrTimer::try_cancel() {
  if (kernel_.ending()) return 0;
  kernel_.point(KernelStep::timer_cancel, id_);
  if (running_) return -1;
  kernel_.acquire(this);
  return forget() ? 1 : 0;
}

}  // namespace sim
