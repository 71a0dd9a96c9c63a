#pragma once
// Stackful fibers: simulated threads that may block anywhere, in ordinary C++.
//
// Invariants: resume() and suspend() alternate; a fiber is resumed by the code outside it (also by
// another fiber) and suspends to whoever resumed it; one that hands over lets another go on in its
// place, which suspends to the same resumer; all fibers of a pool stay on one thread.
// Exceptions may be thrown and caught inside a fiber, also across suspensions in a handler; one
// that leaves the entry function ends the program (std::terminate).
//
// A fiber that is destroyed while it is suspended is unwound: suspend() throws FiberUnwind, the
// destructors of what lives on its stack run. Hence: no catch (...) without rethrow, no noexcept on
// functions that may suspend. While a fiber unwinds, suspend() returns at once, so that destructors
// may pass through choice points; unwinding() tells code that would otherwise wait in a loop.

#include <cstddef>

#include "model/base/check.hpp"
#include "sim/engine/stack_pool.hpp"

namespace sim {

/// Thrown by suspend() when the fiber is being destroyed. Only the fiber itself catches it.
struct FiberUnwind {};

class Fiber {
 public:
  using Entry = void (*)(void* argument);

  /// Does not start; takes a stack from the pool at the first resume().
  Fiber(StackPool& pool, Entry entry, void* argument)
      : pool_(pool), entry_(entry), argument_(argument) {}
  /// Unwinds a suspended fiber. Requires: not running.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs the fiber until it, or the last of those it hands over to, suspends or finishes.
  /// Requires: neither running nor finished.
  void resume();
  /// Called on the fiber itself: back to whoever resumed it.
  void suspend();
  /// The same where no exception may be thrown, since the compiler knows of none: a fiber that is
  /// unwound goes on, until it calls leave_if_owed().
  void suspend_quietly();
  /// As suspend() and suspend_quietly(), and the resumer's next deed were next.resume().
  /// Requires: next is neither running nor finished.
  void hand_over(Fiber& next);
  void hand_over_quietly(Fiber& next);
  void leave_if_owed() {
    if (leave_owed_) leave();
  }

  /// The entry function has returned.
  [[nodiscard]] bool finished() const { return state_ == State::finished; }
  /// Between a resume() and the suspend() that answers it.
  [[nodiscard]] bool running() const { return state_ == State::running; }
  /// The destructor is unwinding the stack.
  [[nodiscard]] bool unwinding() const { return unwinding_; }
  [[nodiscard]] bool on_stack(const volatile void* at) const {
    return static_cast<std::size_t>(static_cast<const volatile char*>(stack_.top) -
                                    static_cast<const volatile char*>(at)) <= stack_.bytes;
  }

  /// Makes a finished fiber, or one that never started, ready to run from the beginning on the
  /// stack it has.
  void restart(Entry entry, void* argument);
  /// Unwinds the fiber, if it is suspended, so that it counts as finished and can be restarted.
  void unwind();

 private:
  friend struct FiberSwitch;
  enum class State : unsigned char { ready, running, suspended, finished };

  /// What the C++ runtime knows of exceptions in flight: one set a thread, so that each fiber
  /// carries its own across a switch.
  struct Exceptions {
    void* caught = nullptr;
    unsigned int uncaught = 0;
  };

  bool stop();
  bool stop_for(Fiber& next);
  bool ignores_stops();
  void get_ready();
  [[noreturn]] void leave();

  StackPool& pool_;
  Entry entry_;
  void* argument_;
  void* context_ = nullptr;     ///< where to jump: into the fiber, or, while it runs, out of it
  Fiber* handed_by_ = nullptr;  ///< who is being switched from, if that is no resumer
  StackPool::Stack stack_;
  Exceptions exceptions_;
  Exceptions* of_thread_ = nullptr;  ///< where the runtime keeps those of who runs
  State state_ = State::ready;
  bool unwinding_ = false;
  bool leave_owed_ = false;  ///< the destructor's exception is still to be thrown
  bool leaving_ = false;     ///< the stack is about to be given back
  int suspends_ignored_ = 0;

  // For the sanitizers; unused in ordinary builds, kept so that the layout is always the same.
  void* fake_stack_ = nullptr;
  const void* resumer_bottom_ = nullptr;
  std::size_t resumer_bytes_ = 0;
  void* race_fiber_ = nullptr;
  void* race_resumer_ = nullptr;
};

}  // namespace sim
