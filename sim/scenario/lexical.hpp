#pragma once
// A look at the characters of a file before the TOML reader sees it: refuses what is no text, and
// what toml++ 3.3 cannot take without undefined behaviour (characters beyond ASCII outside of
// quotes and comments, which TOML forbids anyway) or without recursing very deep (keys of very many
// parts).

#include <optional>
#include <string>
#include <string_view>

#include "sim/scenario/document.hpp"

namespace sim {

struct LexicalError {
  Mark mark;
  std::string message;
  std::string hint;
  bool printable;  ///< false: the line would spoil a terminal
};

std::optional<LexicalError> find_lexical_error(std::string_view text);

}  // namespace sim
