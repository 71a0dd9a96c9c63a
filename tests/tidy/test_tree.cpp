// Each rule on the real source tree. A finding is corrected, or excused in policy.cpp with a
// reason.

#include <catch2/catch.hpp>

#include "tests/tidy/policy.hpp"
#include "tests/tidy/rules.hpp"

using namespace tidy;

namespace {

std::string judge_tree(std::string_view rule, Findings (*check)(const Tree&)) {
  static const Tree tree = load_tree(KEVSIM_SOURCE_DIR);
  // A tree that was not read would pass every rule.
  REQUIRE(tree.files.size() > 20);
  return judge(rule, check(tree));
}

}  // namespace

TEST_CASE("tree: lines have at most 100 columns") {
  CHECK(judge_tree("line-length", lines_too_long) == "");
}

TEST_CASE("tree: source files have at most 450 lines, tests 600") {
  CHECK(judge_tree("file-length", files_too_long) == "");
}

TEST_CASE("tree: functions have at most 60 lines") {
  CHECK(judge_tree("function-length", functions_too_long) == "");
}

TEST_CASE("tree: no tabs, no trailing blanks, each file ends with a line end") {
  CHECK(judge_tree("white-space", untidy_white_space) == "");
}

TEST_CASE("tree: no leftover notes") {
  CHECK(judge_tree("leftover-notes", leftover_notes) == "");
}

TEST_CASE("tree: each markdown file has one title") {
  CHECK(judge_tree("titles", titles_not_one) == "");
}

TEST_CASE("tree: relative links lead to files") {
  CHECK(judge_tree("links", broken_links) == "");
}

TEST_CASE("tree: includes point from tools to sim to model") {
  CHECK(judge_tree("layers", wrong_layers) == "");
}

TEST_CASE("tree: simulated code includes nothing of the real machine") {
  CHECK(judge_tree("banned-headers", banned_headers) == "");
}

TEST_CASE("tree: headers open with a guard and a comment") {
  CHECK(judge_tree("header-opening", unopened_headers) == "");
}

TEST_CASE("tree: no file is dead") {
  CHECK(judge_tree("dead-files", dead_files) == "");
}

TEST_CASE("tree: no banned names") {
  CHECK(judge_tree("banned-names", banned_names) == "");
}

TEST_CASE("tree: no exception is swallowed") {
  CHECK(judge_tree("catch-all", swallowed_exceptions) == "");
}

TEST_CASE("tree: one random draw a statement") {
  CHECK(judge_tree("several-draws", several_draws) == "");
}

TEST_CASE("tree: nothing is ordered by address") {
  CHECK(judge_tree("order-by-address", order_by_address) == "");
}

TEST_CASE("tree: no mutable statics") {
  CHECK(judge_tree("mutable-statics", mutable_statics) == "");
}

TEST_CASE("every exception has a path and a reason") {
  for (const Exception& row : exceptions()) {
    CAPTURE(row.rule, row.path);
    CHECK_FALSE(row.reason.empty());
    CHECK_FALSE(row.path.empty());
  }
}

TEST_CASE("an exception excuses its finding and is missed when there is none") {
  const std::vector<Exception> allowed = {{"some-rule", "sim/a.cpp", "long", "a table"}};
  const Finding finding{"sim/a.cpp", 1, "too long"};
  CHECK(judge("some-rule", {finding}, allowed) == "");
  CHECK(judge("other-rule", {finding}, allowed) == "sim/a.cpp:1: too long\n");
  CHECK(judge("some-rule", {}, allowed) ==
        "policy.cpp: no longer needed: some-rule sim/a.cpp long\n"
        "  allowed: sim/a.cpp long (a table)\n");
}
