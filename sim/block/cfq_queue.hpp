#pragma once
// The queue that CFQ keeps for a process, or for all asynchronous writes of one priority; and what
// it knows of each process.
//
// Units: ticks (jiffies.hpp). Source: struct cfq_queue and struct cfq_io_context of Linux 2.6.18
// (block/cfq-iosched.c).

#include <boost/intrusive/list.hpp>
#include <cstdint>

#include "sim/block/io_history.hpp"
#include "sim/block/io_priority.hpp"
#include "sim/block/sector_order.hpp"

namespace sim {

struct CfqQueue : ElevatorGroup {
  using Hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  std::uint32_t process = 0;
  bool for_process = false;  ///< else for asynchronous writes
  IoPriority wanted;         ///< as set by the process
  IoPriority priority;       ///< with a class
  bool priority_changed = false;

  SectorOrder order;
  RequestFifo fifo;
  Request* next = nullptr;     ///< nearest
  int dispatched[2] = {0, 0};  ///< and not completed: asynchronous, synchronous
  int users = 0;               ///< processes and requests that refer to it

  Hook hook;                  ///< in one of the lists of queues
  bool waiting_turn = false;  ///< has requests: is in the lists for service
  Jiffies slice_start = 0;
  Jiffies slice_end = 0;  ///< 0: not set yet
  Jiffies slice_left = 0;
  Jiffies service_last = 0;  ///< 0: never

  bool wait_request = false;   ///< idled for
  bool must_dispatch = false;  ///< its slice may not expire before it has served one
  bool fifo_checked = false;   ///< an expired request was served in this slice already
  bool idle_window = true;     ///< worth idling for
  bool granted = false;        ///< a request beyond the limit, in this slice

  [[nodiscard]] int in_service() const { return dispatched[0] + dispatched[1]; }
  [[nodiscard]] bool sync() const { return for_process || dispatched[1] != 0; }
  [[nodiscard]] bool idle_class() const { return priority.io_class == IoClass::idle; }
  [[nodiscard]] bool real_time() const { return priority.io_class == IoClass::real_time; }
};

using CfqList =
    boost::intrusive::list<CfqQueue,
                           boost::intrusive::member_hook<CfqQueue, CfqQueue::Hook, &CfqQueue::hook>,
                           boost::intrusive::constant_time_size<false>>;

struct CfqProcess : ElevatorGroup {
  CfqQueue* queues[2] = {nullptr, nullptr};  ///< asynchronous, synchronous
  Jiffies last_end = 0;
  std::uint64_t last_position = 0;
  ThinkTime think;
  SeekDistance seek;

  [[nodiscard]] bool seeky() const { return seek.mean() > 128 * 1024; }
};

}  // namespace sim
