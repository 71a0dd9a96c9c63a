#include "sim/block/elevator.hpp"

namespace sim {

namespace {

constexpr ElevatorKind kinds[] = {
    {"noop", "first in, first out, with merging", make_noop},
    {"deadline", "one-way sorted batches with expiry times; reads before writes (Linux 2.6.18)",
     make_deadline},
};

}  // namespace

std::span<const ElevatorKind> elevator_kinds() {
  return kinds;
}

const ElevatorKind* find_elevator_kind(std::string_view name) {
  for (const ElevatorKind& kind : kinds)
    if (kind.name == name) return &kind;
  return nullptr;
}

}  // namespace sim
