#pragma once
// Just enough reading of C++ for the tidy rules: no preprocessor, no grammar. Offsets and line
// numbers of the results are those of the source, since blanked text keeps its length and its line
// ends.

#include <string>
#include <string_view>
#include <vector>

namespace tidy {

/// The source with comments, string literals (also raw ones) and character literals made blank.
std::string code_only(std::string_view source);

/// `code` with preprocessor directives and their continuation lines made blank too.
std::string without_directives(std::string_view code);

/// A piece of code between two of `;`, `{` and `}`, with parentheses not taken into account.
struct Statement {
  std::size_t offset = 0;
  std::string_view text;
  char end = ';';  ///< what ended it
};
std::vector<Statement> split_statements(std::string_view code);

struct Function {
  std::string signature;  ///< what stands before the body, on one line
  int first_line = 0;
  int last_line = 0;
};

/// Function bodies that are not inside another one, by matching braces: a block outside of any body
/// whose head has parentheses and names no class, namespace or enum.
std::vector<Function> find_functions(std::string_view code);

/// Offsets of `pattern` as whole words: identifier characters must not touch its ends, and it is
/// not the name of a member (after '.' or "->"). A leading '*' lets the word begin with anything.
std::vector<std::size_t> find_word(std::string_view code, std::string_view pattern);

/// The offset after the bracket that closes the one at `open`; the size of `code` when none does.
std::size_t after_matching(std::string_view code, std::size_t open);

}  // namespace tidy
