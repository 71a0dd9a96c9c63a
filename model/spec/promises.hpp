#pragma once
// The named promises of the queue, a sentence each, and how a broken one is told.

#include <span>
#include <string>
#include <string_view>

namespace kev::spec {

struct Promise {
  std::string_view name;
  std::string_view description;
};

/// Every promise that a monitor or the linearizability check may name.
std::span<const Promise> promises();

struct Broken {
  std::string_view promise;
  std::string message;
};

}  // namespace kev::spec
