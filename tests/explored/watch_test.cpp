// Accesses to memory while the simulated kernel explores: what orders them, what is a race, where
// threads may be preempted. Each story is of code that is compiled as the code under test is.

#include <catch2/catch.hpp>

#include <set>

#include "sim/kernel/wait_queue.hpp"
#include "tests/explored/shared_work.hpp"
#include "tests/support/machine_fixture.hpp"

using namespace test;

namespace {

constexpr std::uint64_t schedules = 300;

/// What one story came to under many schedules.
struct Outcome {
  std::set<std::string> broken;  ///< properties; "" when none was
  std::set<std::uint32_t> sums;  ///< of the atomic word, at the end
  std::string message;           ///< of the first violation
};

using Story = std::function<void(TestMachine&, SharedWork&)>;

Outcome explore(const Story& story, const sim::WatchOptions& options = {}) {
  Outcome outcome;
  const std::shared_ptr<sim::OrderWatch> watch = sim::make_watch(options);
  for (std::uint64_t seed = 1; seed <= schedules; ++seed) {
    TestMachine m(2, seed, watch);
    const std::unique_ptr<SharedWork> work = make_shared_work(m.platform());
    story(m, *work);
    m.run();
    outcome.broken.insert(m.broken());
    if (m.broken().empty()) REQUIRE(m.all_ended());
    if (outcome.message.empty()) outcome.message = m.violation();
    outcome.sums.insert(work->atomic_sum());
  }
  return outcome;
}

/// Two threads.
Outcome side_by_side(const std::function<void(SharedWork&)>& first,
                     const std::function<void(SharedWork&)>& second,
                     const sim::WatchOptions& options = {}) {
  return explore(
      [&](TestMachine& m, SharedWork& work) {
        m.thread("first", [&] { first(work); });
        m.thread("second", [&] { second(work); });
      },
      options);
}

const std::set<std::string> sound{""};

void add(SharedWork& work) {
  work.add();
}
void add_locked(SharedWork& work) {
  work.add_locked();
}

}  // namespace

TEST_CASE("plain accesses without a lock are a data race, told with both stacks") {
  const Outcome outcome = side_by_side(add, add);
  CHECK(outcome.broken == std::set<std::string>{"data_race"});
  INFO(outcome.message);
  CHECK(outcome.message.find(" writes byte ") != std::string::npos);
  CHECK(outcome.message.find("; nothing orders the two") != std::string::npos);
  for (const char* thread : {"\n  first:\n", "\n  second:\n"}) {
    const std::size_t at = outcome.message.find(thread);
    REQUIRE(at != std::string::npos);
    CHECK(outcome.message.find("shared_work.cpp:", at) != std::string::npos);
    CHECK(outcome.message.find("(Work::add)", at) != std::string::npos);
  }
}

TEST_CASE("a lock orders what it guards, a lock that one side leaves out does not") {
  CHECK(side_by_side(add_locked, add_locked).broken == sound);
  CHECK(side_by_side(add_locked, add).broken.count("data_race") == 1);
  CHECK(side_by_side([](SharedWork& work) { work.add_in_mutex(); },
                     [](SharedWork& work) { work.add_in_mutex(); })
            .broken == sound);
  CHECK(side_by_side(add_locked, [](SharedWork& work) {
          work.add_in_mutex();
        }).broken.count("data_race") == 1);
}

TEST_CASE("a release and the acquire that reads it order plain accesses, relaxed ones do not") {
  const auto look = [](SharedWork& work) { work.look(); };
  CHECK(side_by_side([](SharedWork& work) { work.publish_released(); }, look).broken == sound);
  CHECK(side_by_side([](SharedWork& work) { work.publish_relaxed(); }, look).broken ==
        std::set<std::string>{"", "data_race"});
}

TEST_CASE("between two atomic accesses others may take their turn") {
  const auto two_steps = [](SharedWork& work) { work.add_in_two_steps(); };
  const Outcome lost = side_by_side(two_steps, two_steps);
  CHECK(lost.broken == sound);
  CHECK(lost.sums == std::set<std::uint32_t>{1, 2});
  const auto one_step = [](SharedWork& work) { work.add_atomically(); };
  CHECK(side_by_side(one_step, one_step).sums == std::set<std::uint32_t>{2});
}

TEST_CASE("without race detection plain accesses are not looked at, atomic ones are still points") {
  sim::WatchOptions options;
  options.races = false;
  CHECK(side_by_side(add, add, options).broken == sound);
  const auto two_steps = [](SharedWork& work) { work.add_in_two_steps(); };
  CHECK(side_by_side(two_steps, two_steps, options).sums == std::set<std::uint32_t>{1, 2});
}

TEST_CASE("who was started comes after its creator, not after what that does later") {
  const auto start_between = [](const std::function<void(SharedWork&)>& before,
                                const std::function<void(SharedWork&)>& after) {
    return explore([&](TestMachine& m, SharedWork& work) {
      m.thread("creator", [&] {
        before(work);
        m.thread("created", [&] { work.add(); });
        after(work);
      });
    });
  };
  const auto nothing = [](SharedWork&) {};
  CHECK(start_between(add, nothing).broken == sound);
  CHECK(start_between(nothing, add).broken.count("data_race") == 1);
}

