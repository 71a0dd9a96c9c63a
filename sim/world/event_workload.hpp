#pragma once
// The workload `event-queue`: threads that raise user events on one queue, threads that consume
// them, and the ledger of what became of each event. No disk, no network: the queue alone.
//
// Every event is a one-shot interest of its own, ready as soon as it is added, numbered from 0. A
// producer keeps at most so many events outstanding, and removes some of them again at once, if
// they were not delivered yet. An execution keeps its promises if
//   exactly_once_oneshot   no event is consumed twice
//   no_lost_event          every event is consumed, or was removed
//   control_linearizable   no call that begins after a removal shows the removed event
//   no_lost_wakeup         nobody sleeps while what he waits for is there
//   conservation           queue, interests and descriptors are gone after the end

#include <string>
#include <vector>

#include "sim/kernel/wait_queue.hpp"
#include "sim/machine/queue_file.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/world/workload.hpp"

namespace sim {

class EventWorkload {
 public:
  EventWorkload(SimPlatform& platform, const Scenario& scenario, Random random);

  /// Starts the producers, which share the queue.
  void start(int queue);

  // -- for consumers ------------------------------------------------------------------------------
  /// Before a call that may fetch events: what to pass to consume() for what it shows.
  [[nodiscard]] std::uint64_t begin_call() const { return steps_; }
  /// The event was shown by a call (or slot) that began then. Spends the consumer's time on it.
  void consume(std::uint32_t event, std::uint64_t call_began);
  /// A program knows what it has removed itself.
  [[nodiscard]] bool removed(std::uint32_t event) const { return events_[event].removed_at != 0; }
  /// Every event was consumed or removed.
  [[nodiscard]] bool done() const { return ended_ == total_; }
  /// Called once, when done() becomes true.
  void on_done(std::function<void()> callback) { on_done_ = std::move(callback); }

  [[nodiscard]] const WorkloadSpec& spec() const { return spec_; }
  [[nodiscard]] const QueueSpec& queue_spec() const { return queue_spec_; }
  [[nodiscard]] Ledger& ledger() { return ledger_; }
  /// After nothing can happen any more: what is missing, or empty.
  [[nodiscard]] std::string missing() const;
  /// What became of each event, as a number.
  [[nodiscard]] std::uint64_t outcome() const;

 private:
  struct Event {
    std::uint64_t removed_at = 0;  ///< step; 0: it was not
    int consumed = 0;
  };

  void produce(kev::UserAddress memory);
  bool cancels(std::uint32_t event);
  void wait_for_room();
  void raise(kev::UserAddress memory, std::uint32_t event);
  void remove(kev::UserAddress memory, std::uint32_t event);
  void end(std::uint32_t event, RequestFate fate);

  SimPlatform& platform_;
  Kernel& kernel_;
  QueueCalls calls_;
  const WorkloadSpec& spec_;
  const QueueSpec& queue_spec_;
  Random random_;
  WaitQueue room_;
  Ledger ledger_;
  std::vector<Event> events_;
  std::function<void()> on_done_;
  int queue_ = -1;
  std::uint32_t total_ = 0;
  std::uint32_t raised_ = 0;
  std::uint32_t ended_ = 0;
  std::uint64_t steps_ = 1;  ///< orders removals and calls
};

}  // namespace sim
