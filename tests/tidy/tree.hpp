#pragma once
// The source tree as the tidy rules see it: every text file with its lines, sorted by path.
//
// In a git checkout these are the files git tracks or would track, so that build folders and
// private notes do not count; elsewhere (an unpacked archive) all files but build output.

#include <string>
#include <string_view>
#include <vector>

namespace tidy {

struct File {
  std::string path;  ///< from the project root, with '/'
  std::string text;
  std::vector<std::string> lines;  ///< without their ends
  std::string code;  ///< C++ only: `text` with comments and literals blanked, of the same length
};

struct Tree {
  std::vector<File> files;
  std::vector<std::string> paths;  ///< of every file, also of those that are not text
};

struct Finding {
  std::string path;
  int line = 0;
  std::string message;
};
using Findings = std::vector<Finding>;

/// Reads the tree under `root`.
Tree load_tree(const std::string& root);

/// A tree of one file, for trying a rule on a snippet.
Tree tree_of(std::string path, std::string text);
void add_file(Tree& tree, std::string path, std::string text);

bool starts_with_any(std::string_view text, const std::vector<std::string_view>& prefixes);
bool is_header(const File& file);
bool is_cpp(const File& file);
bool is_markdown(const File& file);

/// "tests/engine" of "tests/engine/test_engine.cpp"; "" of a file in the root.
std::string_view folder_of(std::string_view path);

/// The 1-based line on which `offset` of the text lies.
int line_at(std::string_view text, std::size_t offset);

}  // namespace tidy
