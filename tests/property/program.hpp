#pragma once
// Random user programs of one event queue: what each thread calls, in order, and what the world may
// do to them. Plain data, so that RapidCheck can shrink it and a failure can print it.

#include <rapidcheck.h>

#include <cstdint>
#include <iosfwd>
#include <vector>

#include "model/spec/call.hpp"

namespace test {

namespace abi = kev::abi;
using kev::spec::CallKind;
using kev::spec::Timeout;

/// One request of a control call. Ids are few, so that threads meet.
struct Item {
  std::uint32_t type = abi::KEVENT_UNOTIFY;
  std::uint32_t id = 1;  ///< SOCKET: the number of the origin
  std::uint32_t flags = 0;
  std::uint32_t mask = abi::KEVENT_MASK_ALL;
};

struct Command {
  CallKind kind = CallKind::kick;
  std::vector<Item> items;
  std::uint32_t min = 1;
  std::uint32_t max = 1;
  Timeout timeout = Timeout::none;
  bool bad_address = false;  ///< its array or buffer is not mapped
  bool bad_time = false;
  std::uint32_t ahead = 0;   ///< commit: so many positions beyond the last known one
  std::int32_t twist = 0;    ///< added to `over`, or to old_uidx
  std::uint32_t target = 0;  ///< thread or origin
  std::uint32_t bits = 0;    ///< origin_set
};

struct World {
  std::uint32_t ring_slots = 0;
  std::uint32_t origins = 0;
  bool copies_fault = false;
  bool memory_fails = false;
};

struct Program {
  World world;
  std::vector<std::vector<Command>> threads;
};

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

rc::Gen<Program> any_program(const Shape& shape);

void showValue(const Program& program, std::ostream& os);

}  // namespace test
