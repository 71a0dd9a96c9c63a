#pragma once
// What goes wrong at a disk, kind by kind (sim/faults/fault_disk.cpp). Asked for each bio when its
// request is issued; a rule's target is the direction: 0 reads, 1 writes.
//
// Of reads:
//   disk.read     this bio fails; the next read of the same sectors may succeed
//   disk.latent   a sector in the middle of the bio is bad from then on, and every bio that reads
//                 it fails (latent sector errors, as in Bairavasundaram et al., SIGMETRICS 2007); a
//                 write that reaches the disk heals it
//   disk.torn     the request breaks off: this bio and those after it fail, those before it are
//                 good, as when Linux ends a part of a request (2.6.18, end_that_request_first)
// Of writes:
//   disk.write    this bio fails; the sectors keep what they had
// Of both:
//   disk.slow     the request takes longer
//   disk.hang     nothing that is at the disk, or comes to it, is answered before it recovers
//   disk.timeout  the request is lost; when its time is over all of it fails and the disk is reset,
//                 which holds up the others (2.6.18, drivers/scsi/scsi_error.c); of a lost write
//                 the sectors keep what they had

#include <cstdint>
#include <set>

#include "sim/block/block_queue.hpp"
#include "sim/faults/faults.hpp"

namespace sim {

class DiskFaults {
 public:
  DiskFaults(Faults& faults, const Engine& engine) : faults_(faults), engine_(engine) {}

  /// The queue is about to issue it.
  void strike(BlockQueue& queue, Request& request);

 private:
  [[nodiscard]] bool is_bad(const Bio& bio) const;
  void heal(const Request& request);

  Faults& faults_;
  const Engine& engine_;
  std::set<std::uint64_t> bad_sectors_;
};

}  // namespace sim
