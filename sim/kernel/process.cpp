#include "sim/kernel/process.hpp"

#include <algorithm>

namespace sim {

namespace {

bool of_process(const Thread& thread) {
  return thread.kind() == ContextKind::process && thread.state() != ThreadState::dead &&
         !thread.left_process;
}

}  // namespace

Process::Process(Kernel& kernel, Faults& faults, UserMemory& memory, FileTable& files)
    : kernel_(kernel), faults_(faults), memory_(memory), files_(files) {
  kernel.on_process_leave(&on_leave, this);
}

void Process::set_init(void (*gone)(void* self, kev::Duration downtime), void* self) {
  gone_ = gone;
  init_ = self;
}

void Process::kill(kev::Duration downtime) {
  if (kernel_.ending() || gone_ == nullptr || dying_) return;
  dying_ = true;
  downtime_ = downtime;
  for (const auto& thread : kernel_.threads())
    if (of_process(*thread)) kernel_.signal(*thread);
}

/// Before whatever depends on the process being alive; only where it may be killed, so that other
/// schedules are not longer for it.
void Process::point(KernelStep step) {
  if (!mortal() || !kernel_.exploring()) return;
  if (id_ == 0) id_ = kernel_.next_id("process");
  kernel_.point(step, id_);
}

void Process::enter_kernel() {
  point(KernelStep::process_call);
  if (dying_) throw ThreadKilled();
  if (!mortal()) return;
  FaultSubject subject;
  subject.object = kernel_.current_thread().id();
  const FaultVerdict verdict = faults_.ask(FaultPlace::server_call, subject);
  if (verdict.is(FaultPoint::process_kill)) kill(verdict.delay);
}

bool Process::has_threads() const {
  const auto& threads = kernel_.threads();
  return std::any_of(threads.begin(), threads.end(),
                     [](const auto& thread) { return of_process(*thread); });
}

void Process::on_leave(void* self, Thread& thread) {
  static_cast<Process*>(self)->leave(thread);
}

void Process::leave(Thread& thread) {
  if (kernel_.ending()) return;
  point(KernelStep::process_leave);
  thread.left_process = true;
  kernel_.release(this);
  if (!dying_ || has_threads()) return;
  kernel_.acquire(this);
  memory_.unmap_all();
  files_.close_all();
  if (kernel_.ending()) return;
  dying_ = false;
  gone_(init_, downtime_);
}

}  // namespace sim
