// `random`: every thread that can go on is equally likely to. Finds shallow bugs fast, and bugs
// that need one thread to wait for long hardly ever.

#include "sim/schedule/strategies.hpp"

namespace sim {

namespace {

class RandomWalk final : public Strategy {
 public:
  std::uint32_t pick(const Crossroads& at) override { return pick_any(at.ready, random()); }
  [[nodiscard]] Random* uniform() override { return &random(); }
  [[nodiscard]] std::string_view name() const override { return "random"; }
};

}  // namespace

kev::Result<Strategies> make_random(std::uint32_t) {
  return one_part(std::make_unique<RandomWalk>());
}

}  // namespace sim
