#pragma once
// A TOML text as a tree whose every key and value knows its place, in file order (toml++ iterates
// in key order). The only file that sees toml++ is document.cpp. Values given with --set are merged
// into the same tree and keep their own place, so that they are checked and reported like the file.
//
// Lines and columns count from 1; columns count code points. What is not TOML is one error at its
// place. Input is bounded: at most 1 MiB of valid UTF-8 (toml++ would recurse without bound on keys
// of very many parts, so these are refused first).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"

namespace sim {

/// `source` 0 is the file, k is the k-th override.
struct Mark {
  int source = 0;
  int line = 0;
  int column = 0;
  int length = 1;
};

enum class NodeKind { string, integer, real, boolean, date, list, table };

/// "a string", "an integer", ...
std::string_view describe(NodeKind kind);

struct Entry;

struct Node {
  NodeKind kind = NodeKind::table;
  Mark mark;
  std::string text;  ///< string
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  std::vector<Node> items;     ///< list
  std::vector<Entry> entries;  ///< table, in file order
  std::string raw;             ///< from --set: the value as typed, for keys that want text

  [[nodiscard]] const Entry* find(std::string_view key) const;
  [[nodiscard]] Entry* find(std::string_view key);
};

struct Entry {
  std::string key;
  Mark mark;
  Node value;
};

/// `KEY=VALUE` and where it was given: "--set", "--designs", ...
struct Override {
  std::string text;
  std::string origin = "--set";
};

struct Document {
  std::string path;
  std::vector<std::string> lines;
  std::vector<Override> overrides;
  Node root;

  [[nodiscard]] kev::Error error(const Mark& mark, std::string message,
                                 std::string hint = {}) const;
};

/// The text of a scenario file. Errors: no such file (with the nearest name), a directory,
/// unreadable, larger than 1 MiB.
kev::Result<std::string> read_text_file(const std::string& path);

kev::Result<Document> parse_document(std::string_view text, const std::string& path);

/// Merges one override; later ones win. The value is TOML, or text when it is not TOML.
kev::Result<void> apply_override(Document& document, const Override& override_);

}  // namespace sim
