// The queue against its specification: any program, in one thread and in several, under any
// schedule. RC_PARAMS="max_success=100000" makes it a long search: see CONTRIBUTING.md.

#include "sim/property/property.hpp"
#include "tests/property/program.hpp"
#include "tests/property/queue_run.hpp"

using namespace test;

namespace {

void check(sim::Property& property, const Shape& shape) {
  const QueueProgram program = *any_program(shape);
  const std::unique_ptr<sim::OrderWatch> watch = run_watch();
  property.under_any_schedule(
      [&](sim::Chooser& chooser) { return run_program(program, chooser, watch.get()); });
}

Shape shape(std::uint32_t threads, std::size_t most_commands) {
  Shape made;
  made.threads = threads;
  made.most_commands = most_commands;
  return made;
}

}  // namespace

KEVSIM_PROPERTY("one thread's calls are answered as the specification says") {
  check(property, shape(1, 30));
}

KEVSIM_PROPERTY("one thread with a ring and origins is answered as the specification says") {
  Shape all = shape(1, 30);
  all.ring = all.origins = true;
  check(property, all);
}

KEVSIM_PROPERTY("two threads' calls are linearizable", "[parallel]") {
  check(property, shape(2, 8));
}

KEVSIM_PROPERTY("three threads' calls are linearizable", "[parallel]") {
  check(property, shape(3, 6));
}

KEVSIM_PROPERTY("two threads and origins are linearizable", "[parallel]") {
  Shape origins = shape(2, 8);
  origins.origins = true;
  check(property, origins);
}

KEVSIM_PROPERTY("three threads and a ring are linearizable", "[parallel]") {
  Shape ring = shape(3, 6);
  ring.ring = true;
  check(property, ring);
}

KEVSIM_PROPERTY("four threads with a ring and origins are linearizable", "[parallel]") {
  Shape all = shape(4, 5);
  all.ring = all.origins = true;
  check(property, all);
}

KEVSIM_PROPERTY("threads that wait for space in a small ring are linearizable", "[parallel]") {
  Shape ring = shape(3, 6);
  ring.ring = true;
  ring.focus = Focus::full_ring;
  check(property, ring);
}

KEVSIM_PROPERTY("events that LAST_CHECK drops come back when they are true again", "[parallel]") {
  Shape origins = shape(2, 8);
  origins.origins = true;
  origins.focus = Focus::last_check;
  check(property, origins);
}
