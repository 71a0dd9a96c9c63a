// Kernels times strategies: executions a second, classes a second, executions to the first bug.
// Run it alone on the machine; items are executions, or classes for odpor.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "sim/explore/campaign.hpp"
#include "sim/explored/explored.hpp"
#include "sim/programs/program_subject.hpp"
#include "tests/bench/bare_fibers.hpp"

namespace {

struct Kernel {
  const char* name;
  const char* file;
  std::vector<std::string> defines;
};

const Kernel kernels[] = {
    {"mtx2", "mtx2.c", {}},
    {"fadd3", "fadd2.c", {"NT=3", "K=4"}},
    {"spsc", "spsc.c", {}},
    {"fadd5k", "fadd2.c", {"NT=5", "K=2000"}},
    {"readers15", "readers.c", {"N=15"}},
    {"lastzero15", "lastzero.c", {"N=15"}},
};

std::unique_ptr<sim::Subject> load(const std::string& file, const std::vector<std::string>& defines,
                                   bool races) {
  sim::RuntimeOptions options;
  options.races = races;
  const std::string folder = std::string(KEVSIM_SOURCE_DIR) + "/tests/explore/kernels/";
  auto program = sim::Program::load({folder + file, defines, {}}, options);
  if (!program) std::abort();
  return std::make_unique<sim::ProgramSubject>(std::move(*program));
}

/// How many executions a loop of the benchmark runs.
std::uint64_t batch_of(const Kernel& kernel) {
  return std::string(kernel.name) == "fadd5k" ? 100 : 100'000;
}

void run_executions(benchmark::State& state, sim::Subject& subject, const std::string& strategy,
                    std::uint64_t batch) {
  const auto strategies = sim::make_strategies(strategy);
  std::uint64_t execution = 0;
  std::uint64_t steps = 0;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < batch; ++i, ++execution) {
      sim::Strategy& one = *(*strategies)[execution % strategies->size()];
      one.begin(sim::derive_seed(1, execution));
      subject.run(one);
      one.end(execution < 100 ? sim::Learn::yes : sim::Learn::no);
      steps += subject.last().steps;
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(execution));
  state.counters["steps"] =
      benchmark::Counter(static_cast<double>(steps), benchmark::Counter::kIsRate);
}

void executions(benchmark::State& state, const Kernel& kernel, const std::string& strategy,
                bool races) {
  const auto subject = load(kernel.file, kernel.defines, races);
  run_executions(state, *subject, strategy, batch_of(kernel));
}

/// What a walk over as many threads and steps costs at least.
void bare(benchmark::State& state, std::uint32_t threads, std::uint32_t steps,
          std::uint64_t batch) {
  std::uint64_t taken = 0;
  for (auto _ : state) taken += sim::run_bare_fibers(threads, steps, batch);
  state.SetItemsProcessed(static_cast<std::int64_t>(taken / (threads * steps)));
  state.counters["steps"] =
      benchmark::Counter(static_cast<double>(taken), benchmark::Counter::kIsRate);
}

/// Two threads that raise events, two that wait for them, on one queue of the simulated kernel,
/// with every property watched; data races only if they are asked for.
void queue(benchmark::State& state, const std::string& design, const std::string& strategy,
           bool races) {
  sim::Scenario scenario;
  scenario.workload.kind = sim::event_queue_workload;
  scenario.workload.clients = 2;
  scenario.workload.workers = 2;
  scenario.workload.requests = 2;
  scenario.queue.slots = 2;
  scenario.queue.batch = 1;
  scenario.queue.outstanding = 2;
  sim::WatchOptions options;
  options.races = races;
  const auto subject = sim::explored_scenario(scenario, design, options);
  if (!subject) std::abort();
  run_executions(state, **subject, strategy, 1000);
}

