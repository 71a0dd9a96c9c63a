#include <catch2/catch.hpp>

#include "tests/tidy/cpp_text.hpp"

using namespace tidy;

TEST_CASE("comments and literals are blanked, lengths and line ends are kept") {
  CHECK(code_only("a; // b\nc;") == "a;     \nc;");
  CHECK(code_only("a /* b\n c */ d") == "a     \n      d");
  CHECK(code_only(R"(f("x{", 'y');)") == "f(    ,    );");
  CHECK(code_only("s(\"a\\\"b\") t") == "s(      ) t");
  CHECK(code_only("n = 1'000'000; c = 'x';") == "n = 1'000'000; c =    ;");
  CHECK(code_only("R\"x(a\n)\" b)x\"; c") == "     \n       ; c");
  CHECK(code_only("\"http://x\"; y") == "          ; y");
}

TEST_CASE("directives and their continuation lines are blanked") {
  CHECK(without_directives("#define A {\\\n  {\nb;") == "            \n   \nb;");
  CHECK(without_directives("a\n  # if x\nb") == "a\n        \nb");
}

TEST_CASE("words match as a whole and not as members") {
  CHECK(find_word("std::rand() rand()", "rand(").size() == 2);
  CHECK(find_word("operand() x.rand() p->rand()", "rand(").empty());
  CHECK(find_word("sim_time(0) time(0)", "time(0").size() == 1);
  CHECK(find_word("std::hash<int> std::hashes", "std::hash").size() == 1);
  CHECK(find_word("std::normal_distribution<> d; my_distributions", "*_distribution").size() == 1);
}

TEST_CASE("functions are found by their heads, whatever they are inside of") {
  const auto names = [](std::string_view code) {
    std::string out;
    for (const Function& function : find_functions(code)) out += function.signature + ';';
    return out;
  };
  CHECK(names("namespace a { int f(int x) { if (x) { g(); } return 1; } }") == "int f(int x);");
  CHECK(names("class A : public B<C> {\n public:\n  A(int x) {}\n};") == "A(int x);");
  CHECK(names("struct alignas(64) A { int x; };").empty());
  CHECK(names("enum class E { a, b };").empty());
  CHECK(names("const Row rows[] = {{1, 2}, {3, 4}};").empty());
  CHECK(names("template <class T, class U = V<T>>\nvoid f(T t) {}") ==
        "template <class T, class U = V<T>> void f(T t);");
  CHECK(names("auto f = [](int x) { return x; };") == "auto f = [](int x);");
  CHECK(names("int f(A a = {}) { return 1; } int g() { }") == "int f(A a = {});int g();");
}

TEST_CASE("a function's lines run from its head to its closing brace") {
  const std::vector<Function> functions =
      find_functions("int x;\n\nint f(\n    int a) {\n  g();\n}\n");
  REQUIRE(functions.size() == 1);
  CHECK(functions[0].first_line == 3);
  CHECK(functions[0].last_line == 6);
}
