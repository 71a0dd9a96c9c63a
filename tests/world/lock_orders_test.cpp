// Locks that are taken in one order in some executions and in the other order in others: no
// execution deadlocks, no execution has both, and yet the campaign tells.

#include <catch2/catch.hpp>
#include <filesystem>

#include "sim/explore/campaign.hpp"
#include "sim/explore/explain.hpp"
#include "sim/explore/lock_order_subject.hpp"
#include "sim/explore/shrink.hpp"
#include "sim/kernel/lock.hpp"
#include "sim/world/world_subject.hpp"

namespace {

/// One execution in so many takes both locks, one way, and one the other way.
constexpr std::uint32_t rare = 1'000;

class TwoLocks final : public sim::ExploredRun {
 public:
  explicit TwoLocks(const sim::ExploredOptions& options)
      : picks_(*options.picks),
        machine_(picks_, sim::explored_machine(options)),
        first_(machine_.kernel, "first"),
        second_(machine_.kernel, "second"),
        consistent_(options.design == "consistent") {}
  ~TwoLocks() override { machine_.kernel.shut_down(); }

  void explore() override {
    machine_.kernel.spawn("thread", sim::ContextKind::process, [this] {
      const std::uint32_t drawn = picks_.choose(sim::ChoiceKind::workload, rare, {"order", 0});
      if (drawn > 1) return;
      const bool other_way = drawn == 1 && !consistent_;
      const sim::SpinGuard outer(other_way ? second_ : first_);
      const sim::SpinGuard inner(other_way ? first_ : second_);
    });
    machine_.kernel.run();
  }
  sim::Machine& machine() override { return machine_; }

 private:
  sim::PickRecorder& picks_;
  sim::Machine machine_;
  sim::SpinLock first_;
  sim::SpinLock second_;
  bool consistent_;
};

std::unique_ptr<sim::ExploredRun> two_locks(const sim::ExploredOptions& options) {
  return std::make_unique<TwoLocks>(options);
}

sim::CampaignResult explore(const std::string& design, const sim::CampaignOptions& options) {
  sim::WorldSubject subject(sim::Scenario(), design, &two_locks);
  auto result = sim::run_campaign(subject, options);
  REQUIRE(result.has_value());
  return *result;
}

sim::CampaignOptions random_walks(std::uint32_t jobs) {
  sim::CampaignOptions options;
  options.strategy = "random";
  options.executions = 8'000;
  options.jobs = jobs;
  return options;
}

}  // namespace

TEST_CASE("two locks taken in both orders in different executions are told once, by any jobs") {
  for (const std::uint32_t jobs : {1U, 2U, 3U}) {
    INFO(jobs << " jobs");
    const sim::CampaignResult result = explore("both ways", random_walks(jobs));
    CHECK(result.executions == 8'000);
    REQUIRE(result.hits.size() == 1);
    CHECK(result.hits.front().property == "lock_order_inversion");
    CHECK(result.hits.front().message ==
          "'second' is taken with 'first' held, and elsewhere 'first' with 'second' held");
    CHECK(explore("consistent", random_walks(jobs)).hits.empty());
  }
}

TEST_CASE("a campaign that goes on knows the orders of the executions that it does not repeat") {
  const std::string path = std::string(KEVSIM_BINARY_DIR) + "/lock_orders_progress.json";
  std::filesystem::remove(path);
  sim::CampaignOptions options = random_walks(1);
  options.progress_file = path;
  for (std::uint64_t end = 500; end <= 8'000; end += 500) {
    options.executions = end;
    static_cast<void>(explore("both ways", options));
  }
  const sim::CampaignResult result = explore("both ways", options);
  REQUIRE(result.hits.size() == 1);
  CHECK(result.hits.front().property == "lock_order_inversion");
}

TEST_CASE("orders that two executions showed reproduce, shrink and are explained") {
  const sim::CampaignResult result = explore("both ways", random_walks(1));
  REQUIRE(result.hits.size() == 1);
  const sim::Hit& hit = result.hits.front();
  REQUIRE(hit.earlier.size() == 1);

  sim::WorldSubject subject(sim::Scenario(), "both ways", &two_locks);
  std::optional<sim::LockOrderSubject> place;
  sim::Subject& judged = sim::judged_alone(subject, hit.property, hit.earlier, place);
  sim::TapeStrategy again(hit.tape);
  for (int i = 0; i < 100; ++i) {
    again.begin(0);
    const sim::Execution& done = judged.run(again);
    REQUIRE(done.violated());
    CHECK(done.violation->property == hit.property);
    CHECK(done.violation->message == hit.message);
    CHECK(done.fingerprint == hit.fingerprint);
  }
  const sim::Tape plain;
  sim::TapeStrategy neither(plain);
  CHECK_FALSE(sim::LockOrderSubject(subject, {}).run(neither).violated());

  const sim::Shrunk shrunk = sim::shrink(judged, hit.tape, hit.property, {1e9, 2'000});
  CHECK(shrunk.verified);
  const std::string table = sim::explain(judged, shrunk.tape, hit.property).table;
  INFO(table);
  const std::size_t earlier = table.find("In an earlier execution:");
  REQUIRE(earlier != std::string::npos);
  // Each of the two takes both locks.
  CHECK(table.find("second") < earlier);
  CHECK(table.find("second", earlier) != std::string::npos);
}
