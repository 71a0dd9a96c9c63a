#pragma once
// The virtual clock and the future event list of one execution. No globals: a program may hold any
// number of engines.
//
// Invariants: events fire in the order (instant, order of scheduling); the clock never goes back,
// except in clear(); no event is scheduled before now.
// Units: kev::Instant and kev::Duration, int64 nanoseconds.
// Errors: breaking a precondition is our own bug, a failed KEV_CHECK.

#include <cstddef>
#include <cstdint>

#include "model/base/check.hpp"
#include "model/base/time.hpp"
#include "sim/engine/event.hpp"
#include "sim/engine/event_queue.hpp"

namespace sim {

/// Where run() stops, whichever comes first. Events at `until` itself still fire.
struct RunLimits {
  kev::Instant until = kev::Instant::never();
  std::uint64_t events = UINT64_MAX;
};

/// Why run() returned. After `until` the clock stands at the limit.
enum class RunEnd { idle, until, events, stopped };

class Engine {
 public:
  Engine() = default;
  ~Engine() { clear(); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] kev::Instant now() const { return now_; }

  /// Requires: the event is not pending, now() <= at < Instant::never().
  void schedule_at(Event& event, kev::Instant at);
  /// Requires: the event is not pending, after >= 0, now() + after < Instant::never().
  void schedule_after(Event& event, kev::Duration after) {
    KEV_CHECK(after < kev::Instant::never() - now_);
    schedule_at(event, now_ + after);
  }
  /// Nothing happens when the event is not pending. Requires: not pending in another engine.
  void cancel(Event& event);

  /// The earliest pending event's instant, Instant::never() when there is none.
  [[nodiscard]] kev::Instant next_instant() const { return kev::Instant(queue_.next()); }
  /// Moves the clock without firing anything. Requires: now() <= to < next_instant().
  void advance_to(kev::Instant to) {
    KEV_CHECK(to >= now_);
    KEV_CHECK(to < next_instant());
    now_ = to;
  }

  /// Fires the earliest event; false when there is none.
  bool step();
  RunEnd run(const RunLimits& limits = {});
  /// The current run() returns after the event that is being fired.
  void stop() { stopped_ = true; }

  /// Events fired since construction or clear().
  [[nodiscard]] std::uint64_t fired() const { return fired_; }
  [[nodiscard]] std::size_t pending() const { return queue_.size(); }

  /// For exploration: how many events share next_instant().
  [[nodiscard]] std::size_t count_ties() const;
  /// Fires the k-th (in order of scheduling, from 0) of them before the others; false if k is not
  /// below count_ties().
  bool step_tie(std::size_t k);

  /// Drops all pending events, which are then not pending, and puts the clock back to 0.
  void clear();

 private:
  void fire(Event& event);

  mutable EventQueue queue_;  ///< looking for the next instant may move entries
  std::uint64_t fired_ = 0;
  kev::Instant now_;
  bool stopped_ = false;
};

}  // namespace sim
