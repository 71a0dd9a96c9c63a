#pragma once
// A chooser in the place of a strategy: option 0 of a thread choice is the plain pick, the others
// are the threads that could go on besides, in order of their numbers.

#include "sim/schedule/strategy.hpp"

namespace sim {

class ChooserStrategy final : public Strategy {
 public:
  explicit ChooserStrategy(Chooser& chooser) : chooser_(chooser) {}

  std::uint32_t pick(const Crossroads& at) override {
    const std::uint32_t plain = plain_pick(at);
    const std::uint32_t picked =
        chooser_.choose(ChoiceKind::thread, count_of(at.ready), at.next[plain].operation);
    return picked == 0 ? plain : nth_of(at.ready & ~bit_of(plain), picked - 1);
  }
  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation) override {
    return chooser_.choose(kind, options, operation);
  }
  [[nodiscard]] std::string_view name() const override { return "chooser"; }

 private:
  Chooser& chooser_;
};

}  // namespace sim
