#pragma once
// The one stream of nondeterminism. Whatever the simulated world could do in more than one way -
// which thread runs, which waiter wakes, which of two simultaneous events comes first, whether a
// fault strikes, how long a device takes - is asked of a Chooser as a Choice, by name.
//
// Invariants:
//   Option 0 is always the plain choice: the current thread goes on, first in first out, no fault,
//   nominal latency. Timing mode is the Chooser that always picks 0.
//   A choice carries the name of its operation, so that a recorded schedule survives code edits.
//   Whoever asks must ask the same question in every run of the same schedule: a question is asked
//   only from simulated code, never depending on addresses, time of day or the build.

#include <cstdint>

namespace sim {

enum class ChoiceKind : std::uint8_t {
  thread,        ///< which runnable thread goes on
  waiter,        ///< which of several waiters is woken or gets the lock
  tie,           ///< which of several events of one instant fires first
  completion,    ///< which outstanding device request completes, and when
  latency,       ///< how long something takes, among a few named lengths
  fault,         ///< whether a fault strikes here: 0 no, 1 yes
  interrupt,     ///< whether a pending interrupt is delivered here
  grace_period,  ///< whether an RCU grace period ends here
  workload,      ///< a parameter of the workload
};

/// What is being done, to what: part of every choice, step and finding. Both are program constants
/// or names given when the object was made; they never depend on addresses.
struct Operation {
  const char* name = "";     ///< "lock", "wake", "disk.read", ...
  std::uint32_t object = 0;  ///< id of the object acted on, unique in the execution
};

class Chooser {
 public:
  virtual ~Chooser() = default;

  /// One of `options` (at least 1); the caller acts on the answer. With one option there is no
  /// choice: callers need not ask, and implementations must not count it.
  virtual std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation) = 0;
};

/// Timing mode: every choice is the plain one.
class PlainChooser final : public Chooser {
 public:
  std::uint32_t choose(ChoiceKind, std::uint32_t, Operation) override { return 0; }
};

}  // namespace sim
