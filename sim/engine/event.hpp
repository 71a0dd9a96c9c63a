#pragma once
// An entry of the future event list, embedded in its owner, so that scheduling allocates nothing.
//
// Invariants: an event is pending in at most one engine, at most once. It is no longer pending when
// its function is called, so the function may schedule it again or destroy it. Destroying a pending
// event is a failed KEV_CHECK: the owner cancels first. An engine that dies or is cleared detaches
// its events.

#include <cstdint>

#include "model/base/check.hpp"
#include "model/base/time.hpp"

namespace sim {

class Event {
 public:
  using Fire = void (*)(Event&);

  explicit Event(Fire fire) : fire_(fire) {}
  ~Event() { KEV_CHECK(!pending()); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  [[nodiscard]] bool pending() const { return slot_ != no_slot; }
  /// When it fires, or when it was last due if it is not pending.
  [[nodiscard]] kev::Instant instant() const { return instant_; }

 private:
  friend class Engine;
  friend class EventQueue;
  static constexpr std::uint32_t no_slot = UINT32_MAX;

  Fire fire_;
  kev::Instant instant_;
  std::uint32_t slot_ = no_slot;  ///< the engine's handle for a pending event
};

/// An event that calls a member function of its owner:
///   void on_timer();
///   MemberEvent<Owner, &Owner::on_timer> timer_{*this};
template <class Owner, void (Owner::*method)()>
class MemberEvent final : public Event {
 public:
  explicit MemberEvent(Owner& owner) : Event(&call), owner_(owner) {}

 private:
  static void call(Event& event) { (static_cast<MemberEvent&>(event).owner_.*method)(); }

  Owner& owner_;
};

}  // namespace sim
