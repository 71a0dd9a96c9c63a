// `feedback`: executions that brought two dependent steps of different threads next to each other
// in a way not seen before are kept, and varied: the tape is followed, with some of its picks drawn
// anew, and after its end goes on randomly. (After the feedback-guided strategies of P and of Fray;
// coverage is the set of pairs of adjacent steps on one object.)

#include <algorithm>
#include <array>
#include <vector>

#include "sim/engine/hash.hpp"
#include "sim/schedule/strategies.hpp"

namespace sim {

namespace {

constexpr std::size_t kept_max = 256;
constexpr std::uint64_t variants_per_tape = 16;
constexpr std::uint64_t changes_max = 5;
constexpr std::size_t picks_max = 20'000;

class Feedback final : public Strategy {
 public:
  Feedback() : Strategy(Sees::steps, Order::sequential) { last_.resize(objects); }

  void begin(std::uint64_t seed) override {
    Strategy::begin(seed);
    picks_.clear();
    next_ = 0;
    fresh_pairs_ = 0;
    ++execution_;
    parent_ = nullptr;
    // One in four is a plain random walk: there must be something to vary.
    const bool walk = kept_.empty() || random().below(4) == 0;
    if (walk) return;
    Kept& kept = kept_[turn_ % kept_.size()];
    if (++kept.variants >= variants_per_tape) {
      kept.variants = 0;
      ++turn_;
    }
    parent_ = &kept;
    const std::uint64_t changes = 1 + random().below(changes_max);
    changes_ = 0;
    for (; changes_ < changes; ++changes_)
      change_at_[changes_] = random().below(std::max<std::uint64_t>(kept.picks.size(), 1));
  }

  std::uint32_t pick(const Crossroads& at) override {
    const std::uint32_t thread = choose_thread(at);
    note(thread, at.next[thread]);
    return thread;
  }

  void end(Learn) override {
    if (fresh_pairs_ == 0) return;
    if (kept_.size() < kept_max) {
      kept_.push_back({picks_, 0});
      return;
    }
    kept_[execution_ % kept_max] = {picks_, 0};
  }
  [[nodiscard]] std::string_view name() const override { return "feedback"; }

 private:
  static constexpr std::size_t objects = 1024;
  static constexpr std::size_t pairs = 1 << 16;

  struct Kept {
    std::vector<std::uint8_t> picks;
    std::uint64_t variants;
  };
  /// The last step on an object.
  struct Last {
    std::uint64_t execution = 0;
    std::uint32_t thread = 0;
    Access access = Access::none;
    const char* name = "";
  };

  std::uint32_t choose_thread(const Crossroads& at) {
    if (count_of(at.ready) == 1) return first_of(at.ready);
    const std::size_t index = next_++;
    std::uint32_t thread = nobody;
    if (parent_ != nullptr && index < parent_->picks.size()) {
      const auto last = change_at_.begin() + static_cast<std::ptrdiff_t>(changes_);
      if (std::find(change_at_.begin(), last, index) == last) thread = parent_->picks[index];
    }
    if (thread == nobody || (at.ready & bit_of(thread)) == 0) thread = pick_any(at.ready, random());
    if (picks_.size() < picks_max) picks_.push_back(static_cast<std::uint8_t>(thread));
    return thread;
  }

  void note(std::uint32_t thread, const NextStep& step) {
    if (step.access == Access::none) return;
    Last& last = last_[step.operation.object % objects];
    const bool meets =
        last.execution == execution_ && last.thread != thread && conflict(last.access, step.access);
    if (meets) {
      Fingerprint pair;
      pair.add(step.operation.object);
      pair.add((std::uint64_t{last.thread} << 32) | thread);
      pair.add(std::string_view(last.name));
      pair.add(std::string_view(step.operation.name));
      const std::size_t slot = pair.value() % pairs;
      if (!seen_[slot]) {
        seen_[slot] = true;
        ++fresh_pairs_;
      }
    }
    last = {execution_, thread, step.access, step.operation.name};
  }

  std::vector<Kept> kept_;
  std::vector<Last> last_;
  std::vector<bool> seen_ = std::vector<bool>(pairs, false);
  std::vector<std::uint8_t> picks_;
  const Kept* parent_ = nullptr;
  std::array<std::uint64_t, changes_max> change_at_{};
  std::uint64_t changes_ = 0;
  std::size_t next_ = 0;
  std::uint64_t turn_ = 0;
  std::uint64_t execution_ = 0;
  std::uint64_t fresh_pairs_ = 0;
};

}  // namespace

kev::Result<Strategies> make_feedback(std::uint32_t) {
  return one_part(std::make_unique<Feedback>());
}

}  // namespace sim
