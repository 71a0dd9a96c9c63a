#pragma once
// What the rules allow, as tables: limits, layers, banned headers and names, and the exceptions.
// An exception needs a reason, and goes when it is no longer needed (a test sees to that).

#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/tree.hpp"

namespace tidy {

inline constexpr std::size_t max_columns = 100;
inline constexpr int max_function_lines = 60;
inline constexpr std::size_t max_source_lines = 450;
inline constexpr std::size_t max_test_lines = 600;

/// The files under `folder` include, of the project, only what begins with one of `may_include`.
/// The longest matching folder decides.
struct Layer {
  std::string_view folder;
  std::vector<std::string_view> may_include;
};
const std::vector<Layer>& layers();

struct BannedHeader {
  std::string_view header;  ///< or the folder it is in
  std::string_view reason;
};
const std::vector<BannedHeader>& headers_banned_everywhere();
const std::vector<BannedHeader>& headers_banned_in_simulation();

struct BannedName {
  std::string_view name;  ///< as find_word takes it
  std::string_view instead;
};
const std::vector<BannedName>& names_banned_everywhere();
const std::vector<BannedName>& names_banned_in_simulation();

/// True for the files that must not reach the real machine: model/ and sim/ but not model/host/.
bool in_simulation(std::string_view path);

struct Exception {
  std::string_view rule;
  std::string_view path;  ///< or its beginning
  std::string_view what;  ///< part of the finding's message; empty: all of this rule
  std::string_view reason;
};
const std::vector<Exception>& exceptions();

/// "" when every finding is excused by an exception and every exception of the rule is needed;
/// otherwise the findings, one a line, and the exceptions of the rule with their reasons.
std::string judge(std::string_view rule, const Findings& findings,
                  const std::vector<Exception>& allowed = exceptions());

}  // namespace tidy
