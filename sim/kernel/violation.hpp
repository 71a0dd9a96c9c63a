#pragma once
// A named promise that was broken, how, and when; and the table of all such promises.

#include <span>
#include <string>
#include <string_view>

#include "model/base/time.hpp"

namespace sim {

struct Violation {
  std::string property;
  std::string message;
  kev::Instant at;
};

struct PropertyInfo {
  std::string_view name;
  std::string_view description;
};

/// The rules of the machine and its workloads. A new one is a row here; what the event queue
/// promises is in model/spec/promises.hpp. Violations name one or the other.
std::span<const PropertyInfo> properties();

}  // namespace sim
