// The linearizability check: histories of 4 threads with 12 calls each, recorded on the simulated
// machine under random schedules, judged by the queue's specification.

#include <benchmark/benchmark.h>

#include <algorithm>

#include "model/spec/spec_queue.hpp"
#include "sim/engine/random.hpp"
#include "sim/schedule/schedule_chooser.hpp"
#include "tests/property/queue_run.hpp"

namespace {

using namespace test;

Command any_call(sim::Random& random) {
  constexpr CallKind kinds[] = {CallKind::add,        CallKind::ready,     CallKind::ready,
                                CallKind::ready,      CallKind::remove,    CallKind::modify,
                                CallKind::get_events, CallKind::get_events};
  Command command;
  command.kind = kinds[random.below(std::size(kinds))];
  const auto id = static_cast<std::uint32_t>(1 + random.below(4));
  const bool oneshot = random.below(2) == 0;
  command.items = {
      {abi::KEVENT_UNOTIFY, id, 0, oneshot ? abi::KEVENT_REQ_ONESHOT : 0U, abi::KEVENT_MASK_ALL}};
  command.max = static_cast<std::uint32_t>(1 + random.below(3));
  return command;
}

kev::spec::History recorded(std::uint64_t seed) {
  sim::Random random(seed);
  QueueProgram program;
  program.threads.resize(4);
  for (auto& thread : program.threads)
    for (int i = 0; i < 12; ++i) thread.push_back(any_call(random));
  sim::ScheduleChooser chooser(seed);
  return history_of(program, chooser);
}

/// Averages over all histories; the slowest of them is a counter.
void judge_in_turn(benchmark::State& state, const std::vector<kev::spec::History>& histories) {
  std::size_t at = 0;
  std::uint64_t most = 0;
  for ([[maybe_unused]] auto _ : state) {
    const auto result = judge(histories[at++ % histories.size()], false);
    most = std::max(most, result.states);
  }
  state.counters["most_states"] = static_cast<double>(most);
}

void judge_histories(benchmark::State& state) {
  std::vector<kev::spec::History> histories;
  for (std::uint64_t seed = 1; seed <= 64; ++seed) histories.push_back(recorded(seed));
  judge_in_turn(state, histories);
}
BENCHMARK(judge_histories)->Unit(benchmark::kMicrosecond);

/// An event that was never there: the whole space must be searched.
void judge_wrong_histories(benchmark::State& state) {
  std::vector<kev::spec::History> histories;
  for (std::uint64_t seed = 1; seed <= 64; ++seed) {
    kev::spec::History history = recorded(seed);
    const auto fetch = std::find_if(
        history.calls.rbegin(), history.calls.rend(),
        [](const kev::spec::CallRecord& record) { return !record.answer.events.empty(); });
    if (fetch == history.calls.rend()) continue;
    fetch->answer.events.front().user += 1;
    histories.push_back(std::move(history));
  }
  judge_in_turn(state, histories);
}
BENCHMARK(judge_wrong_histories)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
