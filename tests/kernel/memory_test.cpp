#include <catch2/catch.hpp>

#include "tests/support/machine_fixture.hpp"

using test::TestMachine;

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
    CHECK_FALSE(m->allocator.take(true));
    m->faults.stop();
    CHECK(m->user.copy_out(user, &value, 8));
  });
  m.run();
  CHECK(failed > 2300);
  CHECK(failed < 2700);
  CHECK(m->allocator.live() == 0);
}
