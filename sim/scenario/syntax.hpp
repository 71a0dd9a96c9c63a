#pragma once
// The TOML reader's complaints, said again for people who write scenarios: where exactly, what
// rule, and what to write instead.

#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/document.hpp"

namespace sim {

struct SyntaxComplaint {
  std::string description;  ///< as toml++ words it
  int line = 0;
  int column = 0;
};

struct SyntaxError {
  Mark mark;
  std::string message;
  std::string hint;
};

SyntaxError explain(const SyntaxComplaint& complaint, const std::vector<std::string>& lines);

}  // namespace sim
