#pragma once
// A named promise that was broken, how, and when.

#include <string>

#include "model/base/time.hpp"

namespace sim {

struct Violation {
  std::string property;
  std::string message;
  kev::Instant at;
};

}  // namespace sim
