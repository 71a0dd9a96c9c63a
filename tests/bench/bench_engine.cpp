// How fast the event list and the fibers are, beside std::priority_queue in the same binary.
//
// The hold model: n events are pending; each one that fires schedules one other at a random
// distance. Both sides call through a function pointer and draw the same numbers. At the end the
// ratios are printed, one line a case: "hold 100 uniform: 1.7x std::priority_queue".
//   bench_engine [--benchmark_filter=hold] [--benchmark_repetitions=5] ...

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "sim/engine/distributions.hpp"
#include "sim/engine/engine.hpp"
#include "sim/engine/fiber.hpp"
#include "sim/engine/hash.hpp"
#include "sim/engine/random.hpp"

namespace {

constexpr std::uint64_t batch_events = 1024;
constexpr std::array<std::size_t, 3> pending_sizes = {100, 10'000, 1'000'000};

enum class Shape { uniform, exponential, bimodal, ties, monotone };
constexpr std::array<const char*, 5> shape_names = {"uniform", "exponential", "bimodal", "ties",
                                                    "monotone"};

/// Distances for the hold model, drawn in advance so that drawing costs both sides next to nothing.
class Distances {
 public:
  explicit Distances(Shape shape) {
    sim::Random random(1);
    const sim::UniformInt uniform(1, 2'000'000);
    const sim::Exponential exponential(kev::Duration(1'000'000));
    for (std::size_t i = 0; i < ns_.size(); ++i) {
      const std::int64_t near_or_far = uniform.sample(random);
      switch (shape) {
        case Shape::uniform:
          ns_[i] = near_or_far;
          break;
        case Shape::exponential:
          ns_[i] = exponential.sample(random).ns();
          break;
        case Shape::bimodal:
          ns_[i] = random.chance(0.9) ? near_or_far / 100 : 1'000'000'000 + near_or_far * 100;
          break;
        case Shape::ties:
          ns_[i] = near_or_far / 100'000 * 100'000;
          break;
        case Shape::monotone:
          ns_[i] = 1'000'000;
          break;
      }
    }
  }
  std::int64_t next() { return ns_[index_++ % ns_.size()]; }

 private:
  std::array<std::int64_t, 2048> ns_{};
  std::size_t index_ = 0;
};

class EngineHold {
 public:
  EngineHold(std::size_t pending, Shape shape) : distances_(shape) {
    for (std::size_t i = 0; i < pending; ++i) {
      events_.emplace_back(*this);
      engine_.schedule_after(events_.back(), kev::Duration(distances_.next()));
    }
  }
  void fire(std::uint64_t events) { engine_.run({.events = events}); }

 private:
  class Held final : public sim::Event {
   public:
    explicit Held(EngineHold& hold) : Event(&again), hold_(hold) {}

   private:
    static void again(sim::Event& event) {
      EngineHold& hold = static_cast<Held&>(event).hold_;
      hold.engine_.schedule_after(event, kev::Duration(hold.distances_.next()));
    }
    EngineHold& hold_;
  };

  Distances distances_;
  std::deque<Held> events_;
  sim::Engine engine_;
};

class QueueHold {
 public:
  QueueHold(std::size_t pending, Shape shape) : distances_(shape) {
    for (std::size_t i = 0; i < pending; ++i) again(this);
  }
  void fire(std::uint64_t events) {
    for (std::uint64_t i = 0; i < events; ++i) {
      const Entry entry = queue_.top();
      queue_.pop();
      now_ = entry.time;
      entry.fire(entry.argument);
    }
  }

 private:
  struct Entry {
    std::int64_t time;
    std::uint64_t sequence;
    void (*fire)(void*);
    void* argument;
    std::uint64_t padding;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const {
      return a.time != b.time ? a.time > b.time : a.sequence > b.sequence;
    }
  };
  static_assert(sizeof(Entry) == 40);

  static void again(void* argument) {
    QueueHold& hold = *static_cast<QueueHold*>(argument);
    const std::int64_t time = hold.now_ + hold.distances_.next();
    hold.queue_.push(Entry{time, hold.next_sequence_++, &again, argument, 0});
  }

  Distances distances_;
  std::priority_queue<Entry, std::vector<Entry>, Later> queue_;
  std::uint64_t next_sequence_ = 0;
  std::int64_t now_ = 0;
};

template <class Hold>
void hold(benchmark::State& state, std::size_t pending, Shape shape) {
  Hold model(pending, shape);
  model.fire(3 * pending);  // past the start, where everything is young
  for ([[maybe_unused]] auto _ : state) model.fire(batch_events);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch_events));
}

/// Connections with a timeout each: half of the timers are cancelled before they fire.
class Timeouts {
 public:
  explicit Timeouts(std::size_t connections) : count_(connections) {
    for (std::size_t i = 0; i < connections; ++i) {
      connections_.emplace_back(*this);
      connections_.back().begin();
    }
  }
  void fire(std::uint64_t events) { engine_.run({.events = events}); }

