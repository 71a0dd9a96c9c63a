// Exhaustive search runs each class of equivalent executions once, and none in vain. The counts
// are those of other model checkers on the same programs.

#include <catch2/catch.hpp>

#include "tests/explore/explorer.hpp"

namespace {

using sim_test::explore;

struct Space {
  std::string program;
  std::vector<std::string> defines;
  std::uint64_t classes;
};

const Space spaces[] = {
    {"fadd2.c", {}, 70},
    {"fadd2.c", {"NT=3", "K=2"}, 90},
    {"fadd2.c", {"NT=3", "K=4"}, 34'650},
    {"mtx2.c", {}, 252},
    {"mtxN.c", {"NT=3", "K=2"}, 90},
    {"mtxN.c", {"NT=3", "K=3"}, 1'680},
    {"readers.c", {"N=8"}, 256},
    {"readers.c", {"N=15"}, 32'768},
    {"lastzero.c", {"N=5"}, 64},
    {"lastzero.c", {"N=10"}, 3'328},
    {"lastzero.c", {"N=12"}, 15'360},
    {"lastzero.c", {"N=15"}, 147'456},
    {"spsc.c", {}, 225},
};

constexpr std::uint64_t no_limit = ~std::uint64_t{0};

}  // namespace

TEST_CASE("odpor runs every class of executions once") {
  for (const Space& space : spaces) {
    const auto done = explore(space.program, "odpor", no_limit, space.defines);
    INFO(space.program << " " << (space.defines.empty() ? "" : space.defines.back()));
    CHECK(done.result.executions == space.classes);
    CHECK(done.result.redundant == 0);
    CHECK(done.result.end == sim::CampaignEnd::complete);
    CHECK(done.result.hits.empty());
  }
}

/// By brute force: all interleavings, those equal that have the same order of dependent steps.
const Space small_spaces[] = {
    {"barrier.c", {}, 216},        {"broadcast.c", {}, 10},
    {"notify.cpp", {}, 54},        {"once.c", {}, 6},
    {"readers_writer.c", {}, 4},   {"readers_writers.c", {}, 100},
    {"recursive_reader.c", {}, 2}, {"semaphore.c", {}, 30},
    {"semaphore_try.c", {}, 42},   {"signal.c", {}, 30},
    {"spinlock.c", {}, 90},        {"timed_and_not.c", {}, 23},
    {"timed_waits.c", {}, 88},     {"try_lock.c", {}, 10},
    {"try_readers.c", {}, 34},     {"wait_and_try.c", {}, 4},
};

TEST_CASE("every way to wait has its classes run once, and none in vain") {
  for (const Space& space : small_spaces) {
    INFO(space.program);
    const auto subject = sim_test::load(space.program);
    const auto result = sim_test::run(*subject, "odpor", no_limit);
    CHECK(result.executions == space.classes);
    CHECK(result.distinct == space.classes);
    CHECK(result.redundant == 0);
    CHECK(result.end == sim::CampaignEnd::complete);
    // Sleep sets come to the same number another way, if not without waste.
    CHECK(sim_test::run(*subject, "dfs", no_limit).executions == space.classes);
  }
}

// How often it looks before it lets others go first decides their number.
TEST_CASE("whoever waits in a loop goes on after what was written, in no execution before it") {
  const auto subject = sim_test::load("peterson.c");
  const auto result = sim_test::run(*subject, "odpor", no_limit);
  CHECK(result.executions > 1000);
  CHECK(result.distinct == result.executions);
  CHECK(result.redundant == 0);
  CHECK(result.end == sim::CampaignEnd::complete);
  CHECK(sim_test::run(*subject, "dfs", no_limit).executions == result.executions);
}

TEST_CASE("no two executions of odpor are the same") {
  CHECK(explore("lastzero.c", "odpor", no_limit, {"N=10"}).result.distinct == 3'328);
}

TEST_CASE("dfs with sleep sets runs every class, and repeats some in part") {
  const auto done = explore("spsc.c", "dfs", no_limit);
  CHECK(done.result.executions == 225);
  CHECK(done.result.redundant > 0);
  CHECK(done.result.end == sim::CampaignEnd::complete);
}

TEST_CASE("bounded search grows with the number of preemptions") {
  // Without a preemption only the order in which the two threads begin is open.
  const auto subject = sim_test::load("mtx2.c");
  const auto none = sim_test::run(*subject, "dfs:0", no_limit);
  CHECK(none.executions == 2);
  // Not all that there are: no proof of anything.
  CHECK(none.end == sim::CampaignEnd::bounded);
  // A bound that is never met leaves nothing out.
  CHECK(sim_test::run(*subject, "dfs:99", 1'000'000).end == sim::CampaignEnd::complete);
  const auto one = sim_test::run(*subject, "dfs:1", no_limit).executions;
  const auto two = sim_test::run(*subject, "dfs:2", no_limit).executions;
  CHECK(one == 10);
  CHECK(two == 42);
}

TEST_CASE("the class of a program with a bug contains it") {
  for (const std::string program : {"aba.c", "abba.c", "condlost.c", "counter.c", "lostwake.c"}) {
    INFO(program);
    CHECK(!explore(program, "odpor", no_limit).result.hits.empty());
  }
}
