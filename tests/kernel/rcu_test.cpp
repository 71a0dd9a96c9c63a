#include <catch2/catch.hpp>

#include "tests/support/machine_fixture.hpp"

using test::TestMachine;

namespace {

struct Object : sim::RcuNode {
  bool alive = true;
  static void free(sim::RcuNode& node) { static_cast<Object&>(node).alive = false; }
};

}  // namespace

TEST_CASE("an object stays while a reader that may have seen it is inside") {
  int freed_late = 0;
  for (std::uint64_t seed = 0; seed <= 300; ++seed) {
    TestMachine m(2, seed);
    Object object;
    Object* published = &object;
    for (int i = 0; i < 2; ++i)
      m.thread("reader", [&] {
        for (int n = 0; n < 3; ++n) {
          sim::RcuReadGuard guard(m->rcu);
          Object* seen = published;
          for (int k = 0; k < 4; ++k) {
            m.kernel().point({"read", 0});
            if (seen != nullptr) CHECK(seen->alive);
          }
        }
      });
    m.thread("writer", [&] {
      m.kernel().point({"unpublish", 0});
      published = nullptr;
      m->rcu.call(object, &Object::free);
      if (object.alive) ++freed_late;
    });
    m.run();
    INFO("seed " << seed << ' ' << m.violation());
    REQUIRE(m.all_ended());
    REQUIRE_FALSE(object.alive);
    REQUIRE(m->rcu.idle());
  }
  CHECK(freed_late > 250);
}

TEST_CASE("one object handed to call_rcu twice is list_integrity") {
  TestMachine m;
  Object object;
  m.thread("t", [&] {
    m->rcu.call(object, &Object::free);
    m->rcu.call(object, &Object::free);
  });
  m.run();
  CHECK(m.broken() == "list_integrity");
}
