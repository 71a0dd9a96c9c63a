#pragma once
// Work queues (Linux 2.6.18, kernel/workqueue.c): functions run later by a kernel thread, in
// process context, in the order queued. Queueing what is already queued does nothing; an item may
// queue itself again while it runs.

#include <deque>
#include <string>

#include "sim/kernel/wait_queue.hpp"

namespace sim {

class WorkItem {
 public:
  using Function = void (*)(void* owner);
  WorkItem(Function function, void* owner) : function_(function), owner_(owner) {}
  WorkItem(const WorkItem&) = delete;
  WorkItem& operator=(const WorkItem&) = delete;
  [[nodiscard]] bool pending() const { return pending_; }

 private:
  friend class WorkQueue;
  Function function_;
  void* owner_;
  bool pending_ = false;
};

class WorkQueue {
 public:
  WorkQueue(Kernel& kernel, const std::string& name);

  /// Any context. False when the item was queued already.
  bool queue(WorkItem& item);
  /// Sleeps until everything queued before has run.
  void flush();

 private:
  void loop();

  Kernel& kernel_;
  SpinLock lock_;
  WaitQueue more_work_;
  WaitQueue work_done_;
  std::uint32_t id_;
  std::deque<WorkItem*> items_;
  std::uint64_t queued_ = 0;
  std::uint64_t finished_ = 0;
};

}  // namespace sim
