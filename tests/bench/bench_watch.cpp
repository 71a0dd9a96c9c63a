// What it costs to watch the code under test: executions of one story, two producers and two
// waiters on a queue, under random schedules; with the plain instantiation, with atomic accesses as
// points, with data races watched besides.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>

#include "tests/support/queue_user.hpp"

namespace {

using test::QueueUser;
using test::TestMachine;

namespace abi = kev::abi;

void story(TestMachine& m) {
  m.thread("program", [&m] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    for (std::uint32_t id = 1; id <= 4; ++id)
      user.add(queue, QueueUser::unotify(id, abi::KEVENT_REQ_ONESHOT));
    for (int w = 0; w < 2; ++w)
      m.thread("waiter", [&m, queue] {
        QueueUser mine(m);
        for (long got = 0; got < 2;)
          got += mine.wait(queue, 1, 2 - static_cast<std::uint32_t>(got));
      });
    for (std::uint32_t p = 0; p < 2; ++p)
      m.thread("producer", [&m, queue, p] {
        QueueUser mine(m);
        mine.ready(queue, QueueUser::unotify(1 + 2 * p));
        mine.ready(queue, QueueUser::unotify(2 + 2 * p));
      });
  });
  m.run();
  if (m.violation().empty()) return;
  std::fprintf(stderr, "bench_watch: %s\n", m.violation().c_str());
  std::abort();
}

void explore(benchmark::State& state, const std::shared_ptr<sim::OrderWatch>& watch) {
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;
  for (auto _ : state) {
    TestMachine m(2, ++seed, watch);
    story(m);
    steps += m.kernel().stats().steps;
  }
  const auto executions = static_cast<double>(state.iterations());
  state.counters["steps"] = static_cast<double>(steps) / executions;
  state.counters["executions/s"] = benchmark::Counter(executions, benchmark::Counter::kIsRate);
}

void plain(benchmark::State& state) {
  explore(state, nullptr);
}
void atomics_are_points(benchmark::State& state) {
  explore(state, sim::make_watch({false, false}));
}
void races_watched(benchmark::State& state) {
  explore(state, sim::make_watch());
}

}  // namespace

BENCHMARK(plain);
BENCHMARK(atomics_are_points);
BENCHMARK(races_watched);

BENCHMARK_MAIN();
