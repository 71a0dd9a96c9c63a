#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/tidy/rules.hpp"

using namespace tidy;

TEST_CASE("outside of a git checkout a tree is read without its build output") {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(KEVSIM_BINARY_DIR) / "tidy_tree";
  fs::remove_all(root);
  for (const char* path : {"sim/a.cpp", "build/dev/b.cpp", "traces/c.gz", "tools/d"}) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << "x\n";
  }
  const Tree tree = load_tree(root.string());
  CHECK(tree.paths == std::vector<std::string>{"sim/a.cpp", "tools/d", "traces/c.gz"});
  REQUIRE(tree.files.size() == 2);
  CHECK(tree.files[0].lines == std::vector<std::string>{"x"});
}

TEST_CASE("the rule on line length fails at 101 columns, counted as characters") {
  CHECK(lines_too_long(tree_of("sim/a.cpp", std::string(100, 'x') + "\n")).empty());
  CHECK(lines_too_long(tree_of("sim/a.cpp", std::string(101, 'x') + "\n")).size() == 1);
  CHECK(lines_too_long(tree_of("sim/a.cpp", std::string(99, 'x') + "\u00e9\n")).empty());
  CHECK(lines_too_long(tree_of("a.md", std::string(101, 'x') + "\n")).empty());
}

TEST_CASE("the rule on file length fails beyond 450 lines, for tests beyond 600") {
  const auto lines = [](int n) {
    std::string text;
    for (int i = 0; i < n; ++i) text += "x;\n";
    return text;
  };
  CHECK(files_too_long(tree_of("sim/a.cpp", lines(450))).empty());
  CHECK(files_too_long(tree_of("sim/a.cpp", lines(451))).size() == 1);
  CHECK(files_too_long(tree_of("tests/a.cpp", lines(600))).empty());
  CHECK(files_too_long(tree_of("tests/a.cpp", lines(601))).size() == 1);
}

TEST_CASE("the rule on white space fails on tabs, trailing blanks and a missing line end") {
  CHECK(untidy_white_space(tree_of("a.txt", "a b\n")).empty());
  CHECK(untidy_white_space(tree_of("a.txt", "a \n")).size() == 1);
  CHECK(untidy_white_space(tree_of("a.txt", "a\r\n")).size() == 1);
  CHECK(untidy_white_space(tree_of("a.txt", "a\tb\n")).size() == 1);
  CHECK(untidy_white_space(tree_of("a.txt", "a")).size() == 1);
  CHECK(untidy_white_space(tree_of("a.txt", "a\n\n")).size() == 1);
}

TEST_CASE("the rule on leftover notes fails on each of its words") {
  CHECK(leftover_notes(tree_of("a.cpp",
                               "// TO"
                               "DO: later\n"))
            .size() == 1);
  CHECK(leftover_notes(tree_of("a.md",
                               "FIX"
                               "ME\n"))
            .size() == 1);
  CHECK(leftover_notes(tree_of("a.sh",
                               "# XX"
                               "X\n"))
            .size() == 1);
  CHECK(leftover_notes(tree_of("a.sh", "mktemp a.XXXXXX\n")).empty());
}

TEST_CASE("the rule on titles fails on none and on two") {
  CHECK(titles_not_one(tree_of("a.md", "# A\n## B\n```\n# shell\n```\n")).empty());
  CHECK(titles_not_one(tree_of("a.md", "A\n")).size() == 1);
  CHECK(titles_not_one(tree_of("a.md", "# A\n# B\n")).size() == 1);
}

TEST_CASE("the rule on links fails on a file that is not there") {
  Tree tree = tree_of("docs/a.md",
                      "[up](../b.md#part) [same](a.md) [folder](../docs/) [web](https://x.org/y)\n"
                      "[here](#below) `[code](nowhere.md)`\n");
  add_file(tree, "b.md", "# B\n");
  CHECK(broken_links(tree).empty());
  CHECK(broken_links(tree_of("a.md", "[x](b.md)\n")).size() == 1);
  CHECK(broken_links(tree_of("docs/a.md", "![x](docs/a.md)\n")).size() == 1);
}
