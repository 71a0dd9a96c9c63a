// Scenarios as subjects of exploration: executions repeat, findings come back and shrink, old rings
// fail, and a small scope is searched completely.

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "sim/explore/campaign.hpp"
#include "sim/explore/explain.hpp"
#include "sim/explore/follow.hpp"
#include "sim/explore/shrink.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/world/run.hpp"
#include "sim/world/world_subject.hpp"

namespace {

sim::Scenario small_queue() {
  sim::Scenario scenario;
  scenario.machine.cpus = 1;
  scenario.workload.kind = sim::event_queue_workload;
  scenario.workload.clients = 2;
  scenario.workload.workers = 2;
  scenario.workload.requests = 4;
  scenario.queue.slots = 2;
  scenario.queue.batch = 2;
  scenario.queue.outstanding = 4;
  return scenario;
}

std::unique_ptr<sim::WorldSubject> subject(const sim::Scenario& scenario, std::string design) {
  auto made = sim::WorldSubject::make(scenario, std::move(design));
  REQUIRE(made.has_value());
  return std::move(*made);
}

sim::CampaignResult explore(sim::Subject& explored, const std::string& strategy,
                            std::uint64_t executions, std::uint32_t jobs = 1) {
  sim::CampaignOptions options;
  options.strategy = strategy;
  options.executions = executions;
  options.jobs = jobs;
  auto result = sim::run_campaign(explored, options);
  REQUIRE(result.has_value());
  INFO(result->divergence);
  CHECK(result->end != sim::CampaignEnd::diverged);
  return *result;
}

/// Whoever comes first among those that could go on: devices before interrupts and threads.
class DevicesFirst final : public sim::Strategy {
 public:
  std::uint32_t pick(const sim::Crossroads& at) override { return sim::first_of(at.ready); }
  std::uint32_t choose(sim::ChoiceKind, std::uint32_t, sim::Operation) override { return 0; }
  [[nodiscard]] std::string_view name() const override { return "devices first"; }
};

/// What two readers of a ring without their own index do to each other (take 23).
sim::Scenario overwritten_ring() {
  sim::Scenario scenario = small_queue();
  scenario.queue.slots = 2;
  scenario.workload.requests = 4;
  return scenario;
}

}  // namespace

TEST_CASE("an execution depends on the strategy's seed and on nothing that came before") {
  const auto strategies = sim::make_strategies("random");
  sim::Strategy& random = *strategies->front();
  const auto first = subject(small_queue(), "get-events");
  const auto second = subject(small_queue(), "get-events");
  std::set<std::uint64_t> different;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    random.begin(seed);
    const std::uint64_t fingerprint = first->run(random).fingerprint;
    CHECK_FALSE(first->last().violated());
    different.insert(fingerprint);
    random.begin(1000 - seed);
    first->run(random);
    random.begin(seed);
    CHECK(first->run(random).fingerprint == fingerprint);
  }
  CHECK(different.size() > 15);
  random.begin(20);
  const std::uint64_t fresh = second->run(random).fingerprint;
  random.begin(20);
  CHECK(first->run(random).fingerprint == fresh);
}

TEST_CASE("correct programs break nothing under any strategy") {
  for (const std::string strategy : {"portfolio", "feedback", "pct:3", "dfs:1"})
    for (const std::string design : {"get-events", "ring-v4"}) {
      INFO(strategy << ' ' << design);
      const auto explored = subject(small_queue(), design);
      const sim::CampaignResult result = explore(*explored, strategy, 600);
      INFO((result.hits.empty() ? "" : result.hits.front().message));
      CHECK(result.hits.empty());
      CHECK(result.executions > 0);
    }
}

