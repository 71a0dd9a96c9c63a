// `faults`: each place where a fault can strike, in the order in which an execution comes to them:
// first every one alone, under the plain schedule; then every two, and then some, at random, under
// random walks. Places are counted anew in each execution: what a fault leads to may have places of
// its own.

#include <algorithm>

#include "sim/schedule/strategies.hpp"

namespace sim {

namespace {

constexpr std::uint32_t places_max = 4096;
constexpr double random_rate = 0.1;

class FaultSweep final : public Strategy {
 public:
  FaultSweep() : Strategy(Sees::choices, Order::sequential) {}

  void begin(std::uint64_t seed) override {
    Strategy::begin(seed);
    asked_ = 0;
  }

  std::uint32_t pick(const Crossroads& at) override {
    return stage_ <= Stage::singles ? plain_pick(at) : pick_any(at.ready, random());
  }

  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation) override {
    if (kind != ChoiceKind::fault)
      return stage_ <= Stage::singles ? 0 : Strategy::choose(kind, options, operation);
    const std::uint32_t place = asked_++;
    if (stage_ == Stage::random) return random().chance(random_rate) ? 1 : 0;
    const bool first = stage_ >= Stage::singles && place == first_;
    const bool second = stage_ == Stage::pairs && place == second_;
    return first || second ? 1 : 0;
  }

  void end(Learn) override {
    places_ = std::max(places_, std::min(asked_, places_max));
    next();
  }
  [[nodiscard]] std::string_view name() const override { return "faults"; }

 private:
  enum class Stage : std::uint8_t { none, singles, pairs, random };

  void next() {
    switch (stage_) {
      case Stage::none:
        stage_ = places_ == 0 ? Stage::random : Stage::singles;
        return;
      case Stage::singles:
        if (++first_ < places_) return;
        stage_ = places_ < 2 ? Stage::random : Stage::pairs;
        first_ = 0;
        second_ = 1;
        return;
      case Stage::pairs:
        if (++second_ < places_) return;
        second_ = ++first_ + 1;
        if (second_ >= places_) stage_ = Stage::random;
        return;
      case Stage::random:
        return;
    }
  }

  Stage stage_ = Stage::none;
  std::uint32_t places_ = 0;  ///< the most that an execution came to
  std::uint32_t asked_ = 0;
  std::uint32_t first_ = 0;
  std::uint32_t second_ = 0;
};

}  // namespace

kev::Result<Strategies> make_fault_sweep(std::uint32_t) {
  return one_part(std::make_unique<FaultSweep>());
}

}  // namespace sim
