#pragma once
// How long simulating takes, for the "times real time" figure. This is the one place in sim/ that
// looks at the host's clock; what it says never reaches a simulated machine or a fingerprint.

#include <chrono>

#include "model/base/time.hpp"

namespace sim {

class Stopwatch {
 public:
  [[nodiscard]] kev::Duration elapsed() const {
    const auto passed = Clock::now() - begin_;
    return kev::Duration(std::chrono::duration_cast<std::chrono::nanoseconds>(passed).count());
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace sim