 private:
  class Connection {
   public:
    explicit Connection(Timeouts& all) : all_(all) {}
    void begin() {
      const std::int64_t ns = 1'000'000 + static_cast<std::int64_t>(all_.random_.below(1'000'000));
      all_.engine_.schedule_after(timeout_, kev::Duration(ns));
    }
    /// A time-out; meanwhile another connection hears from its peer and starts its timer anew.
    void on_timeout() {
      begin();
      Connection& other = all_.connections_[all_.random_.below(all_.count_)];
      all_.engine_.cancel(other.timeout_);
      other.begin();
    }

   private:
    Timeouts& all_;
    sim::MemberEvent<Connection, &Connection::on_timeout> timeout_{*this};
  };

  std::size_t count_;
  sim::Random random_{1};
  std::deque<Connection> connections_;
  sim::Engine engine_;
};

void timers(benchmark::State& state, std::size_t connections) {
  Timeouts model(connections);
  model.fire(3 * connections);
  for ([[maybe_unused]] auto _ : state) model.fire(batch_events);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch_events));
}

void fiber_body(void* argument) {
  auto* fiber = static_cast<std::unique_ptr<sim::Fiber>*>(argument)->get();
  while (true) fiber->suspend();
}

/// One item is one switch: into a fiber or out of it. The fibers take turns.
void fiber_switch(benchmark::State& state) {
  sim::StackPool pool;
  std::vector<std::unique_ptr<sim::Fiber>> fibers(static_cast<std::size_t>(state.range(0)));
  for (auto& fiber : fibers) fiber = std::make_unique<sim::Fiber>(pool, &fiber_body, &fiber);
  for ([[maybe_unused]] auto _ : state) {
    for (auto& fiber : fibers) fiber->resume();
  }
  state.SetItemsProcessed(2 * state.iterations() * state.range(0));
}

void fiber_restart(benchmark::State& state) {
  sim::StackPool pool;
  sim::Fiber fiber(pool, [](void*) {}, nullptr);
  for ([[maybe_unused]] auto _ : state) {
    fiber.restart([](void*) {}, nullptr);
    fiber.resume();
  }
  state.SetItemsProcessed(state.iterations());
}

void fiber_life(benchmark::State& state) {
  sim::StackPool pool;
  for ([[maybe_unused]] auto _ : state) {
    sim::Fiber fiber(pool, [](void*) {}, nullptr);
    fiber.resume();
  }
  state.SetItemsProcessed(state.iterations());
}

void fingerprint_add(benchmark::State& state) {
  sim::Fingerprint fingerprint;
  std::uint64_t word = 0;
  for ([[maybe_unused]] auto _ : state) fingerprint.add(word++);
  benchmark::DoNotOptimize(fingerprint.value());
  state.SetItemsProcessed(state.iterations());
}

/// The usual table, and the rates by name for the ratios.
class Rates : public benchmark::ConsoleReporter {
 public:
  Rates() : ConsoleReporter(OO_Tabular) {}
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      const auto rate = run.counters.find("items_per_second");
      if (rate == run.counters.end()) continue;
      if (run.run_type == Run::RT_Aggregate && run.aggregate_name != "median") continue;
      rates_[run.run_name.function_name] = rate->second.value;
    }
  }
  [[nodiscard]] double of(const std::string& name) const {
    const auto found = rates_.find(name);
    return found == rates_.end() ? 0.0 : found->second;
  }

 private:
  std::map<std::string, double> rates_;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  std::vector<std::string> cases;
  for (std::size_t shape = 0; shape < shape_names.size(); ++shape) {
    for (const std::size_t pending : pending_sizes) {
      const std::string name = "hold " + std::to_string(pending) + " " + shape_names[shape];
      cases.push_back(name);
      const auto how = static_cast<Shape>(shape);
      benchmark::RegisterBenchmark((name + " engine").c_str(), hold<EngineHold>, pending, how);
      benchmark::RegisterBenchmark((name + " priority_queue").c_str(), hold<QueueHold>, pending,
                                   how);
    }
  }
  benchmark::RegisterBenchmark("timers 1000", timers, std::size_t{1'000});
  benchmark::RegisterBenchmark("timers 100000", timers, std::size_t{100'000});
  benchmark::RegisterBenchmark("fiber switch", fiber_switch)->Arg(1)->Arg(64)->Arg(1024);
  benchmark::RegisterBenchmark("fiber restart", fiber_restart);
  benchmark::RegisterBenchmark("fiber life", fiber_life);
  benchmark::RegisterBenchmark("fingerprint add", fingerprint_add);

  Rates rates;
  benchmark::RunSpecifiedBenchmarks(&rates);
  for (const std::string& name : cases) {
    const double baseline = rates.of(name + " priority_queue");
    if (baseline > 0.0) {
      const double ratio = rates.of(name + " engine") / baseline;
      std::printf("%s: %.1fx std::priority_queue\n", name.c_str(), ratio);
    }
  }
  benchmark::Shutdown();
}
