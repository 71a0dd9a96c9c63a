// Shrinking leaves out what a failure does not need of a scenario: threads, calls, clients, faults.

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/explore/campaign.hpp"
#include "sim/explore/finding.hpp"
#include "sim/explore/shrink.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/world/run.hpp"
#include "sim/world/workload_parts.hpp"
#include "sim/world/world_subject.hpp"

namespace {

sim::Scenario scenario_of(const std::string& name) {
  auto scenario = sim::load_scenario(
      std::string(KEVSIM_SOURCE_DIR) + "/scenarios/race/bugs/" + name, sim::catalog(), {});
  REQUIRE(scenario.has_value());
  return std::move(*scenario);
}

std::vector<std::int64_t> values_of(const sim::Subject& subject) {
  std::vector<std::int64_t> values;
  for (const sim::WorkloadPart& part : subject.parts()) values.push_back(part.value);
  return values;
}

sim::Hit first_hit(sim::Subject& subject) {
  sim::CampaignOptions options;
  const auto result = sim::run_campaign(subject, options);
  REQUIRE(result.has_value());
  REQUIRE(!result->hits.empty());
  return result->hits.front();
}

/// By name.
std::int64_t value_of(const sim::Subject& subject, const std::string& name) {
  for (const sim::WorkloadPart& part : subject.parts())
    if (part.name == name) return part.value;
  FAIL("no part is called " << name);
  return -1;
}

}  // namespace

TEST_CASE("parts of a scenario: all of them is the scenario itself") {
  for (const char* const name : {"oneshot_double_dispatch.toml", "foreign_pages_never_kick.toml",
                                 "no_event_on_error.toml"}) {
    INFO(name);
    const sim::Scenario whole = scenario_of(name);
    std::vector<std::int64_t> values;
    for (const sim::WorkloadPart& part : sim::parts_of(whole)) {
      CHECK(part.value > part.least);
      values.push_back(part.value);
    }
    CHECK(!values.empty());
    CHECK(sim::with_parts(whole, values) == whole);
  }
}

TEST_CASE("parts of a scenario: less of one changes that and nothing else") {
  const sim::Scenario whole = scenario_of("oneshot_double_dispatch.toml");
  const std::vector<sim::WorkloadPart> parts = sim::parts_of(whole);
  REQUIRE(parts.size() == 5);
  CHECK(parts[4].group == "P");
  CHECK(parts[4].name == "P 2: ready unotify 1");
  sim::Scenario less = sim::with_parts(whole, {1, 1, 1, 1, 0});
  REQUIRE(less.threads[2].does.size() == 1);
  less.threads[2].does.push_back(whole.threads[2].does[1]);
  CHECK(less == whole);
}

TEST_CASE("shrink: calls that the failure does not need are left out") {
  sim::Scenario scenario = scenario_of("wake_before_enqueue.toml");
  // A thread that only looks on, and a call too many.
  sim::ThreadSpec more = scenario.threads.back();
  more.name = "bystander";
  scenario.threads.push_back(more);
  scenario.program.before.push_back(scenario.program.before.front());
  const auto made = sim::WorldSubject::make(scenario, "");
  REQUIRE(made.has_value());
  sim::WorldSubject& subject = **made;
  const auto before = values_of(subject);
  const sim::Hit hit = first_hit(subject);
  const sim::Shrunk shrunk = sim::shrink(subject, hit.tape, hit.property, {1e9, 20'000});
  CHECK(shrunk.verified);
  CHECK(shrunk.parts == values_of(subject));
  CHECK(std::count(shrunk.parts.begin(), shrunk.parts.end(), 1) == 3);
  CHECK(sim::preemptions(shrunk.tape) <= 1);

  // The whole scenario fails as it did, and what was left out can be left out again by name.
  const auto less = sim::left_out(subject.parts(), before);
  CHECK(less.size() == before.size() - 3);
  subject.set_parts(before);
  sim::TapeStrategy found(hit.tape);
  found.begin(0);
  CHECK(subject.run(found).fingerprint == hit.fingerprint);
  sim::leave_out(subject, sim::left_out(subject.parts(), shrunk.parts));
  sim::TapeStrategy simpler(shrunk.tape);
  simpler.begin(0);
  REQUIRE(subject.run(simpler).violated());
  CHECK(subject.last().violation->property == hit.property);
}

TEST_CASE("shrink: a server needs fewer clients, requests and bytes") {
  sim::Scenario scenario = scenario_of("kick_during_step_lost.toml");
  scenario.workload.clients = 2;
  scenario.workload.requests = 3;
  scenario.workload.kaio_threads = 2;
  const auto made = sim::WorldSubject::make(scenario, "kevent-aio-sendfile");
  REQUIRE(made.has_value());
  sim::WorldSubject& subject = **made;
  const sim::Hit hit = first_hit(subject);
  const sim::Shrunk shrunk = sim::shrink(subject, hit.tape, hit.property, {1e9, 2000});
  CHECK(shrunk.verified);
  CHECK(value_of(subject, "workload.clients") == 1);
  CHECK(value_of(subject, "workload.requests") == 1);
  CHECK(value_of(subject, "workload.files.size in pages") < 16);
  CHECK(subject.scenario().workload.clients == 1);
}

TEST_CASE("what was left out, in words") {
  CHECK(sim::describe(std::vector<sim::LeftOut>()).empty());
  CHECK(sim::describe({{"P 2: close", 1, 0}}) == "without P 2: close");
  CHECK(sim::describe({{"workload.clients", 4, 1}, {"P 2: close", 1, 0}, {"W 1: kick", 1, 0}}) ==
        "without P 2: close, W 1: kick; workload.clients 4 -> 1");
}

TEST_CASE("parts of a scenario: the periodic writer, where pages may become dirty") {
  const char* const name = "cache.dirty_writeback";
  const auto has_it = [&](const sim::Scenario& scenario) {
    const auto parts = sim::parts_of(scenario);
    return std::any_of(parts.begin(), parts.end(), [&](const auto& p) { return p.name == name; });
  };
  CHECK(has_it(scenario_of("end_of_file_retried.toml")));
  CHECK_FALSE(has_it(scenario_of("no_event_on_error.toml")));
}

TEST_CASE("shrink: threads of a server take turns as seldom as can be, and pdflush takes none") {
  const sim::Scenario scenario = scenario_of("end_of_file_retried.toml");
  const auto made = sim::WorldSubject::make(scenario, "kevent-aio-sendfile");
  REQUIRE(made.has_value());
  sim::WorldSubject& subject = **made;
  const sim::Hit hit = first_hit(subject);
  const sim::Shrunk shrunk = sim::shrink(subject, hit.tape, hit.property, {1e9, 2'000});
  CHECK(shrunk.verified);
  CHECK(value_of(subject, "cache.dirty_writeback") == 0);
  sim::TapeStrategy strategy(shrunk.tape);
  strategy.begin(0);
  std::vector<std::string> turns;
  for (const sim::ShownStep& step : subject.trace(strategy)) {
    if (step.by_machine) continue;
    const std::string name = subject.thread_name(step.thread);
    if (turns.empty() || turns.back() != name) turns.push_back(name);
  }
  CHECK(sim::preemptions(shrunk.tape) == 0);
  CHECK(turns == std::vector<std::string>{"kaio/0", "server", "kaio/0", "truncate", "kaio/0"});
}
