#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "sim/engine/arena.hpp"

using sim::Arena;
using sim::ArenaPause;
using sim::ArenaUse;

namespace {

/// Something that allocates as a world does.
struct World {
  std::map<int, std::string> names{{1, "a name that is too long to lie inside of a string"}};
  std::vector<int> numbers{1, 2, 3};
};

}  // namespace

TEST_CASE("a rewound arena has what it had, to the last byte") {
  if (!Arena::available()) return;
  Arena arena;
  World* world = nullptr;
  {
    const ArenaUse inside(&arena);
    world = new World;
  }
  arena.mark();
  for (int round = 0; round < 3; ++round) {
    {
      const ArenaUse inside(&arena);
      world->names[1] = "another name, longer than the one that was there before it was changed";
      world->names[2] = "one more";
      for (int i = 0; i < 1000; ++i) world->numbers.push_back(i);
    }
    CHECK(world->names.size() == 2);
    arena.rewind();
    CHECK(world->names.size() == 1);
    CHECK(world->names.at(1) == "a name that is too long to lie inside of a string");
    CHECK(world->numbers == std::vector<int>{1, 2, 3});
  }
}

TEST_CASE("executions that allocate the same do so at the same addresses") {
  if (!Arena::available()) return;
  Arena arena;
  arena.mark();
  const auto allocate = [&] {
    const ArenaUse inside(&arena);
    auto kept = std::make_unique<int>(1);
    const auto gone = std::make_unique<int>(2);
    return reinterpret_cast<std::uintptr_t>(kept.release());
  };
  const std::uintptr_t first = allocate();
  CHECK(allocate() != first);
  arena.rewind();
  CHECK(allocate() == first);
}

TEST_CASE("freed blocks are used again, and what others allocate stays outside") {
  if (!Arena::available()) return;
  Arena arena;
  const ArenaUse inside(&arena);
  const auto allocate = [&] {
    const auto block = std::make_unique<std::uint64_t>(1);
    const std::uint64_t* const at = block.get();
    CHECK(Arena::owner(at) == &arena);
    return reinterpret_cast<std::uintptr_t>(at);
  };
  const std::uintptr_t first = allocate();
  CHECK(allocate() == first);
  const ArenaPause outside;
  const auto other = std::make_unique<std::uint64_t>(3);
  CHECK(Arena::owner(other.get()) == nullptr);
}