void classes(benchmark::State& state, const Kernel& kernel, bool races) {
  const auto subject = load(kernel.file, kernel.defines, races);
  sim::CampaignOptions options;
  options.strategy = "odpor";
  options.executions = ~std::uint64_t{0};
  std::uint64_t classes = 0;
  for (auto _ : state) classes += sim::run_campaign(*subject, options)->executions;
  state.SetItemsProcessed(static_cast<std::int64_t>(classes));
  state.counters["classes"] =
      static_cast<double>(classes) / static_cast<double>(state.iterations());
}

/// The median over 101 seeds of the execution that first breaks a property, counted from 1; a
/// search that no seed changes has one. 0: not found within the limit.
void first_bug(benchmark::State& state, const Kernel& kernel, const std::string& strategy) {
  constexpr std::uint64_t limit = 100'000;
  const bool searches = strategy.starts_with("dfs") || strategy == "odpor";
  const std::uint64_t seeds = searches ? 1 : 101;
  const auto subject = load(kernel.file, kernel.defines, true);
  std::vector<std::uint64_t> found;
  for (auto _ : state) {
    found.clear();
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      sim::CampaignOptions options;
      options.strategy = strategy;
      options.seed = seed;
      options.executions = limit;
      const auto result = sim::run_campaign(*subject, options);
      found.push_back(result->hits.empty() ? limit + 1 : result->hits.front().execution + 1);
    }
  }
  std::sort(found.begin(), found.end());
  const auto told = [](std::uint64_t execution) {
    return execution > limit ? 0.0 : static_cast<double>(execution);
  };
  state.counters["median"] = told(found[seeds / 2]);
  state.counters["worst"] = told(found.back());
}

void register_all() {
  benchmark::RegisterBenchmark("mtx2/bare", bare, 2, 5, 100'000);
  benchmark::RegisterBenchmark("fadd3/bare", bare, 3, 4, 100'000);
  benchmark::RegisterBenchmark("fadd5k/bare", bare, 5, 2000, 100);
  for (const Kernel& kernel : kernels)
    for (const std::string strategy : {"random", "pct:3", "pos", "surw", "feedback", "portfolio"})
      for (const bool races : {false, true})
        benchmark::RegisterBenchmark(
            (std::string(kernel.name) + "/" + strategy + (races ? "/races" : "")).c_str(),
            executions, kernel, strategy, races);
  for (const Kernel& kernel : kernels)
    if (std::string(kernel.name) != "fadd5k")
      for (const bool races : {false, true})
        benchmark::RegisterBenchmark(
            (std::string(kernel.name) + "/odpor" + (races ? "/races" : "")).c_str(), classes,
            kernel, races)
            ->Unit(benchmark::kMillisecond);
  for (const std::string design : {"get-events", "ring-v4"})
    for (const std::string strategy : {"random", "pct:3", "pos", "surw", "portfolio"})
      for (const bool races : {false, true})
        benchmark::RegisterBenchmark(
            ("queue2x2/" + design + "/" + strategy + (races ? "/races" : "")).c_str(), queue,
            design, strategy, races);
  static const Kernel buggy[] = {
      {"counter", "counter.c", {}},         {"condlost", "condlost.c", {}},
      {"lostwake", "lostwake.c", {}},       {"abba", "abba.c", {}},
      {"spsc-weak", "spsc.c", {"BUG"}},     {"aba", "aba.c", {}},
      {"reorder10", "reorder.c", {"N=10"}}, {"reorder20", "reorder.c", {"N=20"}},
      {"late20", "late.c", {"K=20"}}};
  for (const Kernel& kernel : buggy)
    for (const std::string strategy :
         {"portfolio", "random", "pct:2", "pct:3", "pos", "surw", "feedback", "dfs:1", "odpor"})
      benchmark::RegisterBenchmark(
          (std::string(kernel.name) + "/" + strategy + "/first_bug").c_str(), first_bug, kernel,
          strategy)
          ->Iterations(1)
          ->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
