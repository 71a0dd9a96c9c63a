#pragma once
// The steps of an execution with the order that their dependences put them in, as vector clocks,
// and the races between them. Steps can be taken back one by one, which is how a search returns to
// an earlier point.
//
// A race is a pair of dependent steps of two threads that nothing in between orders: the second
// could have come first. Two acquisitions of a lock race although the release of the first comes
// before the second: the lock could have been taken in the other order.

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "sim/schedule/wakeup_tree.hpp"

namespace sim {

struct RacePair {
  std::uint32_t first;
  std::uint32_t second;
};

class HappensBefore {
 public:
  /// A new execution, of which the first `kept` steps are those of the last one.
  void begin(std::size_t kept);
  /// The next of the kept steps is taken again.
  void repeat(std::uint32_t index) {
    thread_clocks_[steps_[index].step.thread] = steps_[index].clock;
  }
  /// A new step; its races are added to `races`.
  void add(const StepOf& step, std::vector<RacePair>& races);
  /// Takes the last step back.
  void pop();

  void joined(std::uint32_t thread, std::uint32_t other);
  void released(std::uint32_t thread, std::uint32_t object);

  [[nodiscard]] std::size_t size() const { return used_; }
  [[nodiscard]] const StepOf& step(std::uint32_t index) const { return steps_[index].step; }
  /// Whether the later step comes after the earlier one in every equivalent execution.
  [[nodiscard]] bool ordered(std::uint32_t earlier, std::uint32_t later) const {
    return steps_[later].clock.at[steps_[earlier].step.thread] > earlier;
  }
  void see_threads(std::uint32_t threads) {
    if (threads > width_) width_ = threads;
  }

 private:
  static constexpr std::uint32_t nothing = 0xFFFFFFFF;
  /// For each thread, the index of its last step that is known, plus one.
  struct Clock {
    std::array<std::uint32_t, threads_max> at;
  };
  struct Step {
    StepOf step;
    std::uint32_t slot = 0;
    std::uint32_t last_write = nothing;  ///< of the object, before this step
    std::uint32_t last_read = nothing;   ///< the newest read since then; a list
    Clock clock{};
  };
  struct Object {
    std::uint32_t last_write = nothing;
    std::uint32_t last_read = nothing;
    std::uint64_t released_in = 0;  ///< the execution that `released` is of
    Clock released{};
  };

  static bool quiet(Access access) {
    return access == Access::read || access == Access::shared_acquire;
  }
  static bool acquires(Access access) {
    return access == Access::acquire || access == Access::shared_acquire;
  }
  void raise(Clock& clock, const Clock& other) const {
    for (std::uint32_t i = 0; i < width_; ++i)
      if (clock.at[i] < other.at[i]) clock.at[i] = other.at[i];
  }
  std::uint32_t slot_of(std::uint32_t object);
  void meet(Step& step, const Clock& before, std::uint32_t index, std::vector<RacePair>& races);
  void find_race(std::uint32_t candidate, const Step& step, const Clock& before,
                 std::uint32_t index, std::vector<RacePair>& races);

  std::vector<Step> steps_;
  std::size_t used_ = 0;
  std::uint32_t width_ = 1;
  std::uint64_t execution_ = 0;
  std::array<Clock, threads_max> thread_clocks_{};
  std::vector<Object> objects_;
  std::map<std::uint32_t, std::uint32_t> slots_;
  struct Recent {
    std::uint32_t object = nothing;
    std::uint32_t slot = 0;
  };
  std::array<Recent, 64> recent_{};  ///< the way to the slots of objects used again and again
};

}  // namespace sim
