#pragma once
// A request: one or more bios of one direction, contiguous on the disk, that travel together.
//
// Invariants: `bios` is a chain in sector order that covers [sector, end_sector()) without gaps.
// A request belongs to its queue's pool; its links belong to the merge index and to the elevator
// that holds it. The Event completes it at once when exploration picks latency zero.

#include <boost/intrusive/list.hpp>
#include <cstdint>

#include "model/base/time.hpp"
#include "sim/block/bio.hpp"
#include "sim/block/disk.hpp"
#include "sim/engine/event.hpp"

namespace sim {

class BlockQueue;

/// What an elevator keeps about whatever a request belongs to: its process, its queue.
struct ElevatorGroup {};

struct Request final : DiskRequest, Event {
  Request(BlockQueue& owner, Event::Fire fire) : Event(fire), queue(owner) {}

  BlockQueue& queue;
  Bio* bios = nullptr;
  Bio* last_bio = nullptr;
  kev::Instant queued_at;
  kev::Instant issued_at;
  int error = 0;           ///< the first failed bio's
  kev::Duration later{0};  ///< so much later than the disk's model says it is done
  bool lost = false;       ///< the disk never answers it: it ends after `later`
  bool mergeable = false;  ///< waits in an elevator, and no merge was refused for its size yet
  bool sync = false;       ///< a read, or a write that somebody waits for

  // Merge index: next in the bucket of its end sector, of its start sector.
  bool indexed = false;
  Request* next_by_end = nullptr;
  Request* next_by_start = nullptr;
  // Elevators.
  boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>
      fifo_hook;
  kev::Instant expires;
  ElevatorGroup* of_process = nullptr;
  ElevatorGroup* of_queue = nullptr;
};

/// First in, first out, without allocation.
using RequestFifo = boost::intrusive::list<
    Request,
    boost::intrusive::member_hook<Request,
                                  boost::intrusive::list_member_hook<
                                      boost::intrusive::link_mode<boost::intrusive::normal_link>>,
                                  &Request::fifo_hook>,
    boost::intrusive::constant_time_size<false>>;

}  // namespace sim
