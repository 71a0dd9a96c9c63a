#pragma once
// The descriptor of an event queue, and the kevent system calls on it.
//
// Each call pays for entering the kernel, looks the descriptor up and keeps the file alive while it
// runs. -EBADF: not open; -EINVAL: open, but no event queue (a descriptor may have been reused).

#include <memory>

#include "sim/machine/code_under_test.hpp"
#include "sim/machine/sim_platform.hpp"

namespace sim {

class QueueFile final : public FileObject {
 public:
  QueueFile(Kernel& kernel, std::unique_ptr<KeventQueue> queue)
      : FileObject(kernel, Kind::queue, nullptr), queue_(std::move(queue)) {}

  KeventQueue& queue() { return *queue_; }
  std::uint32_t poll() override {
    return queue_->pollable() ? poll_bits::in | poll_bits::rdnorm : 0;
  }

  WaitQueue* pollers() override { return &queue_->pollers(); }
  kev::WatchNode* watch_node() override { return &queue_->watch_node(); }

 private:
  void release() override { queue_->release(); }
  void destroy() override { bury(); }

  std::unique_ptr<KeventQueue> queue_;
};

/// How programs say that they wait so long; Duration::max(): for ever.
kev::abi::kevent_timespec to_timespec(kev::Duration time);

/// The system calls, for simulated user programs. Process context.
class QueueCalls {
 public:
  explicit QueueCalls(SimPlatform& platform) : platform_(platform) {}

  /// A new queue's descriptor, or -EINVAL, -EFAULT, -ENOMEM.
  int kevent_init(kev::UserAddress ring = 0, std::uint32_t num = 0, std::uint32_t flags = 0);
  /// The same with a ring of an earlier take; no system call of its own then or now.
  int kevent_init_as(kev::RingVersion version, kev::UserAddress ring, std::uint32_t num);
  long kevent_ctl(int queue, std::uint32_t command, std::uint32_t num, kev::UserAddress requests);
  /// On a non-blocking queue the waits return at once, whatever the timeout.
  long kevent_get_events(int queue, std::uint32_t min_nr, std::uint32_t max_nr,
                         kev::abi::kevent_timespec timeout, kev::UserAddress buffer,
                         std::uint32_t flags = 0);
  long kevent_wait(int queue, std::uint32_t num, std::uint32_t old_uidx,
                   kev::abi::kevent_timespec timeout, std::uint32_t flags = 0);
  long kevent_commit(int queue, std::uint32_t new_uidx, std::uint32_t over);
  int close(int descriptor);

  /// The queue behind a descriptor, with a reference to its file; null with *error set.
  QueueFile* look_up(int descriptor, int* error);

 protected:
  /// Every call begins here. Does not return when the process is dying.
  void enter();
  int make_queue(const kev::QueueOptions& options);
  /// A call on a queue: `body(QueueFile&)`, or the errno of a wrong descriptor.
  template <class Body>
  long on_queue(int descriptor, Body body);

  SimPlatform& platform_;
};

}  // namespace sim
