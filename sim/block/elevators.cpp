#include "sim/block/elevator.hpp"

namespace sim {

namespace {

constexpr ElevatorKind elevator_rows[] = {
    {"noop", "first in, first out, with merging", make_noop},
    {"deadline", "one-way sorted batches with expiry times; reads before writes (Linux 2.6.18)",
     make_deadline},
    {"anticipatory", "deadline that waits for the process it served last (Linux 2.6.18)",
     make_anticipatory},
    {"cfq", "a queue a process, served in time slices by I/O priority (Linux 2.6.18)", make_cfq},
    {"mq-deadline", "deadline with I/O priority classes, behind blk-mq (Linux 6.1)",
     make_mq_deadline},
    {"none", "first in, first out, with merging: blk-mq without a scheduler", make_noop},
};

}  // namespace

std::span<const ElevatorKind> elevator_kinds() {
  return elevator_rows;
}

const ElevatorKind* find_elevator_kind(std::string_view name) {
  for (const ElevatorKind& kind : elevator_rows)
    if (kind.name == name) return &kind;
  return nullptr;
}

}  // namespace sim