TEST_CASE("a finding of a scenario is the same with two jobs, comes back, and shrinks") {
  const auto explored = subject(overwritten_ring(), "ring-v3");
  const sim::CampaignResult result = explore(*explored, "portfolio", 5'000);
  REQUIRE(result.hits.size() == 1);
  const sim::Hit& hit = result.hits.front();
  CHECK(hit.property != "livelock");
  const sim::CampaignResult side_by_side = explore(*explored, "portfolio", 5'000, 2);
  REQUIRE(side_by_side.hits.size() == 1);
  CHECK(side_by_side.hits.front().execution == hit.execution);

  sim::TapeStrategy strategy(hit.tape);
  for (int i = 0; i < 100; ++i) {
    strategy.begin(0);
    REQUIRE(explored->run(strategy).fingerprint == hit.fingerprint);
    REQUIRE(!strategy.diverged().has_value());
  }
  const sim::Shrunk shrunk = sim::shrink(*explored, hit.tape, hit.property, {1e9, 20'000});
  CHECK(shrunk.verified);
  CHECK(sim::preemptions(shrunk.tape) <= sim::preemptions(hit.tape));
  const sim::Explanation explanation = sim::explain(*explored, shrunk.tape, hit.property);
  INFO(explanation.table);
  CHECK(explanation.table.find("consumer 1") != std::string::npos);
  CHECK(explanation.table.find("queue: ready list") != std::string::npos);
}

TEST_CASE("a finding of a scenario is followed by names after edits") {
  const auto scenario = sim::load_scenario(
      std::string(KEVSIM_SOURCE_DIR) + "/scenarios/race/bugs/claim_slot_before_copy.toml",
      sim::catalog());
  REQUIRE(scenario.has_value());
  sim::Hit hit;
  {
    const auto explored = subject(*scenario, "");
    const sim::CampaignResult result = explore(*explored, "portfolio", 10'000);
    REQUIRE(result.hits.size() == 1);
    hit = result.hits.front();
  }
  REQUIRE(sim::preemptions(hit.tape) > 0);
  // How many choices of the tape were met, when the property was broken again.
  const auto met = [&](const sim::Scenario& edited, const sim::Tape& tape) {
    const auto explored = subject(edited, "");
    sim::FollowStrategy strategy(tape, *explored, nullptr);
    strategy.begin(1);
    const sim::Execution& done = explored->run(strategy);
    REQUIRE(done.violated());
    CHECK(done.violation->property == hit.property);
    return strategy.met();
  };
  CHECK(met(*scenario, hit.tape) == hit.tape.size());
  // A thread before the others: all of them have other numbers.
  sim::Scenario with_thread = *scenario;
  with_thread.threads.insert(with_thread.threads.begin(), {"X", {}});
  CHECK(met(with_thread, hit.tape) + 2 >= hit.tape.size());
  // The code has had fewer steps, or more: of those before the first lock of the ready list.
  sim::Tape shorter = hit.tape;
  sim::Tape longer = hit.tape;
  std::erase_if(shorter, [](const sim::TapeEntry& entry) { return entry.step == "mutex lock"; });
  REQUIRE(shorter.size() < hit.tape.size());
  CHECK(met(*scenario, shorter) == shorter.size());
  sim::TapeEntry gone = hit.tape.front();
  gone.step = "lock";
  gone.object = "a lock that is not there any more";
  longer.insert(longer.begin() + 1, gone);
  CHECK(met(*scenario, longer) + 1 == longer.size());
}

TEST_CASE("a fault that struck has a row of its own, in the step that it struck") {
  const auto scenario = sim::load_scenario(
      std::string(KEVSIM_SOURCE_DIR) + "/scenarios/race/bugs/dequeued_then_copy_failed.toml",
      sim::catalog());
  REQUIRE(scenario.has_value());
  const auto explored = subject(*scenario, "");
  const sim::CampaignResult result = explore(*explored, "portfolio", 100);
  REQUIRE(result.hits.size() == 1);
  const sim::Hit& hit = result.hits.front();
  const std::string table = sim::explain(*explored, hit.tape, hit.property).table;
  INFO(table);
  const std::size_t fault = table.find("fault copy_to_user");
  REQUIRE(fault != std::string::npos);
  // Whoever asks for events is who cannot be given them.
  CHECK(table.find("get_events") < fault);
}

TEST_CASE("devices do not go on for ever while a thread could") {
  // The client's timers alone could: it asks again and again for what no thread ever sends.
  sim::Scenario scenario;
  scenario.machine.memory_bytes = 16 << 20;
  scenario.disks.emplace_back();
  scenario.links.emplace_back();
  scenario.workload.kind = "file-server";
  scenario.workload.clients = 1;
  scenario.workload.requests = 1;
  scenario.workload.files = {1, 16 << 10, "uniform"};
  const auto explored = subject(scenario, "kevent-aio-sendfile");
  DevicesFirst strategy;
  strategy.begin(1);
  const sim::Execution& done = explored->run(strategy);
  INFO((done.violated() ? done.violation->message : ""));
  CHECK_FALSE(done.violated());
  CHECK(done.steps < 50'000);
}

TEST_CASE(
    "explored programs: calls and the ring are drawn, and the plain choice is the whole one") {
  auto scenario = sim::load_scenario(
      std::string(KEVSIM_SOURCE_DIR) + "/scenarios/race/explored_program.toml", sim::catalog(), {});
  REQUIRE(scenario.has_value());
  const auto explored = subject(*scenario, "");
  const sim::Tape plain;
  sim::TapeStrategy whole(plain);
  whole.begin(0);
  CHECK_FALSE(explored->run(whole).violated());
  const std::uint32_t steps = explored->last().steps;
  std::size_t drawn = 0;
  for (const sim::TapeEntry& entry : sim::tape_of(*explored)) {
    if (entry.kind != sim::ChoiceKind::workload) continue;
    CHECK(entry.plain);
    ++drawn;
  }
  CHECK(drawn == 12 + 1);

  // One call less is another program; a ring is made and filled.
  std::set<std::uint32_t> lengths{steps};
  for (std::size_t i = 0; i < drawn; ++i) {
    sim::Tape less(i + 1);
    for (sim::TapeEntry& entry : less) {
      entry.kind = sim::ChoiceKind::workload;
      entry.plain = true;
      entry.step = "without call";
    }
    less.front().step = "ring";
    less.back().picked = 1;
    less.back().plain = false;
    sim::TapeStrategy strategy(less);
    strategy.begin(0);
    CHECK_FALSE(explored->run(strategy).violated());
    lengths.insert(explored->last().steps);
  }
  CHECK(lengths.size() > 6);
}
