// `pos`: partial order sampling (Yuan, Yang and Gu, "Partial order aware concurrency sampling", CAV
// 2018). Each pending step has a random priority and the highest is taken; then the priorities of
// the steps that depend on it are drawn anew. Samples orders of dependent steps nearly uniformly.

#include <array>

#include "sim/schedule/strategies.hpp"

namespace sim {

namespace {

class Pos final : public Strategy {
 public:
  void begin(std::uint64_t seed) override {
    Strategy::begin(seed);
    drawn_ = 0;
  }

  std::uint32_t pick(const Crossroads& at) override {
    std::uint32_t best = nobody;
    for (ThreadMask rest = at.ready; rest != 0; rest &= rest - 1) {
      const std::uint32_t thread = first_of(rest);
      if ((drawn_ & bit_of(thread)) == 0) priority_[thread] = random().next();
      if (best == nobody || priority_[thread] > priority_[best]) best = thread;
    }
    drawn_ |= at.ready;
    drawn_ &= ~bit_of(best);
    for (ThreadMask rest = at.ready & drawn_; rest != 0; rest &= rest - 1)
      if (dependent(at.next[first_of(rest)], at.next[best])) drawn_ &= ~bit_of(first_of(rest));
    return best;
  }
  [[nodiscard]] std::string_view name() const override { return "pos"; }

 private:
  ThreadMask drawn_ = 0;  ///< whose priority is of the step that they are about to take
  std::array<std::uint64_t, threads_max> priority_{};
};

}  // namespace

kev::Result<Strategies> make_pos(std::uint32_t) {
  return one_part(std::make_unique<Pos>());
}

}  // namespace sim
