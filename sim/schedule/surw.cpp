// `surw`: selectively uniform random walk (Zhao, Wolff, Mathur, Roychoudhury, "Selectively uniform
// concurrency testing", ASPLOS 2025). A thread is chosen in proportion to the steps that it has
// left, which makes every interleaving equally likely; "selectively": only of the steps on one
// object, drawn anew for each execution; the other steps run in between as they come. One execution
// in four counts all steps.
//
// How many steps a thread has is the average over the executions learned from. An execution that
// lasts four times as long as the longest of those is caught in a loop that waits for a thread
// which is held back: the rest is a random walk, which is fair.

#include <algorithm>
#include <array>
#include <vector>

#include "sim/schedule/strategies.hpp"

namespace sim {

namespace {

constexpr std::size_t objects_max = 64;
/// Averages follow the program: an execution weighs a sixteenth at least.
constexpr double newest_weight_min = 1.0 / 16;

using Counts = std::array<double, threads_max>;

/// The steps of each thread on one object, on average.
struct ObjectCounts {
  std::uint32_t object = 0;
  Counts steps{};
};

class Surw final : public Strategy {
 public:
  Surw() : Strategy(Sees::steps) { seen_.reserve(steps_seen_max); }

  void begin(std::uint64_t seed) override {
    Strategy::begin(seed);
    seen_.clear();
    step_ = 0;
    intended_ = nobody;
    selected_ = nullptr;
    const std::uint64_t draw = random().below(4);
    if (draw != 0 && !objects_.empty()) selected_ = &objects_[random().below(objects_.size())];
    left_ = selected_ != nullptr ? selected_->steps : all_;
  }

  std::uint32_t pick(const Crossroads& at) override {
    if (step_++ > fair_after * std::max(longest_, steps_usual)) [[unlikely]]
      return pick_any(at.ready, random());
    const std::uint32_t thread = choose_thread(at);
    if (seen_.size() < steps_seen_max) seen_.push_back({thread, at.next[thread].operation.object});
    if (interesting(at.next[thread])) {
      left_[thread] -= 1;
      intended_ = nobody;
    }
    return thread;
  }

  void end(Learn learn) override {
    if (learn == Learn::no) return;
    ++learned_;
    longest_ = std::max(longest_, std::min(step_, steps_learned_max));
    const double weight = std::max(1.0 / static_cast<double>(learned_), newest_weight_min);
    for (double& steps : all_) steps *= 1 - weight;
    for (ObjectCounts& object : objects_)
      for (double& steps : object.steps) steps *= 1 - weight;
    for (const Seen& step : seen_) {
      all_[step.thread] += weight;
      if (ObjectCounts* object = find(step.object)) object->steps[step.thread] += weight;
    }
  }
  [[nodiscard]] std::string_view name() const override { return "surw"; }

 private:
  static constexpr std::size_t steps_seen_max = 4096;
  static constexpr std::uint64_t fair_after = 4;
  static constexpr std::uint64_t steps_usual = 256;  ///< of an execution, before any was seen
  static constexpr std::uint64_t steps_learned_max = 8'000;
  struct Seen {
    std::uint32_t thread;
    std::uint32_t object;
  };

  [[nodiscard]] bool interesting(const NextStep& step) const {
    return selected_ == nullptr || step.operation.object == selected_->object;
  }

  std::uint32_t choose_thread(const Crossroads& at) {
    if ((at.ready & (at.ready - 1)) == 0) return first_of(at.ready);
    if (intended_ == nobody || (at.ready & bit_of(intended_)) == 0) intended_ = draw(at.ready);
    ThreadMask open = 0;
    for (ThreadMask rest = at.ready; rest != 0; rest &= rest - 1)
      if (first_of(rest) == intended_ || !interesting(at.next[first_of(rest)]))
        open |= bit_of(first_of(rest));
    return pick_any(open, random());
  }

  /// In proportion to what is left; a thread that outlives its average counts a little.
  std::uint32_t draw(ThreadMask ready) {
    constexpr double little = 0.05;
    double total = 0;
    for (ThreadMask rest = ready; rest != 0; rest &= rest - 1)
      total += std::max(left_[first_of(rest)], little);
    double at = random().unit() * total;
    std::uint32_t thread = first_of(ready);
    for (ThreadMask rest = ready; rest != 0; rest &= rest - 1) {
      thread = first_of(rest);
      at -= std::max(left_[thread], little);
      if (at < 0) break;
    }
    return thread;
  }

  ObjectCounts* find(std::uint32_t object) {
    for (ObjectCounts& known : objects_)
      if (known.object == object) return &known;
    if (objects_.size() == objects_max) return nullptr;
    objects_.push_back({object, {}});
    return &objects_.back();
  }

  Counts all_{};
  Counts left_{};
  std::vector<ObjectCounts> objects_;
  std::vector<Seen> seen_;
  const ObjectCounts* selected_ = nullptr;
  std::uint32_t intended_ = nobody;
  std::uint64_t learned_ = 0;
  std::uint64_t step_ = 0;
  std::uint64_t longest_ = 0;
};

}  // namespace

kev::Result<Strategies> make_surw(std::uint32_t) {
  return one_part(std::make_unique<Surw>());
}

}  // namespace sim
