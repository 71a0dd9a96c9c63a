#pragma once
// Names of a program's variables and functions, and what it imports, from its ELF symbol table.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"

namespace sim {

struct Symbol {
  std::uint64_t value = 0;  ///< its place, counted from where the file is loaded
  std::uint64_t bytes = 0;
  std::string name;  ///< as a person writes it
};

struct Symbols {
  std::vector<Symbol> objects;    ///< by value
  std::vector<Symbol> functions;  ///< by value
  std::vector<std::string> imported;

  [[nodiscard]] bool imports(std::string_view name) const;
  /// The one that contains `value`, or null.
  [[nodiscard]] static const Symbol* find(const std::vector<Symbol>& symbols, std::uint64_t value);
};

/// Reads a 64-bit ELF file for this machine.
[[nodiscard]] kev::Result<Symbols> read_symbols(const std::string& path);

}  // namespace sim
