#pragma once
// The strategy `random`: every option of every choice is equally likely. A random walk over
// interleavings; finds shallow bugs fast, and ones that need a long delay of one thread hardly
// ever.

#include "sim/engine/random.hpp"
#include "sim/schedule/choice.hpp"

namespace sim {

class RandomChooser final : public Chooser {
 public:
  explicit RandomChooser(std::uint64_t seed) : random_(seed) {}

  std::uint32_t choose(ChoiceKind, std::uint32_t options, Operation) override {
    return static_cast<std::uint32_t>(random_.below(options));
  }

 private:
  Random random_;
};

}  // namespace sim
