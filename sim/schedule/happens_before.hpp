#pragma once
// The steps of an execution with the order that their dependences put them in, as vector clocks,
// and the races between them. Steps can be taken back one by one, which is how a search returns to
// an earlier point.
//
// A race is a pair of dependent steps of two threads of which the second could have come first, and
// that no step in between orders of which the same is true. So two acquisitions of a lock race
// although the release of the first comes before the second: the lock could have been taken in the
// other order. An acquisition does not race with the release, or the semaphore's post, that made it
// possible.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
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
  /// A step of each thread; `none_of_thread`: none, which is later than all.
  using StepOfEach = std::array<std::int32_t, threads_max>;
  static constexpr std::int32_t none_of_thread = 0x7FFFFFFF;

  /// A new execution, of which the first `kept` steps are those of the last one.
  void begin(std::size_t kept);
  /// The next of the kept steps is taken again.
  void repeat(std::uint32_t index) {
    const std::uint32_t thread = steps_[index].step.thread;
    copy(thread_clocks_[thread], steps_[index].clock);
    begun_ |= bit_of(thread);
    taken_ = index + 1;
  }
  /// A new step; its races are added to `races`.
  void add(const StepOf& step, std::vector<RacePair>& races);
  /// Takes the last step back.
  void pop();

  void joined(std::uint32_t thread, std::uint32_t other);
  void released(std::uint32_t thread, std::uint32_t object);
  void released_shared(std::uint32_t thread, std::uint32_t object);
  void found_closed(Closed to) { steps_[taken_ - 1].closed = to; }

  [[nodiscard]] std::size_t size() const { return used_; }
  [[nodiscard]] const StepOf& step(std::uint32_t index) const { return steps_[index].step; }
  /// Whether the later step comes after the earlier one in every equivalent execution.
  [[nodiscard]] bool ordered(std::uint32_t earlier, std::uint32_t later) const {
    return steps_[later].clock.at[steps_[earlier].step.thread] > earlier;
  }
  /// The same in executions that begin with `sequence` where it branches off: its last step, which
  /// is an acquisition, comes only after the releases that are in it.
  void settle_last(const std::vector<std::uint32_t>& sequence);
  /// Whether one of these steps, of another thread, comes before `later`; before that last step.
  [[nodiscard]] bool any_before(const StepOfEach& steps, std::uint32_t later) const {
    return any_known(steps_[later].clock, steps, steps_[later].step.thread);
  }
  [[nodiscard]] bool any_before_last(const StepOfEach& steps, std::uint32_t thread) const {
    return any_known(last_clock_, steps, thread);
  }
  void see_threads(std::uint32_t threads) {
    if (threads > width_) width_ = (threads + lane - 1) / lane * lane;
  }

 private:
  static constexpr std::uint32_t nothing = 0xFFFFFFFF;
  /// Clocks are gone through several threads at a time, as signed numbers (executions are too short
  /// to tell the difference), since of these every processor compares four at once.
  static constexpr std::uint32_t lane = 4;
  using Lane [[gnu::vector_size(4 * lane)]] = std::int32_t;
  template <class Number>
  static Lane lane_at(const Number* numbers) {
    Lane lane_of;
    std::memcpy(&lane_of, numbers, sizeof(lane_of));
    return lane_of;
  }
  /// For each thread, the index of its last step that is known, plus one.
  struct Clock {
    std::array<std::uint32_t, threads_max> at;
  };
  struct Step {
    StepOf step;
    Closed closed = Closed::nobody;
    std::uint32_t slot = 0;
    std::uint32_t previous = nothing;         ///< the step on the object before this one
    std::uint32_t last_write = nothing;       ///< the newest of those that is not quiet
    std::uint32_t last_of_thread = nothing;   ///< the step of its thread before it
    std::uint32_t last_everything = nothing;  ///< the last before it that may touch anything
    Clock clock{};
    Clock before{};  ///< of an acquisition: of its thread alone
  };
  /// What comes before the next acquisition, in one execution.
  struct Release {
    std::uint64_t in = 0;  ///< the execution
    Clock clock{};
  };
  struct Object {
    std::uint32_t last = nothing;
    std::uint32_t last_write = nothing;
    Release exclusive;
    Release shared;
  };

  /// What the thread knows; nothing, when it has done nothing in this execution.
  Clock& clock_of(std::uint32_t thread) {
    Clock& clock = thread_clocks_[thread];
    if ((begun_ & bit_of(thread)) == 0) {
      begun_ |= bit_of(thread);
      std::fill_n(clock.at.begin(), width_, 0);
    }
    return clock;
  }
  void raise(Clock& clock, const Clock& other) const {
    for (std::size_t i = 0; i < width_; i += lane) {
      const Lane mine = lane_at(&clock.at[i]);
      const Lane theirs = lane_at(&other.at[i]);
      const Lane later = mine < theirs ? theirs : mine;
      std::memcpy(&clock.at[i], &later, sizeof(later));
    }
  }
  /// Whether the clock knows one of these steps, of a thread other than its own.
  [[nodiscard]] bool any_known(const Clock& clock, const StepOfEach& steps,
                               std::uint32_t own) const {
    Lane unknown{};  // less one for each that is known
    for (std::size_t i = 0; i < width_; i += lane)
      unknown += lane_at(&clock.at[i]) > lane_at(&steps[i]);
    std::int32_t known = 0;
    for (std::size_t i = 0; i < lane; ++i) known -= unknown[i];
    return known != (static_cast<std::int32_t>(clock.at[own]) > steps[own] ? 1 : 0);
  }
  void copy(Clock& to, const Clock& from) const {
    for (std::size_t i = 0; i < width_; i += lane)
      std::memcpy(&to.at[i], &from.at[i], sizeof(Lane));
  }
  void raise(Clock& clock, const Release& release) const {
    if (release.in == execution_) raise(clock, release.clock);
  }
  void add_release(Release& release, const Clock& clock) const;
  std::uint32_t slot_of(std::uint32_t object);
  void meet(Step& step, const Clock& before, std::uint32_t index, std::vector<RacePair>& races);
  [[nodiscard]] bool could_be_later(const Step& earlier, std::uint32_t at, Access access) const;
  [[nodiscard]] bool readers_need(std::uint32_t reader) const;
  void meet_everybody(Step& step, const Clock& before, std::uint32_t index,
                      std::vector<RacePair>& races);
  void meet_everything(Step& step, const Clock& before, std::size_t first_race,
                       std::vector<RacePair>& races);

  std::vector<Step> steps_;
  std::uint32_t everything_ = nothing;  ///< the last step that may touch anything
  std::array<std::uint32_t, threads_max> last_of_thread_ = [] {
    std::array<std::uint32_t, threads_max> none;
    none.fill(nothing);
    return none;
  }();
  std::size_t used_ = 0;
  std::uint32_t taken_ = 0;     ///< steps taken or repeated in this execution
  std::uint32_t width_ = lane;  ///< of clocks: the number of threads, up to whole lanes
  std::uint64_t execution_ = 0;
  std::array<Clock, threads_max> thread_clocks_{};
  ThreadMask begun_ = 0;  ///< threads whose clocks are of this execution
  std::vector<Object> objects_;
  Clock last_clock_{};
  std::vector<Release> reader_releases_;  ///< by step: the end of the reading that it began
  std::map<std::uint32_t, std::uint32_t> slots_;
  struct Recent {
    std::uint32_t object = nothing;
    std::uint32_t slot = 0;
  };
  std::array<Recent, 64> recent_{};  ///< the way to the slots of objects used again and again
};

}  // namespace sim
