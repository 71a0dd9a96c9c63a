#pragma once
// What contexts do to memory that they share, compiled as the code under test is for exploration.

#include <cstdint>
#include <memory>

#include "sim/machine/sim_platform.hpp"

namespace test {

/// Two words, a plain one and an atomic one, and a lock that guards the plain one for those who
/// take it.
class SharedWork {
 public:
  SharedWork() = default;
  virtual ~SharedWork() = default;
  SharedWork(const SharedWork&) = delete;
  SharedWork& operator=(const SharedWork&) = delete;

  virtual void add() = 0;
  virtual void add_locked() = 0;
  virtual void add_in_mutex() = 0;
  virtual int sum() = 0;

  virtual void add_atomically() = 0;
  /// A load, and then a store.
  virtual void add_in_two_steps() = 0;
  virtual std::uint32_t atomic_sum() = 0;
  /// The plain word, then the atomic one.
  virtual void publish_released() = 0;
  virtual void publish_relaxed() = 0;
  /// The plain word, if the atomic one says so.
  virtual int look() = 0;

  /// An object behind a pointer that is read under RCU.
  virtual void read_object() = 0;
  /// The same, and takes it for granted that there is one.
  virtual void read_object_unasked() = 0;
  virtual void replace_after_grace_period() = 0;
  virtual void replace_at_once() = 0;
  virtual void free_twice() = 0;

  /// Starts a timer that adds once, without a lock; stops it.
  virtual void start_timer() = 0;
  virtual void stop_timer() = 0;
  /// The same in a softirq, now.
  virtual void raise_softirq() = 0;

  /// Accesses atomic words for ever, with something on the stack that tells when it goes.
  virtual void spin(bool& gone) = 0;
};

std::unique_ptr<SharedWork> make_shared_work(sim::SimPlatform& platform);

}  // namespace test
