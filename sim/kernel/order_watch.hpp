#pragma once
// Who wants to know what happens before what on a simulated machine: a detector of data races.
//
// The kernel tells how its own operations order contexts. Objects are told apart by address and
// never compared by it.
//   locks               unlock, then the next lock
//   wake-ups            wake(), then the return of the thread's sleep; what wait queues add comes
//                       from their lock
//   completions, work   complete() or the end of an item, then who has waited for it
//   threads             spawn(), then the thread
//   RCU                 call_rcu(), and the end of each read section that the grace period waits
//                       for, then the callback
//   timers              start(), then the callback; the callback, then the cancel() that waited
//   interrupts          what raised the line, and what the CPU was doing, then the handler, then
//                       what the CPU goes on with
//   files               each put(), then the release; disk reads: submission, then the end
// Two threads that run on a CPU one after the other are not ordered by that: on another machine
// they would run side by side. Nor does switching interrupts off order anything but through the
// lock that comes with it; the code under test never does it without one.

#include <cstdint>
#include <string>
#include <vector>

namespace sim {

class Context;
class Kernel;

class OrderWatch {
 public:
  virtual ~OrderWatch() = default;

  /// A new execution begins on this machine; it ends, before contexts are unwound.
  virtual void begin(Kernel& kernel) = 0;
  virtual void end() = 0;
  /// What has been made on this machine so far is there in every execution that begins with
  /// rewind(): the machine has been put back to what it is now (sim/engine/arena.hpp).
  virtual void mark() = 0;
  virtual void rewind() = 0;

  /// What the current context has done comes before what those do who acquire the object later.
  virtual void release(const void* object) = 0;
  virtual void acquire(const void* object) = 0;
  /// Who acquires `to` later comes after what was released to `from` until now.
  virtual void pass(const void* from, const void* to) = 0;
  /// What `earlier` has done comes before what `later` does from now on. Null: whoever made the
  /// machine, or a device.
  virtual void order(const Context* earlier, const Context& later) = 0;

  /// Places that it told explorations of (Exploration::say_place), as tables tell them; empty: not
  /// known.
  [[nodiscard]] virtual std::vector<std::string> name_places(
      const std::vector<std::uint32_t>& places) {
    return std::vector<std::string>(places.size());
  }
};

}  // namespace sim
