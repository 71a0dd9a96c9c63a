#include <catch2/catch.hpp>

#include "tests/support/machine_fixture.hpp"

using test::TestMachine;

namespace {

struct Counted {
  explicit Counted(int& count) : destroyed(count) {}
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { ++destroyed; }
  int& destroyed;
};

}  // namespace

TEST_CASE("user memory is what was mapped and nothing else") {
  TestMachine m;
  m.thread("t", [&] {
    const sim::UserAddress user = m->user.map(100);
    std::uint64_t value = 42;
    CHECK(m->user.copy_out(user + 92, &value, 8));
    CHECK_FALSE(m->user.copy_out(user + 93, &value, 8));
    CHECK_FALSE(m->user.copy_out(user - 1, &value, 8));
    CHECK_FALSE(m->user.copy_out(0, &value, 8));
    CHECK_FALSE(m->user.copy_out(UINT64_MAX - 3, &value, 8));
    value = 0;
    CHECK(m->user.copy_in(&value, user + 92, 8));
    CHECK(value == 42);
    m->user.unmap(user);
    CHECK_FALSE(m->user.copy_in(&value, user + 92, 8));
  });
  m.run();
  CHECK(m.all_ended());
}

TEST_CASE("a fault rule makes copies and allocations fail at its rate") {
  TestMachine m;
  m->faults.add({sim::FaultPoint::copy_to_user, 0.25, 0});
  m->faults.add({sim::FaultPoint::alloc, 1.0, 0});
  int failed = 0;
  m.thread("t", [&] {
    const sim::UserAddress user = m->user.map(8);
    const std::uint64_t value = 1;
    for (int i = 0; i < 10'000; ++i) failed += m->user.copy_out(user, &value, 8) ? 0 : 1;
    int destroyed = 0;
    CHECK(m->allocator.make<Counted>(true, destroyed) == nullptr);
    m->faults.stop();
    CHECK(m->user.copy_out(user, &value, 8));
  });
  m.run();
  CHECK(failed > 2300);
  CHECK(failed < 2700);
  CHECK(m->allocator.live() == 0);
}

TEST_CASE("kernel objects are counted, and what is left over goes with the machine") {
  int destroyed = 0;
  {
    TestMachine m;
    m.thread("t", [&] {
      Counted* first = m->allocator.make<Counted>(true, destroyed);
      m->allocator.make<Counted>(false, destroyed);
      CHECK(m->allocator.live() == 2);
      m->allocator.destroy(*first);
      CHECK(destroyed == 1);
      CHECK(m->allocator.live() == 1);
    });
    m.run();
  }
  CHECK(destroyed == 2);
}
