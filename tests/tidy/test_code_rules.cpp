#include <catch2/catch.hpp>

#include "tests/tidy/rules.hpp"

using namespace tidy;

namespace {

std::string function_of(int lines) {
  std::string text = "void f() {\n";
  for (int i = 0; i < lines - 2; ++i) text += "  g(\"}\");\n";
  return text + "}\n";
}

std::size_t banned_in(std::string path, std::string text) {
  return banned_names(tree_of(std::move(path), std::move(text))).size();
}

std::size_t draws_in(std::string text) {
  return several_draws(tree_of("sim/a.cpp", std::move(text))).size();
}

std::size_t statics_in(std::string text) {
  return mutable_statics(tree_of("sim/a.cpp", std::move(text))).size();
}

std::size_t addresses_in(std::string text) {
  return order_by_address(tree_of("sim/a.cpp", std::move(text))).size();
}

std::size_t swallowed_in(std::string text) {
  return swallowed_exceptions(tree_of("sim/a.cpp", std::move(text))).size();
}

}  // namespace

TEST_CASE("the rule on function length fails at 61 lines") {
  CHECK(functions_too_long(tree_of("sim/a.cpp", function_of(60))).empty());
  CHECK(functions_too_long(tree_of("sim/a.cpp", function_of(61))).size() == 1);
}

TEST_CASE("the rule on names fails on hidden inputs and vendor-made order in simulated code") {
  CHECK(banned_in("sim/a.cpp", "std::unordered_map<int, int> m;\n") == 1);
  CHECK(banned_in("sim/a.cpp", "x = std::hash<int>{}(1);\n") == 1);
  CHECK(banned_in("sim/a.cpp", "x = rand();\n") == 1);
  CHECK(banned_in("sim/a.cpp", "std::random_device d;\n") == 1);
  CHECK(banned_in("sim/a.cpp", "std::uniform_int_distribution<> d;\n") == 1);
  CHECK(banned_in("sim/a.cpp", "x = std::time(nullptr);\n") == 1);
  CHECK(banned_in("model/a.cpp", "auto t = std::chrono::steady_clock::now();\n") == 1);
  CHECK(banned_in("model/a.cpp", "x = std::getenv(\"HOME\");\n") == 1);
  CHECK(banned_in("model/a.cpp", "assert(x);\n") == 1);
  CHECK(banned_in("tests/a.cpp", "using namespace std;\n") == 1);
  CHECK(banned_in("tests/a.cpp", "using namespace std::literals;\n") == 0);
  CHECK(banned_in("sim/a.cpp", "static_assert(x); // std::hash\nf(\"getenv\");\n") == 0);
  CHECK(banned_in("model/host/a.cpp", "auto t = std::chrono::steady_clock::now();\n") == 0);
  CHECK(banned_in("tools/a.cpp", "x = std::getenv(\"HOME\");\n") == 0);
}

TEST_CASE("the rule on catch (...) fails when the handler does not rethrow") {
  CHECK(swallowed_in("void f() { try { g(); } catch (...) { h(); } }") == 1);
  CHECK(swallowed_in("void f() { try { g(); } catch (...) { throw 1; } }") == 1);
  CHECK(swallowed_in("void f() { try { g(); } catch (...) { h(); throw; } }") == 0);
  CHECK(swallowed_in("void f() { try { g(); } catch (const E& e) { h(e); } }") == 0);
}

TEST_CASE("the rule on draws fails when one source is drawn from twice in a statement") {
  CHECK(draws_in("f(random.next(), random.below(3));") == 1);
  CHECK(draws_in("f(law.sample(random_),\n  law.sample(random_));") == 1);
  CHECK(draws_in("x = f(a->chance(0.5) ? a->next() : 0, a->next());") == 1);
  CHECK(draws_in("f(chooser.choose(kind, 2, op), chooser.choose(kind, 3, op));") == 1);
  CHECK(draws_in("x = random.next();\ny = random.next();") == 0);
  CHECK(draws_in("x = all ? random.next() : random.below(n);") == 0);
  CHECK(draws_in("CHECK(left.next() == right.next());") == 0);
}

TEST_CASE("the rule on order fails on containers sorted by pointers") {
  CHECK(addresses_in("std::set<Thread*> waiters;") == 1);
  CHECK(addresses_in("std::map<const Page*, std::pair<int, int>> pages;") == 1);
  CHECK(addresses_in("std::set<Thread*, ById> waiters;") == 0);
  CHECK(addresses_in("std::map<int, Thread*> threads;") == 0);
}

TEST_CASE("the rule on statics fails on variables and spares functions and constants") {
  CHECK(statics_in("static int calls = 0;") == 1);
  CHECK(statics_in("void f() { static std::vector<int> cache; }") == 1);
  CHECK(statics_in("class A { private: inline static int count{0}; };") == 1);
  CHECK(statics_in("static const int limit = f(3);") == 0);
  CHECK(statics_in("static constexpr int limit{3};") == 0);
  CHECK(statics_in("static int f(int x = 3) { return x; }\nstatic_assert(sizeof(int) == 4);") == 0);
}
