#include "sim/vfs/disk_host.hpp"

#include <utility>

namespace sim {

namespace {
constexpr std::uint32_t sectors_per_kb = 1024 / sector_bytes;
}

DiskHost::DiskHost(Kernel& kernel, Faults& faults, std::unique_ptr<Disk> disk,
                   std::unique_ptr<Elevator> elevator, const BlockParams& params)
    : kernel_(kernel),
      faults_(faults, kernel.engine()),
      max_sectors_(params.max_sectors_kb * sectors_per_kb),
      irq_("disk", kernel.next_id(), &hardirq, this),
      softirq_("block", kernel.next_id(), &softirq, this),
      free_requests_{{kernel, "free read requests"}, {kernel, "free write requests"}},
      queue_(kernel.engine(), kernel.recorder(), kernel.chooser(), std::move(disk),
             std::move(elevator), params, &on_completed, this) {
  queue_.set_on_free(&on_freed, this);
  queue_.set_fault_hook({&on_issue, this});
  kernel.on_thread_exit(&on_thread_exit, this);
}

void DiskHost::BioList::append(Bio& chain) {
  (head == nullptr ? head : tail->next) = &chain;
  tail = &chain;
  while (tail->next != nullptr) tail = tail->next;
}

Bio* DiskHost::BioList::pop() {
  Bio* bio = head;
  if (bio != nullptr) head = std::exchange(bio->next, nullptr);
  return bio;
}

void DiskHost::submit(Bio& bio) {
  if (kernel_.ending()) return;
  kernel_.might_sleep("bio submission");
  bio.id = kernel_.next_id();
  bio.process = kernel_.current_thread().id();
  bio.priority = priority_of(bio.process);
  bio.error = 0;
  bio.next = nullptr;
  kernel_.spend(Cost::bio_submit);
  kernel_.point({"submit bio", bio.id});
  while (!queue_.may_submit(bio)) {
    if (queue_.try_merge(bio)) return;
    wait_for_request(bio);
  }
  queue_.submit(bio);
}

void DiskHost::set_priority(const Thread& thread, IoPriority priority) {
  priorities_[thread.id()] = priority;
}

IoPriority DiskHost::priority_of(std::uint32_t thread) const {
  const auto found = priorities_.find(thread);
  return found == priorities_.end() ? IoPriority{} : found->second;
}

void DiskHost::wait_for_request(const Bio& bio) {
  WaitQueue& waiters = free_requests_[bio.write ? 1 : 0];
  WaitEntry entry(kernel_.current_thread());
  entry.exclusive = true;
  waiters.prepare(entry, ThreadState::uninterruptible);
  if (!queue_.may_submit(bio)) {
    queue_.unplug();
    kernel_.schedule();
    queue_.has_slept(bio.process);
  }
  waiters.finish(entry);
}

void DiskHost::unplug() {
  if (kernel_.ending()) return;
  kernel_.point({"unplug", irq_.id()});
  queue_.unplug();
}

void DiskHost::wait_for_writes(kev::Duration limit) {
  if (kernel_.ending()) return;
  if (write_progress_ == nullptr)
    write_progress_ = std::make_unique<WaitQueue>(kernel_, "write congestion");
  WaitEntry entry(kernel_.current_thread());
  write_progress_->prepare(entry, ThreadState::uninterruptible);
  kernel_.schedule_timeout(limit);
  write_progress_->finish(entry);
}

// -- completion -----------------------------------------------------------------------------------

void DiskHost::on_completed(void* self, Bio& chain) {
  auto& host = *static_cast<DiskHost*>(self);
  host.completed_.append(chain);
  host.kernel_.raise_irq(host.irq_);
}

void DiskHost::on_freed(void* self, bool write) {
  ++static_cast<DiskHost*>(self)->freed_[write ? 1 : 0];
}

void DiskHost::on_thread_exit(void* self, const Thread& thread) {
  auto& host = *static_cast<DiskHost*>(self);
  host.queue_.process_exited(thread.id());
  host.priorities_.erase(thread.id());
}

void DiskHost::on_issue(void* self, Request& request) {
  auto& host = *static_cast<DiskHost*>(self);
  host.faults_.strike(host.queue_, request);
}

void DiskHost::hardirq(void* self) {
  auto& host = *static_cast<DiskHost*>(self);
  while (Bio* bio = host.completed_.pop()) host.done_.append(*bio);
  host.kernel_.raise_softirq(host.softirq_);
}

void DiskHost::softirq(void* self) {
  auto& host = *static_cast<DiskHost*>(self);
  while (Bio* bio = host.done_.pop()) {
    host.kernel_.spend(Cost::bio_complete);
    bio->end_io(*bio);
  }
  for (const std::size_t write : {0U, 1U}) {
    const std::uint32_t freed = std::exchange(host.freed_[write], 0);
    WaitQueue& waiters = host.free_requests_[write];
    if (freed != 0 && waiters.active()) waiters.wake(freed);
    if (freed != 0 && write != 0 && host.write_progress_ != nullptr && !host.queue_.congested(true))
      host.write_progress_->wake_all();
  }
}

}  // namespace sim
