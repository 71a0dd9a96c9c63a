// Campaigns repeat themselves; what they find is kept, reproduces, and shrinks.

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "sim/explore/explain.hpp"
#include "sim/explore/finding.hpp"
#include "sim/explore/shrink.hpp"
#include "tests/explore/explorer.hpp"

namespace {

using sim_test::explore;

std::uint64_t first_bug(const std::string& program, std::vector<std::string> defines,
                        const std::string& strategy, std::uint32_t jobs, std::uint64_t seed = 1) {
  const auto done = explore(program, strategy, 20'000, std::move(defines), true, jobs, seed);
  REQUIRE(!done.result.hits.empty());
  return done.result.hits.front().execution;
}

std::size_t switches_of(const std::string& table) {
  // Each thread has a column; what matters is only that the table is there.
  return static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n'));
}

}  // namespace

TEST_CASE("the same seed finds the same bug in the same execution, with any number of jobs") {
  for (const std::string strategy : {"random", "portfolio", "pos"}) {
    INFO(strategy);
    const std::uint64_t alone = first_bug("aba.c", {}, strategy, 1);
    CHECK(first_bug("aba.c", {}, strategy, 1) == alone);
    CHECK(first_bug("aba.c", {}, strategy, 2) == alone);
    CHECK(first_bug("aba.c", {}, strategy, 3) == alone);
  }
}

TEST_CASE("a bug that shows late is the same with any number of jobs") {
  // Late enough for rounds of executions that run side by side.
  const std::uint64_t alone = first_bug("aba.c", {}, "random", 1, 16);
  INFO("execution " << alone);
  CHECK(alone > 384);
  CHECK(first_bug("aba.c", {}, "random", 2, 16) == alone);
}

TEST_CASE("another seed goes another way") {
  const auto one = explore("aba.c", "random", 3, {}, true, 1, 1);
  const std::uint64_t first = one.subject->last().fingerprint;
  sim::CampaignOptions options;
  options.strategy = "random";
  options.executions = 3;
  options.seed = 1;
  REQUIRE(sim::run_campaign(*one.subject, options).has_value());
  CHECK(one.subject->last().fingerprint == first);
  options.seed = 2;
  REQUIRE(sim::run_campaign(*one.subject, options).has_value());
  CHECK(one.subject->last().fingerprint != first);
}

TEST_CASE(
    "a finding comes back from its folder as it was, and fails a hundred times of a hundred") {
  const auto done = explore("aba.c", "random");
  REQUIRE(!done.result.hits.empty());
  const sim::Hit& hit = done.result.hits.front();
  sim::Finding finding;
  finding.property = hit.property;
  finding.message = hit.message;
  finding.source.path = std::string(KEVSIM_SOURCE_DIR) + "/tests/explore/kernels/aba.c";
  finding.execution = hit.execution;
  finding.fingerprint = hit.fingerprint;
  finding.tape = hit.tape;
  const std::string parent = std::string(KEVSIM_BINARY_DIR) + "/explore_test";
  const auto folder = sim::write_finding(finding, parent);
  REQUIRE(folder.has_value());
  const auto again = sim::read_finding(*folder);
  REQUIRE(again.has_value());
  CHECK(again->message == hit.message);
  CHECK(again->source.path ==
        *folder + "/" + std::filesystem::path(finding.source.path).filename().string());
  REQUIRE(again->tape.size() == hit.tape.size());
  CHECK(again->tape.back().object == hit.tape.back().object);
  for (int i = 0; i < 100; ++i) {
    sim::TapeStrategy strategy(again->tape);
    strategy.begin(0);
    done.subject->run(strategy);
    CHECK(done.subject->last().fingerprint == hit.fingerprint);
    CHECK(!strategy.diverged().has_value());
  }
  std::filesystem::remove_all(*folder);
}

TEST_CASE("what is no finding is refused") {
  CHECK(!sim::read_finding("/no/such/folder").has_value());
}

TEST_CASE("shrinking leaves no choice that could be plain") {
  const auto done = explore("aba.c", "random");
  REQUIRE(!done.result.hits.empty());
  const sim::Hit& hit = done.result.hits.front();
  const sim::Shrunk shrunk = sim::shrink(*done.subject, hit.tape, hit.property, {1e9, 20'000});
  CHECK(shrunk.verified);
  CHECK(sim::preemptions(shrunk.tape) == 1);
  for (std::size_t i = 0; i < shrunk.tape.size(); ++i) {
    if (shrunk.tape[i].plain) continue;
    sim::Tape plainer = shrunk.tape;
    plainer[i].plain = true;
    sim::TapeStrategy strategy(plainer);
    strategy.begin(0);
    done.subject->run(strategy);
    const bool fails = done.subject->last().violated();
    const bool simpler =
        sim::preemptions(sim::tape_of(*done.subject)) < sim::preemptions(shrunk.tape);
    CHECK(!(fails && simpler));
  }
}

TEST_CASE("a finding is explained thread by thread, with the step after which nothing helps") {
  const auto done = explore("lostwake.c", "random");
  REQUIRE(!done.result.hits.empty());
  const sim::Hit& hit = done.result.hits.front();
  const sim::Shrunk shrunk = sim::shrink(*done.subject, hit.tape, hit.property, {1e9, 20'000});
  const auto explanation = sim::explain(*done.subject, shrunk.tape, hit.property);
  INFO(explanation.table);
  CHECK(explanation.table.find(" | where\n") != std::string::npos);
  CHECK(explanation.table.find("load flag = 0 ") != std::string::npos);
  CHECK(explanation.table.find(" | lostwake.c:12  if (atomic_load(&flag) == 0) {") !=
        std::string::npos);
  CHECK(explanation.table.find("waits for ever") != std::string::npos);
  CHECK(explanation.switches <= 4);
  REQUIRE(explanation.critical_step.has_value());
  CHECK(explanation.table.find(">    " + std::to_string(*explanation.critical_step)) !=
        std::string::npos);
  CHECK(switches_of(explanation.table) > 4);
}

TEST_CASE("a finding is held against the nearest execution that passes") {
  const auto done = explore("lostwake.c", "random");
  REQUIRE(!done.result.hits.empty());
  const sim::Hit& hit = done.result.hits.front();
  const sim::Shrunk shrunk = sim::shrink(*done.subject, hit.tape, hit.property, {1e9, 20'000});
  const std::string told = sim::explain(*done.subject, shrunk.tape, hit.property).conclusion;
  INFO(told);
  const auto line_of = [&](const std::string& mark, const std::string& step) {
    std::size_t at = told.find("\n" + mark);
    while (at != std::string::npos &&
           told.substr(at, told.find('\n', at + 1) - at).find(step) == std::string::npos)
      at = told.find("\n" + mark, at + 1);
    return at;
  };
  // The signal that came too early comes later, and nobody waits for ever.
  CHECK(line_of("-", "signal cv") != std::string::npos);
  CHECK(line_of("+", "signal cv") != std::string::npos);
  CHECK(line_of("-", "waits for ever") != std::string::npos);
  CHECK(line_of("+", "waits for ever") == std::string::npos);
  // What both do alike is not marked.
  CHECK(line_of(" ", "store flag = 1") != std::string::npos);
}

TEST_CASE("what fails in every schedule has no execution that passes") {
  const auto done = explore("overflow.c", "random");
  REQUIRE(!done.result.hits.empty());
  const sim::Hit& hit = done.result.hits.front();
  CHECK(sim::explain(*done.subject, hit.tape, hit.property).conclusion ==
        "No schedule avoids it.\n");
}

TEST_CASE("a tape that does not fit says where") {
  const auto subject = sim_test::load("abba.c");
  sim::TapeEntry entry;
  entry.picked = 7;
  const sim::Tape tape = {entry};
  sim::TapeStrategy strategy(tape);
  strategy.begin(0);
  subject->run(strategy);
  CHECK(strategy.diverged() == std::size_t{0});
}
