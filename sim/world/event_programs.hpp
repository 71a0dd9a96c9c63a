#pragma once
// How a program consumes the events of a queue: by kevent_get_events, or through the ring of one of
// the patches' versions, with the protocol of its time. One row per program; `designs` of the
// workload `event-queue` names rows.
//
// Threads of one program share its view of the ring in plain memory: the host does not preempt
// between two operations of the simulated kernel, so that stands for a lock of the program's own.

#include <memory>
#include <span>
#include <string_view>

#include "sim/world/event_workload.hpp"

namespace sim {

class EventProgram {
 public:
  EventProgram(SimPlatform& platform, EventWorkload& workload);
  virtual ~EventProgram() = default;
  EventProgram(const EventProgram&) = delete;
  EventProgram& operator=(const EventProgram&) = delete;

  /// Makes the queue: its descriptor, or a negative errno.
  virtual int open() = 0;
  /// One consumer thread, until the workload is done.
  virtual void consume(int queue, int thread) = 0;

 protected:
  [[nodiscard]] std::uint32_t batch() const { return batch_; }
  [[nodiscard]] std::uint32_t slots() const { return slots_; }
  kev::UserAddress map(std::size_t bytes);
  /// Before the program looks at its ring: others may go first. What it does with its memory up to
  /// its next call is under its lock.
  void look(kev::UserAddress address);
  /// A word of the program's memory, now.
  std::uint32_t word(kev::UserAddress address);

  static constexpr kev::abi::kevent_timespec forever{std::int64_t{1} << 40, 0};

  SimPlatform& platform_;
  EventWorkload& workload_;
  QueueCalls calls_;

 private:
  std::uint32_t batch_;
  std::uint32_t slots_;
};

struct EventProgramRow {
  std::string_view name;
  std::string_view description;
  std::unique_ptr<EventProgram> (*make)(SimPlatform& platform, EventWorkload& workload);
};

std::span<const EventProgramRow> event_programs();
const EventProgramRow* find_event_program(std::string_view name);

}  // namespace sim
