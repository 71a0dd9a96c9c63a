#pragma once
// Random user programs of one event queue: what each thread calls, in order, and what the world may
// do to them. Plain data, so that RapidCheck can shrink it and a failure can print it.

#include <rapidcheck.h>

#include <cstdint>
#include <iosfwd>
#include <vector>

#include "sim/world/program.hpp"

namespace test {

namespace abi = kev::abi;
using kev::spec::CallKind;
using kev::spec::Timeout;

using sim::QueueProgram;
using Item = sim::ProgramItem;
using Command = sim::ProgramStep;

/// What most of a program is about, so that rare meetings happen often.
enum class Focus : std::uint8_t {
  nothing,
  full_ring,  ///< waiting for space in a small ring, and commits
  last_check  ///< one-shot interests in origins that change all the time
};

/// Which programs are made.
struct Shape {
  std::uint32_t threads = 1;
  std::size_t most_commands = 12;  ///< a thread
  bool ring = false;
  bool origins = false;
  Focus focus = Focus::nothing;
};

rc::Gen<QueueProgram> any_program(const Shape& shape);

}  // namespace test

namespace sim {

/// RapidCheck prints what has failed.
void showValue(const QueueProgram& program, std::ostream& os);

}  // namespace sim
