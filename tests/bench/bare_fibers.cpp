#include "tests/bench/bare_fibers.hpp"

#include <array>
#include <vector>

#include "sim/engine/random.hpp"
#include "sim/instrument/fiber_context.hpp"
#include "sim/schedule/uniform_picks.hpp"

namespace sim {

namespace {

constexpr std::uint32_t most_threads = 8;
constexpr std::size_t stack_bytes = 16 * 1024;

struct Walk {
  std::array<FiberContext, most_threads> fibers;
  FiberContext host;
  FiberContext gone;
  ExceptionGlobals exceptions;
  UniformPicks picks;
  ThreadMask ready = 0;
  std::uint32_t current = 0;
  std::uint32_t steps = 0;
  std::uint64_t sum = 0;
};
Walk walk;

[[gnu::always_inline]] inline void step() {
  const std::uint32_t from = walk.current;
  const bool alone = (walk.ready & (walk.ready - 1)) == 0;
  const std::uint32_t next = alone ? first_of(walk.ready) : walk.picks.pick(walk.ready);
  if (next == from) return;
  walk.current = next;
  switch_context(walk.fibers[from], walk.fibers[next], walk.exceptions);
}

void body() {
  for (std::uint32_t i = 0; i < walk.steps; ++i) {
    step();
    ++walk.sum;
  }
  walk.ready &= ~bit_of(walk.current);
  FiberContext* next = &walk.host;
  if (walk.ready != 0) {
    walk.current = walk.picks.pick(walk.ready);
    next = &walk.fibers[walk.current];
  }
  switch_context(walk.gone, *next, walk.exceptions);
  __builtin_unreachable();
}

}  // namespace

std::uint64_t run_bare_fibers(std::uint32_t threads, std::uint32_t steps,
                              std::uint64_t executions) {
  alignas(64) static std::array<std::array<char, stack_bytes>, most_threads> stacks;
  walk.sum = 0;
  walk.steps = steps;
  for (std::uint64_t i = 0; i < executions; ++i) {
    Random random(derive_seed(1, i));
    walk.picks.begin(&random);
    walk.ready = bit_of(threads) - 1;
    for (std::uint32_t thread = 0; thread < threads; ++thread)
      prepare_context(
          walk.fibers[thread],
          reinterpret_cast<std::uintptr_t>(stacks[thread].data()) + stack_bytes - thread * 192,
          stack_bytes - thread * 192, &body);
    walk.current = walk.picks.pick(walk.ready);
    switch_context(walk.host, walk.fibers[walk.current], walk.exceptions);
  }
  return walk.sum;
}

}  // namespace sim
