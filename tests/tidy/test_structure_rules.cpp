#include <catch2/catch.hpp>

#include "tests/tidy/rules.hpp"

using namespace tidy;

TEST_CASE("the rule on layers fails when an include points the wrong way") {
  CHECK(wrong_layers(tree_of("sim/world/a.cpp", "#include \"sim/net/tcp.hpp\"\n")).empty());
  CHECK(wrong_layers(tree_of("tests/a.cpp", "#include \"tools/main.hpp\"\n")).empty());
  CHECK(
      wrong_layers(tree_of("model/kevent/a.cpp", "#include \"sim/engine/engine.hpp\"\n")).size() ==
      1);
  CHECK(wrong_layers(tree_of("sim/net/a.cpp", "#include \"tools/main.hpp\"\n")).size() == 1);
  CHECK(wrong_layers(tree_of("sim/scenario/a.cpp", "#include \"sim/block/hdd.hpp\"\n")).size() ==
        1);
  CHECK(wrong_layers(tree_of("model/spec/a.cpp", "#include \"model/kevent/queue.hpp\"\n")).size() ==
        1);
  CHECK(wrong_layers(tree_of("tools/a.cpp", "#include \"tests/a.hpp\"\n")).size() == 1);
  CHECK(wrong_layers(tree_of("elsewhere/a.cpp", "int x;\n")).size() == 1);
  CHECK(wrong_layers(tree_of("model/a.cpp", "// text\n/*\n#include \"sim/a.hpp\"\n*/\n")).empty());
}

TEST_CASE("the rule on headers fails on threads, clocks and the real machine in simulated code") {
  CHECK(banned_headers(tree_of("sim/a.cpp", "#include <thread>\n")).size() == 1);
  CHECK(banned_headers(tree_of("model/a.cpp", "#include <sys/mman.h>\n")).size() == 1);
  CHECK(banned_headers(tree_of("model/a.cpp", "#include <boost/asio.hpp>\n")).size() == 1);
  CHECK(banned_headers(tree_of("model/a.cpp", "#include <boost/asio/ip/tcp.hpp>\n")).size() == 1);
  CHECK(banned_headers(tree_of("tests/a.cpp", "#include <ranges>\n")).size() == 1);
  CHECK(banned_headers(tree_of("model/host/a.cpp", "#include <thread>\n")).empty());
  CHECK(banned_headers(tree_of("tools/a.cpp", "#include <mutex>\n")).empty());
  CHECK(banned_headers(tree_of("sim/a.cpp", "#include \"sim/thread/random.hpp\"\n")).empty());
}

TEST_CASE("the rule on header openings fails without the guard and without the comment") {
  CHECK(unopened_headers(tree_of("a.hpp", "#pragma once\n// What for.\n\nint x;\n")).empty());
  CHECK(unopened_headers(tree_of("a.hpp", "// What for.\n#pragma once\nint x;\n")).empty());
  CHECK(unopened_headers(tree_of("a.hpp", "// What for.\nint x;\n")).size() == 1);
  CHECK(unopened_headers(tree_of("a.hpp", "#pragma once\n\nint x;  // x\n")).size() == 1);
  CHECK(unopened_headers(tree_of("a.cpp", "int x;\n")).empty());
}

TEST_CASE("the rule on dead files fails on a file that no target and no include names") {
  Tree tree = tree_of("sim/a/used.cpp", "#include \"sim/a/included.hpp\"\n");
  add_file(tree, "sim/a/included.hpp", "");
  add_file(tree, "sim/CMakeLists.txt",
           "kevsim_library(x SOURCES a/used.cpp HEADERS a/listed.hpp)\n");
  add_file(tree, "sim/a/listed.hpp", "");
  CHECK(dead_files(tree).empty());
  add_file(tree, "sim/b/used.cpp", "");
  add_file(tree, "sim/a/lonely.hpp", "");
  CHECK(dead_files(tree).size() == 2);
}
