// `pct:d`: Burckhardt et al., "A randomized scheduler with probabilistic guarantees of finding
// bugs", ASPLOS 2010. Threads have random priorities, the highest that can go on does; at d - 1
// random steps the running thread falls below all others. A bug of depth d shows with probability
// 1 / (n k^(d-1)) at least: n threads, k choices.
//
// k is the longest execution learned from. An execution that lasts four times as long as that is
// caught in a loop that waits for a thread of lower priority: the rest is a random walk, which is
// fair.

#include <algorithm>
#include <array>

#include "sim/schedule/strategies.hpp"

namespace sim {

namespace {

constexpr std::uint32_t depth_max = 16;

class Pct final : public Strategy {
 public:
  explicit Pct(std::uint32_t depth) : depth_(depth), name_("pct:" + std::to_string(depth)) {}

  void begin(std::uint64_t seed) override {
    Strategy::begin(seed);
    known_ = 0;
    step_ = 0;
    lowest_ = depth_;
    changes_ = 0;
    for (; changes_ + 1 < depth_; ++changes_)
      change_at_[changes_] = random().below(std::max<std::uint64_t>(longest_, 1));
  }

  std::uint32_t pick(const Crossroads& at) override {
    for (; known_ < at.threads; ++known_) priority_[known_] = depth_ + 1 + (random().next() >> 8);
    const std::uint64_t now = step_++;
    if (now > fair_after * std::max<std::uint64_t>(longest_, 16)) [[unlikely]]
      return pick_any(at.ready, random());
    const auto last = change_at_.begin() + changes_;
    if (std::find(change_at_.begin(), last, now) != last) [[unlikely]]
      priority_[at.current] = lowest_--;
    std::uint32_t best = first_of(at.ready);
    for (ThreadMask rest = at.ready & (at.ready - 1); rest != 0; rest &= rest - 1)
      if (priority_[first_of(rest)] > priority_[best]) best = first_of(rest);
    return best;
  }

  void end(Learn learn) override {
    if (learn == Learn::yes) longest_ = std::max(longest_, std::min(step_, steps_learned_max));
  }
  [[nodiscard]] std::string_view name() const override { return name_; }

 private:
  static constexpr std::uint64_t fair_after = 4;
  /// Executions that starve a thread while timers go on without it must not make that the usual
  /// length.
  static constexpr std::uint64_t steps_learned_max = 8'000;

  std::uint32_t depth_;
  std::string name_;
  std::uint64_t longest_ = 1;
  std::uint64_t step_ = 0;
  std::uint32_t known_ = 0;
  std::uint32_t changes_ = 0;
  std::uint64_t lowest_ = 0;
  std::array<std::uint64_t, depth_max> change_at_{};
  std::array<std::uint64_t, threads_max> priority_{};
};

}  // namespace

kev::Result<Strategies> make_pct(std::uint32_t depth) {
  if (depth < 1 || depth > depth_max)
    return kev::fail("pct: the depth of the bug must be from 1 to 16", {}, "like pct:3");
  return one_part(std::make_unique<Pct>(depth));
}

}  // namespace sim
