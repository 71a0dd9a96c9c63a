#pragma once
// DiskSim's parameter files as a tree: blocks of named parameters, and what is instantiated.
//
// Grammar (libparam, DiskSim 4.0 manual 3): `TYPE NAME { Parameter name = value, ... }` where a
// value is a number, a word, a list `[ ... ]`, a block `TYPE { ... }`, or `source FILE`: what that
// file holds. `source FILE` may also stand between blocks; `instantiate [ x ] as NAME` says which
// block is used; `topology` and everything in it is passed over. `#` begins a comment.
//
// Errors: whatever cannot be read is told with file, line, column and that line's text.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"

namespace sim {

/// Gives the text of a file. Those that other files name are looked up beside these.
using DisksimFiles = std::function<kev::Result<std::string>(const std::string& path)>;

/// Where something stands, with what a good error message needs.
struct DisksimPlace {
  kev::Place place;
  std::string line;  ///< its text
  int length = 1;

  [[nodiscard]] kev::Error error(std::string message, std::string hint = {}) const {
    return {std::move(message), place, std::move(hint), line, length};
  }
};

struct DisksimBlock;

struct DisksimValue {
  enum class Kind : std::uint8_t { word, list, block };
  Kind kind = Kind::word;
  std::string word;  ///< numbers too
  std::vector<DisksimValue> list;
  std::shared_ptr<const DisksimBlock> block;
  DisksimPlace at;
};

struct DisksimParameter {
  std::string name;
  DisksimValue value;
  DisksimPlace at;
};

struct DisksimBlock {
  std::string type;
  std::string name;
  std::vector<DisksimParameter> parameters;
  DisksimPlace at;
};

struct DisksimFile {
  std::vector<std::shared_ptr<const DisksimBlock>> blocks;  ///< in order, sourced ones too
  std::vector<std::string> instantiated;                    ///< names of blocks
  DisksimPlace end;                                         ///< of the file itself
};

/// `path` with everything it sources.
kev::Result<DisksimFile> parse_disksim(const std::string& path, const DisksimFiles& files);

/// A file that `from` names.
std::string beside(const std::string& from, const std::string& name);

}  // namespace sim
