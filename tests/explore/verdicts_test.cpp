// Every detector says what it is for, under the default strategy; correct programs break nothing
// under any.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "sim/explore/explain.hpp"
#include "sim/explore/lock_order_subject.hpp"
#include "sim/explore/shrink.hpp"
#include "sim/instrument/program.hpp"
#include "sim/programs/program_subject.hpp"
#include "tests/explore/explorer.hpp"

namespace {

using sim_test::explore;
using sim_test::load;
using sim_test::load_with;
using sim_test::run;
using sim_test::verdict;
using sim_test::verdict_of;

std::string message(const std::string& program, std::vector<std::string> defines = {}) {
  const auto done = explore(program, "portfolio", 20'000, std::move(defines));
  return done.result.hits.empty() ? "" : done.result.hits.front().message;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a failed assertion is told with its text") {
  CHECK(verdict("counter.c", "portfolio") == "assertion");
  CHECK(says(message("counter.c"), "'atomic_load(&c)==2' does not hold"));
}

TEST_CASE("two threads that wait for each other are a deadlock, told as a cycle") {
  CHECK(verdict("abba.c", "portfolio") == "deadlock");
  CHECK(says(message("abba.c"), "T1 -lock b-> T2 -lock a-> T1"));
}

TEST_CASE("a thread that waits for a signal that is gone is a lost wake-up") {
  CHECK(verdict("condlost.c", "portfolio") == "lost_wakeup");
  CHECK(verdict("lostwake.c", "portfolio") == "lost_wakeup");
  CHECK(says(message("lostwake.c"), "T2 waits in wait cv"));
}

TEST_CASE("a relaxed publication is a data race, an acquired one is none") {
  CHECK(verdict("spsc.c", "portfolio", 20'000, {"BUG"}) == "data_race");
  CHECK(verdict("spsc.c", "portfolio").empty());
  const std::string text = message("spsc.c", {"BUG"});
  CHECK(says(text, "T1 writes buf"));
  CHECK(says(text, "T2 reads it"));
}

TEST_CASE("deep bugs are found by the portfolio") {
  CHECK(verdict("aba.c", "portfolio") == "assertion");
  CHECK(verdict("late.c", "portfolio") == "assertion");
  CHECK(verdict("reorder.c", "portfolio", 20'000, {"N=20"}) == "assertion");
}

TEST_CASE("the heap is watched") {
  CHECK(verdict("use_after_free.c", "portfolio") == "use_after_free");
  CHECK(verdict("double_free.c", "portfolio") == "double_free");
  CHECK(verdict("leak.c", "portfolio") == "leak");
  CHECK(verdict("overflow.c", "portfolio") == "heap_overflow");
}

TEST_CASE("a loop that nobody ends is a livelock") {
  CHECK(verdict("livelock.c", "portfolio") == "livelock");
}

TEST_CASE("a fault of the program is a finding, not the end of the campaign") {
  CHECK(verdict("crash.c", "portfolio") == "crash");
}

TEST_CASE("locks taken in both orders are told although nothing happened") {
  CHECK(verdict("inversion.c", "random") == "lock_order_inversion");
  // A complete search has shown that they never meet.
  CHECK(verdict("inversion.c", "odpor").empty());
}

TEST_CASE("executions that showed orders of locks can be run again") {
  const auto found = explore("inversion.c", "random", 2'000);
  REQUIRE(found.result.hits.size() == 1);
  const sim::Hit& hit = found.result.hits.front();
  std::optional<sim::LockOrderSubject> place;
  sim::Subject& judged = sim::judged_alone(*found.subject, hit.property, hit.earlier, place);
  sim::TapeStrategy tape(hit.tape);
  for (int i = 0; i < 100; ++i) {
    tape.begin(0);
    REQUIRE(judged.run(tape).violated());
    CHECK(judged.last().fingerprint == hit.fingerprint);
  }
}

TEST_CASE("locks on the heap are watched within an execution") {
  const auto done = explore("inversion.c", "random", 2'000, {"HEAP"});
  REQUIRE(done.result.hits.size() == 1);
  CHECK(done.result.hits.front().property == "lock_order_inversion");
  CHECK(done.result.hits.front().message ==
        "T2 takes block 1+0 before block 0+0, T1 takes them in the other order");
}

TEST_CASE("orders of locks that several jobs have seen are added up") {
  // The second order shows for the first time in the last execution, which is the second job's.
  constexpr std::uint64_t seed = 5;
  constexpr std::uint64_t enough = 558;
  const std::vector<std::string> rare = {"RARE=10"};
  CHECK(explore("inversion.c", "random", enough - 1, rare, true, 1, seed).result.hits.empty());
  const auto alone = explore("inversion.c", "random", enough, rare, true, 1, seed).result;
  REQUIRE(alone.hits.size() == 1);
  CHECK(alone.hits.front().property == "lock_order_inversion");
  const auto together = explore("inversion.c", "random", enough, rare, true, 2, seed).result;
  REQUIRE(together.hits.size() == 1);
  CHECK(together.hits.front().message == alone.hits.front().message);
}

TEST_CASE("archives and objects are programs, too, shared objects are not") {
  const std::string folder = std::string(KEVSIM_BINARY_DIR) + "/explore_test/objects";
  std::filesystem::create_directories(folder);
  const std::string source = std::string(KEVSIM_SOURCE_DIR) + "/tests/explore/kernels/counter.c";
  const std::string object = folder + "/counter.o";
  const std::string archive = folder + "/counter.a";
  const std::string command = "cc -O1 -fPIC -fsanitize=thread -c '" + source + "' -o '" + object +
                              "' && ar rcs '" + archive + "' '" + object + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  for (const std::string& path : {object, archive}) {
    INFO(path);
    auto program = sim::Program::load({path, {}, {}}, {});
    REQUIRE(program.has_value());
    sim::ProgramSubject subject(std::move(*program));
    CHECK(verdict_of(subject, "portfolio", 20'000) == "assertion");
  }
  std::filesystem::copy_file(object, folder + "/counter.so",
                             std::filesystem::copy_options::overwrite_existing);
  const auto refused = sim::Program::load({folder + "/counter.so", {}, {}}, {});
  REQUIRE(!refused.has_value());
  CHECK(refused.error().front().hint.find("archive") != std::string::npos);
}

TEST_CASE("threads of C11 are controlled") {
  CHECK(verdict("correct_c11.c", "portfolio", 2'000, {"BUG"}) == "assertion");
}

TEST_CASE("correct programs break nothing") {
  for (const std::string program :
       {"correct_c11.c", "correct_locks.c", "correct_std.cpp", "fadd2.c", "lastzero.c", "lit_sb.c",
        "mtx2.c", "mtxN.c", "peterson.c", "readers.c", "spsc.c"}) {
    const auto subject = load(program);
    for (const std::string strategy : {"random", "pct:3", "pos", "surw", "dfs:1"}) {
      const sim::CampaignResult result = run(*subject, strategy, 2'000);
      INFO(program << " " << strategy);
      CHECK(result.hits.empty());
      CHECK(result.executions > 0);
      CHECK(result.end != sim::CampaignEnd::diverged);
    }
  }
}

TEST_CASE(
    "correct use of thread_local variables, futures, timed waits and wide atomics is left alone") {
  struct Correct {
    std::string program;
    std::vector<std::string> defines;
  };
  const Correct correct[] = {{"correct_local.cpp", {}},
                             {"correct_timed.cpp", {}},
                             {"correct_wide.cpp", {}},
                             {"correct_futures.cpp", {"PART=promises"}},
                             {"correct_futures.cpp", {"PART=once"}},
                             {"correct_futures.cpp", {"PART=counters"}},
                             {"correct_futures.cpp", {"PART=stops"}}};
  for (const auto& [program, defines] : correct) {
    const auto subject = load(program, defines);
    for (const std::string strategy : {"portfolio", "pct:3", "dfs:1"}) {
      const sim::CampaignResult result = run(*subject, strategy, 1'000);
      INFO(program << " " << strategy << " "
                   << (result.hits.empty() ? "" : result.hits.front().message));
      CHECK(result.hits.empty());
      CHECK(result.end != sim::CampaignEnd::diverged);
    }
  }
}

TEST_CASE("plain accesses are points where that is asked for") {
  sim::RuntimeOptions options;
  options.races = false;
  CHECK(verdict_of(*load_with("plain_counter.c", options), "odpor", 1'000).empty());
  options.plain_points = true;
  CHECK(verdict_of(*load_with("plain_counter.c", options), "odpor", 1'000) == "assertion");
}

TEST_CASE("waits end by themselves where that is asked for") {
  sim::RuntimeOptions options;
  CHECK(verdict_of(*load_with("no_loop.c", options), "odpor", 1'000).empty());
  options.spurious = true;
  CHECK(verdict_of(*load_with("no_loop.c", options), "odpor", 1'000) == "assertion");
  CHECK(verdict_of(*load_with("no_loop.c", options, {"LOOP"}), "odpor", 1'000).empty());
}

TEST_CASE("who polls with a pause lets others go on, in every strategy") {
  auto subject = load("polling.c", {"ENDS"});
  for (const std::string strategy : {"random", "pct:3", "pos", "surw", "dfs:1"}) {
    INFO(strategy);
    CHECK(verdict_of(*subject, strategy, 200).empty());
  }
  subject.reset();
  const auto done = explore("polling.c", "portfolio");
  REQUIRE(done.result.hits.size() == 1);
  const sim::Hit& hit = done.result.hits.front();
  CHECK(hit.property == "step_limit");
  const std::string table = sim::explain(*done.subject, hit.tape, hit.property).table;
  INFO(table);
  CHECK(table.find("polling.c:10  int seen = done;") != std::string::npos);
  CHECK(std::count(table.begin(), table.end(), '\n') < 20);
}

TEST_CASE("a data race is told with the stacks of both") {
  const auto done = explore("spsc.c", "portfolio", 20'000, {"BUG"});
  REQUIRE(!done.result.hits.empty());
  const auto& hit = done.result.hits.front();
  const std::string text = sim::explain(*done.subject, hit.tape, hit.property).table;
  INFO(text);
  const std::size_t first = text.find("T1 writes buf");
  REQUIRE(first != std::string::npos);
  CHECK(text.find("    spsc.c:", first) < text.find("T2 reads it in", first));
  CHECK(text.find("    spsc.c:", text.find("T2 reads it in", first)) != std::string::npos);
}

TEST_CASE("a program that does not repeat itself ends the campaign") {
  CHECK(explore("uncontrolled.c", "random").result.end == sim::CampaignEnd::diverged);
}

TEST_CASE("a program that cannot be compiled is the user's mistake") {
  const auto refused = sim::Program::load({"/no/such/program.c", {}, {}}, {});
  REQUIRE(!refused.has_value());
  CHECK(refused.error().front().message == "no such program");
}

TEST_CASE("an execution of thousands of steps is told with file and line") {
  const auto done = explore("livelock.c", "random");
  REQUIRE(done.result.hits.size() == 1);
  const sim::Hit& hit = done.result.hits.front();
  CHECK(hit.property == "livelock");
  done.subject->name_lines();
  const std::string text = sim::explain(*done.subject, hit.tape, hit.property).table;
  INFO(text);
  CHECK(text.find("livelock.c:16  ") != std::string::npos);
}
