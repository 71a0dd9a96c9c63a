#pragma once
// A timer whose deadline moves often and rarely comes: TCP sets one with every acknowledgement.
//
// Moving the deadline to later, or taking it away, leaves the engine's event where it is; when that
// fires too early, it is scheduled again for what is the deadline by then. So a deadline costs
// about one engine event in its own length, however often it moves.

#include "sim/engine/engine.hpp"

namespace sim {

class Deadline {
 public:
  using Expired = void (*)(void* owner);
  Deadline(Engine& engine, Expired expired, void* owner)
      : engine_(engine), expired_(expired), owner_(owner) {}
  ~Deadline() { engine_.cancel(event_); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// Calls the function at that instant, instead of when it was set before. The past means now.
  void set(kev::Instant at) {
    if (at < engine_.now()) at = engine_.now();
    at_ = at;
    if (event_.pending()) {
      if (event_.instant() <= at) return;
      engine_.cancel(event_);
    }
    engine_.schedule_at(event_, at);
  }
  void clear() { at_ = kev::Instant::never(); }
  /// As clear(), and leaves nothing in the engine.
  void drop() {
    clear();
    engine_.cancel(event_);
  }
  [[nodiscard]] bool is_set() const { return at_ != kev::Instant::never(); }
  [[nodiscard]] kev::Instant at() const { return at_; }

 private:
  void on_event() {
    if (!is_set()) return;
    if (at_ > engine_.now()) {
      engine_.schedule_at(event_, at_);
      return;
    }
    clear();
    expired_(owner_);
  }

  Engine& engine_;
  Expired expired_;
  void* owner_;
  kev::Instant at_ = kev::Instant::never();
  MemberEvent<Deadline, &Deadline::on_event> event_{*this};
};

}  // namespace sim
