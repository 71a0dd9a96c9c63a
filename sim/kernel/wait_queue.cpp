#include "sim/kernel/wait_queue.hpp"

namespace sim {

// An entry may be destroyed while queued only because its fiber is being unwound.
WaitEntry::~WaitEntry() {
  if (queue_ == nullptr) return;
  KEV_CHECK(queue_->kernel_.ending());
  queue_->unlink(*this);
}

bool WaitEntry::wake_thread(WaitEntry& entry, std::uint32_t) {
  WaitQueue& queue = *entry.queue_;
  if (entry.wanted_ != nullptr && !entry.wanted_(entry.owner_)) return false;
  if (!queue.kernel_.wake(*entry.thread_)) return false;
  // Taken out at once (autoremove), so that a second wake-up goes to somebody else.
  queue.remove_locked(entry);
  return true;
}

WaitQueue::~WaitQueue() {
  while (head_ != nullptr) {
    KEV_CHECK(kernel_.ending());
    unlink(*head_);
  }
}

void WaitQueue::unlink(WaitEntry& entry) {
  (entry.previous_ != nullptr ? entry.previous_->next_ : head_) = entry.next_;
  (entry.next_ != nullptr ? entry.next_->previous_ : tail_) = entry.previous_;
  entry.next_ = entry.previous_ = nullptr;
  entry.queue_ = nullptr;
}

void WaitQueue::add(WaitEntry& entry) {
  if (kernel_.ending()) return;
  IrqGuard guard(lock_);
  if (entry.queue_ != nullptr) {
    kernel_.violate("list_integrity", "a wait entry is queued twice");
    return;
  }
  entry.queue_ = this;
  WaitEntry* before = entry.exclusive ? nullptr : head_;
  if (before == nullptr) {
    entry.previous_ = tail_;
    (tail_ != nullptr ? tail_->next_ : head_) = &entry;
    tail_ = &entry;
  } else {
    entry.next_ = before;
    before->previous_ = &entry;
    head_ = &entry;
  }
}

void WaitQueue::remove(WaitEntry& entry) {
  if (kernel_.ending()) return;
  IrqGuard guard(lock_);
  if (entry.queue_ == this) unlink(entry);
}

void WaitQueue::remove_locked(WaitEntry& entry) {
  KEV_CHECK(kernel_.ending() || lock_.held_by_me());
  if (entry.queue_ == this) unlink(entry);
}

void WaitQueue::prepare(WaitEntry& entry, ThreadState state) {
  if (kernel_.ending()) return;
  Thread& me = kernel_.current_thread();
  kernel_.point(KernelStep::prepare, me.id());
  // Whether it is still queued is seen in the same step in which the sleep is announced: a wake-up
  // in between would take the entry out.
  if (!entry.queued()) {
    add(entry);
    kernel_.point(KernelStep::prepare, me.id());
  }
  me.set_state(state);
  kernel_.point(KernelStep::prepared, me.id());
}

void WaitQueue::finish(WaitEntry& entry) {
  if (kernel_.ending()) return;
  Thread& me = kernel_.current_thread();
  kernel_.point(KernelStep::finish, me.id());
  me.set_state(ThreadState::running);
  remove(entry);
}

void WaitQueue::wake(std::uint32_t exclusive, std::uint32_t key) {
  if (kernel_.ending()) return;
  IrqGuard guard(lock_);
  WaitEntry* entry = head_;
  while (entry != nullptr) {
    WaitEntry* next = entry->next_;
    const bool counts = entry->exclusive;
    const bool used = entry->wake_(*entry, key);
    if (kernel_.ending()) return;
    if (used && counts && --exclusive == 0) return;
    entry = next;
  }
}

void Completion::complete() {
  if (kernel_.ending()) return;
  kernel_.point(KernelStep::complete, id_);
  kernel_.release(this);
  ++done_;
  wait_.wake();
}

void Completion::wait() {
  WaitEntry entry(kernel_.current_thread());
  entry.exclusive = true;
  while (!kernel_.ending()) {
    wait_.prepare(entry, ThreadState::uninterruptible);
    kernel_.point(KernelStep::completed, id_);
    if (done_ != 0) {
      kernel_.acquire(this);
      --done_;  // here, where it was seen: two waiters must not go through on one complete()
      break;
    }
    kernel_.schedule();
  }
  wait_.finish(entry);
}

}  // namespace sim
