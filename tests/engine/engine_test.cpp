// The engine's clock, run limits, ties, cancellation and reuse; event_order_test.cpp compares its
// order with a model.

#include "sim/engine/engine.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace {

using kev::Duration;
using kev::Instant;
using sim::Engine;
using sim::RunEnd;

/// An event that writes its name into a log, then does what the test wants.
class Logged final : public sim::Event {
 public:
  Logged(std::string& log, char name) : Event(&write), log_(log), name_(name) {}
  std::function<void()> then;

 private:
  static void write(sim::Event& event) {
    auto& self = static_cast<Logged&>(event);
    self.log_ += self.name_;
    if (self.then) self.then();
  }

  std::string& log_;
  char name_;
};

/// An engine and the events a to h; the events outlive the engine.
struct Bench {
  std::string log;
  std::deque<Logged> events;
  Engine engine;

  Bench() {
    for (char name = 'a'; name <= 'h'; ++name) events.emplace_back(log, name);
  }
  Logged& operator[](char name) { return events[static_cast<std::size_t>(name - 'a')]; }
  void at(char name, std::int64_t ns) { engine.schedule_at((*this)[name], Instant(ns)); }
};

/// The exit code of a process that does something; 0 when it survives.
int exit_code_of(const std::function<void()>& action) {
  const pid_t child = fork();
  if (child == 0) {
    const bool silent = close(STDERR_FILENO) == 0;
    action();
    _exit(silent ? 0 : 1);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

constexpr int check_failed = 70;

}  // namespace

TEST_CASE("events fire by instant, then in the order of scheduling") {
  Bench bench;
  bench.at('a', 30);
  bench.at('b', 10);
  bench.at('c', 20);
  bench.at('d', 10);
  bench.at('e', 10);
  CHECK(bench.engine.pending() == 5);
  CHECK(bench.engine.next_instant() == Instant(10));
  CHECK(bench.engine.run() == RunEnd::idle);
  CHECK(bench.log == "bdeca");
  CHECK(bench.engine.now() == Instant(30));
  CHECK(bench.engine.fired() == 5);
  CHECK(bench.engine.next_instant() == Instant::never());
}

TEST_CASE("an event scheduled while another of the same instant fires comes last") {
  Bench bench;
  bench.at('a', 10);
  bench.at('b', 10);
  bench['a'].then = [&] { bench.engine.schedule_after(bench['c'], Duration(0)); };
  bench.engine.run();
  CHECK(bench.log == "abc");
}

TEST_CASE("an event may schedule itself again") {
  Bench bench;
  int left = 3;
  bench['a'].then = [&] {
    CHECK_FALSE(bench['a'].pending());
    if (--left > 0) bench.engine.schedule_after(bench['a'], Duration(5));
  };
  bench.at('a', 1);
  bench.engine.run();
  CHECK(bench.log == "aaa");
  CHECK(bench.engine.now() == Instant(11));
}

TEST_CASE("a cancelled event does not fire and may be scheduled again") {
  Bench bench;
  bench.at('a', 10);
  bench.at('b', 10);
  bench.at('c', 20);
  bench.engine.cancel(bench['a']);
  CHECK_FALSE(bench['a'].pending());
  CHECK(bench.engine.pending() == 2);
  bench.engine.cancel(bench['a']);
  CHECK(bench.engine.pending() == 2);
  bench.engine.cancel(bench['b']);
  CHECK(bench.engine.next_instant() == Instant(20));
  bench.at('a', 20);
  bench.engine.run();
  CHECK(bench.log == "ca");
}

TEST_CASE("run stops at each of its limits") {
  Bench bench;
  for (char name = 'a'; name <= 'e'; ++name) bench.at(name, 10 * (name - 'a' + 1));

  SECTION("an instant: events at it still fire, and the clock stands at it") {
    CHECK(bench.engine.run({.until = Instant(20)}) == RunEnd::until);
    CHECK(bench.log == "ab");
    CHECK(bench.engine.run({.until = Instant(25)}) == RunEnd::until);
    CHECK(bench.engine.now() == Instant(25));
    CHECK(bench.engine.run() == RunEnd::idle);
    CHECK(bench.log == "abcde");
  }
  SECTION("a number of events") {
    CHECK(bench.engine.run({.events = 3}) == RunEnd::events);
    CHECK(bench.log == "abc");
    CHECK(bench.engine.now() == Instant(30));
  }
  SECTION("stop(), after the event that calls it") {
    bench['b'].then = [&] { bench.engine.stop(); };
    CHECK(bench.engine.run() == RunEnd::stopped);
    CHECK(bench.log == "ab");
    CHECK(bench.engine.run() == RunEnd::idle);
    CHECK(bench.log == "abcde");
  }
  SECTION("nothing left, before a limit that is later") {
    CHECK(bench.engine.run({.until = Instant(100)}) == RunEnd::idle);
    CHECK(bench.engine.now() == Instant(50));
  }
}

TEST_CASE("the clock advances only up to the next event") {
  Bench bench;
  bench.at('a', 100);
  bench.engine.advance_to(Instant(99));
  CHECK(bench.engine.now() == Instant(99));
  CHECK(bench.log.empty());
  CHECK(exit_code_of([&] { bench.engine.advance_to(Instant(100)); }) == check_failed);
  CHECK(exit_code_of([&] { bench.engine.advance_to(Instant(98)); }) == check_failed);
}

TEST_CASE("an event scheduled in the gap that next_instant() looked over fires first") {
  Bench bench;
  bench.at('a', 5);
  bench.at('b', std::int64_t{1} << 40);
  bench['a'].then = [&] {
    CHECK(bench.engine.next_instant() == Instant(std::int64_t{1} << 40));
    bench.at('c', 6);
    CHECK(bench.engine.next_instant() == Instant(6));
  };
  bench.engine.run();
  CHECK(bench.log == "acb");
}

TEST_CASE("exploration may fire any of the events that tie") {
  Bench bench;
  bench.at('a', 10);
  bench.at('b', 10);
  bench.at('c', 10);
  bench.at('d', 10);
  bench.at('e', 11);
  bench.engine.cancel(bench['b']);
  CHECK(bench.engine.count_ties() == 3);
  CHECK(bench.engine.step_tie(1));
  CHECK(bench.log == "c");
  CHECK(bench.engine.now() == Instant(10));
  CHECK_FALSE(bench.engine.step_tie(2));
  CHECK(bench.engine.step_tie(1));
  bench.engine.run();
  CHECK(bench.log == "cdae");
  CHECK(bench.engine.count_ties() == 0);
  CHECK_FALSE(bench.engine.step_tie(0));
  CHECK_FALSE(bench.engine.step());
}

TEST_CASE("clear detaches all events and starts again in place") {
  Bench bench;
  bench.at('a', 10);
  bench.at('b', std::int64_t{1} << 50);
  bench.engine.step();
  bench.engine.clear();
  CHECK_FALSE(bench['b'].pending());
  CHECK(bench.engine.pending() == 0);
  CHECK(bench.engine.now() == Instant(0));
  CHECK(bench.engine.fired() == 0);
  CHECK(bench.engine.next_instant() == Instant::never());
  bench.at('b', 1);
  bench.at('a', 1);
  bench.engine.run();
  CHECK(bench.log == "aba");
}

TEST_CASE("an engine that dies detaches its events") {
  std::string log;
  Logged event(log, 'a');
  {
    Engine engine;
    engine.schedule_at(event, Instant(10));
    CHECK(event.pending());
    CHECK(event.instant() == Instant(10));
  }
  CHECK_FALSE(event.pending());
}

TEST_CASE("misuse is a failed check") {
  Bench bench;
  bench.at('a', 10);
  Engine other;
  CHECK(exit_code_of([&] { bench.at('b', 20); }) == 0);
  CHECK(exit_code_of([&] { bench.at('a', 20); }) == check_failed);
  CHECK(exit_code_of([&] { other.cancel(bench['a']); }) == check_failed);
  CHECK(exit_code_of([&] { bench.at('b', -1); }) == check_failed);
  CHECK(exit_code_of([&] { bench.engine.schedule_at(bench['b'], Instant::never()); }) ==
        check_failed);
  CHECK(exit_code_of([&] { bench.engine.schedule_after(bench['b'], Duration(-1)); }) ==
        check_failed);
  CHECK(exit_code_of([&] { bench.engine.schedule_after(bench['b'], Duration::max()); }) ==
        check_failed);
  CHECK(exit_code_of([] {
          std::string log;
          Engine engine;
          Logged dies_pending(log, 'z');
          engine.schedule_at(dies_pending, Instant(1));
        }) == check_failed);
}

namespace {

class Owner {
 public:
  explicit Owner(Engine& engine) : engine_(engine) { engine_.schedule_at(timer_, Instant(1)); }
  [[nodiscard]] int calls() const { return calls_; }

 private:
  void on_timer() { ++calls_; }

  Engine& engine_;
  int calls_ = 0;
  sim::MemberEvent<Owner, &Owner::on_timer> timer_{*this};
};

}  // namespace

TEST_CASE("a member event calls its owner") {
  Engine engine;
  Owner owner(engine);
  engine.run();
  CHECK(owner.calls() == 1);
}
