#pragma once
// The kernel's half of one disk: what happens between a bio and the block queue, and between a
// finished request and the bios' owners.
//
// Submission, process context: pays for the bio, and sleeps while all requests of the direction are
// in use, after unplugging the queue (get_request_wait). Completion: the disk's event raises its
// interrupt on CPU 0; the hardirq moves finished requests to the softirq, which calls each bio's
// end_io (Linux 2.6.18, block/ll_rw_blk.c: blk_done_softirq). Faults:
// sim/vfs/disk_faults.hpp. Each thread is a process to the elevator, which hears when one ends, and
// has an I/O priority (ioprio_set(2)), which every bio that it submits carries.

#include <map>
#include <memory>

#include "sim/block/block_queue.hpp"
#include "sim/kernel/wait_queue.hpp"
#include "sim/vfs/disk_faults.hpp"

namespace sim {

class DiskHost {
 public:
  DiskHost(Kernel& kernel, Faults& faults, std::unique_ptr<Disk> disk,
           std::unique_ptr<Elevator> elevator, const BlockParams& params);
  DiskHost(const DiskHost&) = delete;
  DiskHost& operator=(const DiskHost&) = delete;

  [[nodiscard]] BlockQueue& queue() { return queue_; }
  [[nodiscard]] const BlockQueue& queue() const { return queue_; }
  [[nodiscard]] std::uint64_t capacity_sectors() const { return queue_.disk().capacity_sectors(); }
  /// The largest request, in sectors.
  [[nodiscard]] std::uint32_t max_sectors() const { return max_sectors_; }

  /// Gives the bio an id and queues it. Process context; may sleep.
  void submit(Bio& bio);
  /// Of what the thread submits from now on. Who has none has the queue's default.
  void set_priority(const Thread& thread, IoPriority priority);
  /// Somebody waits: lets plugged requests go to the disk.
  void unplug();
  /// Sleeps until a write request is given back and writes are not congested, and for so long at
  /// most (blk_congestion_wait). Process context.
  void wait_for_writes(kev::Duration limit);

 private:
  static void on_completed(void* self, Bio& chain);
  static void on_freed(void* self, bool write);
  static void on_issue(void* self, Request& request);
  static void hardirq(void* self);
  static void softirq(void* self);
  static void on_thread_exit(void* self, const Thread& thread);
  [[nodiscard]] IoPriority priority_of(std::uint32_t thread) const;
  void wait_for_request(const Bio& bio);

  /// Finished bios in order, linked by Bio::next.
  struct BioList {
    Bio* head = nullptr;
    Bio* tail = nullptr;
    void append(Bio& chain);
    Bio* pop();
  };

  Kernel& kernel_;
  DiskFaults faults_;
  std::uint32_t max_sectors_;
  InterruptLine irq_;
  InterruptLine softirq_;
  BioList completed_;  ///< the disk is done, the interrupt not yet
  BioList done_;       ///< for the softirq
  WaitQueue free_requests_[2];
  std::uint32_t freed_[2] = {0, 0};  ///< requests given back whose waiters are not woken yet
  std::map<std::uint32_t, IoPriority> priorities_;  ///< by thread id: those that were set
  std::unique_ptr<WaitQueue> write_progress_;       ///< made by the first who waits
  BlockQueue queue_;
};

}  // namespace sim