TEST_CASE("who is started when the machine has come to rest comes after everything") {
  TestMachine m(2, 1);
  const std::unique_ptr<SharedWork> work = make_shared_work(m.platform());
  m.thread("first", [&] { work->add(); });
  m.kernel().run();
  m.thread("second", [&] { work->add(); });
  m.run();
  CHECK(m.violation().empty());
}

TEST_CASE("who has waited for a completion comes after it") {
  const auto wait_for = [](bool wait) {
    return explore([wait](TestMachine& m, SharedWork& work) {
      auto done = std::make_shared<sim::Completion>(m.kernel());
      m.thread("worker", [&work, done] {
        work.add();
        done->complete();
      });
      m.thread("waiter", [&work, done, wait] {
        if (wait) done->wait();
        work.add();
      });
    });
  };
  CHECK(wait_for(true).broken == sound);
  CHECK(wait_for(false).broken.count("data_race") == 1);
}

TEST_CASE("a grace period that ends while the objects of another are freed orders like any") {
  const auto replace = [](SharedWork& work) {
    for (int i = 0; i != 5; ++i) work.replace_after_grace_period();
  };
  const auto read = [](SharedWork& work) {
    for (int i = 0; i != 3; ++i) work.read_object();
  };
  CHECK(side_by_side(replace, read).broken == sound);
}

TEST_CASE("what RCU frees after a grace period is not in use, what is freed at once may be") {
  const auto read = [](SharedWork& work) { work.read_object(); };
  CHECK(side_by_side(
            [](SharedWork& work) {
              work.replace_after_grace_period();
              work.replace_after_grace_period();
            },
            read)
            .broken == sound);
  const Outcome early = side_by_side(
      [](SharedWork& work) {
        work.replace_at_once();
        work.replace_at_once();
      },
      read);
  CHECK(early.broken.count("use_after_free") == 1);
  CHECK(early.broken.count("data_race") == 1);
}

TEST_CASE("memory that is freed twice is told with both places") {
  const Outcome outcome = explore(
      [](TestMachine& m, SharedWork& work) { m.thread("program", [&] { work.free_twice(); }); });
  CHECK(outcome.broken == std::set<std::string>{"double_free"});
  CHECK(outcome.message.find("program has freed them") != std::string::npos);
}

TEST_CASE("a timer's callback comes after its start, and before who has stopped it") {
  const auto with_timer = [](bool stop) {
    return explore([stop](TestMachine& m, SharedWork& work) {
      m.thread("program", [&m, &work, stop] {
        work.add();
        work.start_timer();
        m.kernel().point({"later", 0});
        if (stop) work.stop_timer();
        auto done = std::make_shared<sim::Completion>(m.kernel());
        m.thread("other", [&work, done] {
          work.add();
          done->complete();
        });
        done->wait();
      });
    });
  };
  CHECK(with_timer(true).broken == sound);
  CHECK(with_timer(false).broken.count("data_race") == 1);
}

TEST_CASE("an interrupt comes after what its CPU has done, not after what the other one does") {
  CHECK(explore([](TestMachine& m, SharedWork& work) {
          m.thread("program", [&] {
            work.add();
            work.raise_softirq();
          });
        }).broken == sound);
  CHECK(side_by_side(add, [](SharedWork& work) {
          work.raise_softirq();
        }).broken.count("data_race") == 1);
}

TEST_CASE("contexts that are stopped at an access are unwound when the execution ends") {
  int gone = 0;
  const Outcome outcome = explore([&gone](TestMachine& m, SharedWork& work) {
    m.thread("spinner", [&work, &gone] {
      bool here = false;
      struct Count {
        bool& here;
        int& gone;
        ~Count() { gone += here ? 1 : 0; }
      } count{here, gone};
      work.spin(here);
      here = false;  // never reached
    });
    m.thread("breaker", [&m] { m.kernel().violate("api_contract", "enough"); });
  });
  CHECK(outcome.broken == std::set<std::string>{"api_contract"});
  CHECK(gone > 0);
}

TEST_CASE("plain accesses are points when asked for") {
  // A lost update needs a preemption between the read and the write of one statement.
  const auto twice = [](SharedWork& work) {
    work.add();
    work.add();
  };
  const auto sums = [&](bool points) {
    std::set<int> seen;
    sim::WatchOptions options;
    options.plain_points = points;
    options.races = false;
    const std::shared_ptr<sim::OrderWatch> watch = sim::make_watch(options);
    for (std::uint64_t seed = 1; seed <= schedules; ++seed) {
      TestMachine m(2, seed, watch);
      const std::unique_ptr<SharedWork> work = make_shared_work(m.platform());
      m.thread("first", [&] { twice(*work); });
      m.thread("second", [&] { twice(*work); });
      m.run();
      seen.insert(work->sum());
    }
    return seen;
  };
  CHECK(sums(false) == std::set<int>{4});
  CHECK(sums(true).count(2) == 1);
}

TEST_CASE("the same schedule sees the same, wherever memory lies") {
  const auto steps_of = [](std::uint64_t seed) {
    TestMachine m(2, seed);
    const std::unique_ptr<SharedWork> work = make_shared_work(m.platform());
    for (const char* name : {"first", "second"})
      m.thread(name, [&work] {
        work->add_locked();
        work->add_in_two_steps();
        work->replace_after_grace_period();
        work->read_object();
      });
    m.run();
    return std::pair(m.kernel().stats().steps, m->recorder.fingerprint());
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) CHECK(steps_of(seed) == steps_of(seed));
}
