#include "sim/kernel/work_queue.hpp"

namespace sim {

WorkQueue::WorkQueue(Kernel& kernel, const std::string& name)
    : kernel_(kernel),
      lock_(kernel, "work queue"),
      more_work_(kernel, "work queue: more work"),
      work_done_(kernel, "work queue: work done"),
      id_(kernel.exploring() ? kernel.next_id("work queue: items") : 0) {
  kernel_.spawn(name, ContextKind::kernel_thread, [this] { loop(); });
}

bool WorkQueue::queue(WorkItem& item) {
  if (kernel_.ending()) return false;
  {
    IrqGuard guard(lock_);
    kernel_.point(KernelStep::queue_work, id_);
    if (item.pending_) return false;
    item.pending_ = true;
    items_.push_back(&item);
    ++queued_;
  }
  more_work_.wake();
  return true;
}

void WorkQueue::loop() {
  WaitEntry entry(kernel_.current_thread());
  while (!kernel_.ending()) {
    more_work_.prepare(entry, ThreadState::interruptible);
    kernel_.point(KernelStep::work, id_);
    if (items_.empty()) kernel_.schedule();
    more_work_.finish(entry);
    for (;;) {
      WorkItem* item = nullptr;
      {
        IrqGuard guard(lock_);
        if (items_.empty()) break;
        item = items_.front();
        items_.pop_front();
        item->pending_ = false;  // before it runs: it may be queued again meanwhile
      }
      item->function_(item->owner_);
      kernel_.point(KernelStep::work, id_);
      kernel_.release(&finished_);
      ++finished_;
      work_done_.wake_all();
    }
  }
}

void WorkQueue::flush() {
  kernel_.point(KernelStep::work, id_);
  const std::uint64_t target = queued_;
  WaitEntry entry(kernel_.current_thread());
  while (!kernel_.ending()) {
    work_done_.prepare(entry, ThreadState::uninterruptible);
    kernel_.point(KernelStep::work, id_);
    if (finished_ >= target) break;
    kernel_.schedule();
  }
  kernel_.acquire(&finished_);
  work_done_.finish(entry);
}

}  // namespace sim
