#pragma once
// One instantiation of the code under test, as simulated programs and devices see it.
//
// The same templates are compiled twice: plainly, for SimPlatform, and with instrumentation, for
// ExploredPlatform (sim/explored). Which of the two a machine runs is its platform's to say; the
// objects that it makes are used through these interfaces, one virtual call a system call. The part
// that file-to-socket designs need is in sim/world/aio_code.hpp.

#include <cstdint>
#include <memory>

#include "model/abi/ukevent.hpp"
#include "model/kevent/queue.hpp"
#include "model/platform/origin.hpp"
#include "model/platform/watch_graph.hpp"
#include "sim/kernel/wait_queue.hpp"

namespace sim {

class SimPlatform;
class AioCode;

/// A queue; what its functions do and return is told in model/kevent/queue.hpp.
class KeventQueue {
 public:
  KeventQueue() = default;
  virtual ~KeventQueue() = default;
  KeventQueue(const KeventQueue&) = delete;
  KeventQueue& operator=(const KeventQueue&) = delete;

  virtual long control(std::uint32_t command, std::uint32_t num, kev::UserAddress requests) = 0;
  virtual long get_events(std::uint32_t min_nr, std::uint32_t max_nr,
                          const kev::abi::kevent_timespec& timeout, kev::UserAddress buffer,
                          std::uint32_t flags) = 0;
  virtual long wait(std::uint32_t num, std::uint32_t old_index,
                    const kev::abi::kevent_timespec& timeout, std::uint32_t flags) = 0;
  virtual long commit(std::uint32_t index, std::uint32_t over) = 0;
  /// The descriptor is gone. Afterwards only the destructor may be called.
  virtual void release() = 0;

  [[nodiscard]] virtual bool pollable() const = 0;
  [[nodiscard]] virtual bool has_events() const = 0;
  virtual WaitQueue& pollers() = 0;
  virtual kev::WatchNode& watch_node() = 0;
};

/// A timer of the process; model/kevent/posix_timer.hpp.
class ProcessTimer {
 public:
  ProcessTimer() = default;
  virtual ~ProcessTimer() = default;
  ProcessTimer(const ProcessTimer&) = delete;
  ProcessTimer& operator=(const ProcessTimer&) = delete;

  virtual void set(kev::Duration first, kev::Duration interval) = 0;
  /// timer_delete. Afterwards only the destructor may be called.
  virtual void remove() = 0;
};

class CodeUnderTest {
 public:
  virtual ~CodeUnderTest() = default;

  // `platform` is of the type that the code was compiled for.
  /// The interests in a new origin of events.
  virtual std::unique_ptr<kev::OriginListener> make_listener(SimPlatform& platform) const = 0;
  /// As Queue::create and PosixTimer::create: null with *error set.
  virtual std::unique_ptr<KeventQueue> make_queue(SimPlatform& platform, std::uint32_t id,
                                                  const kev::QueueOptions& options,
                                                  int* error) const = 0;
  virtual std::unique_ptr<ProcessTimer> make_timer(SimPlatform& platform, KeventQueue& queue,
                                                   std::uint32_t id, std::uint64_t user,
                                                   int* error) const = 0;
  /// Null: the plain one.
  [[nodiscard]] virtual const AioCode* aio() const { return nullptr; }
};

/// As timing mode runs it.
const CodeUnderTest& plain_code();

}  // namespace sim
