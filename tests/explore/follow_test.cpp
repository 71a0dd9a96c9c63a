// Tapes are followed by names when the program has been edited; campaigns go on from disk.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sim/explore/follow.hpp"
#include "sim/explore/progress.hpp"
#include "tests/explore/explorer.hpp"

namespace {

using sim_test::explore;
using sim_test::load;

/// A failing execution of the program as it was.
sim::Tape failing_tape() {
  const auto result = explore("edited.c", "random").result;
  REQUIRE(!result.hits.empty());
  return result.hits.front().tape;
}

struct Followed {
  bool fails = false;
  bool diverged = false;
  std::string divergence;
};

Followed follow(const sim::Tape& tape, std::vector<std::string> defines) {
  const auto subject = load("edited.c", std::move(defines));
  sim::FollowStrategy strategy(tape, *subject, nullptr);
  strategy.begin(1);
  Followed followed;
  followed.fails = subject->run(strategy).violated();
  followed.diverged = strategy.diverged().has_value();
  if (followed.diverged) followed.divergence = sim::describe_entry(tape, *strategy.diverged());
  return followed;
}

std::string progress_path(const std::string& test) {
  const std::string path = std::string(KEVSIM_BINARY_DIR) + "/explore_test/" + test + ".json";
  std::filesystem::remove(path);
  return path;
}

sim::CampaignResult campaign(sim::Subject& subject, const std::string& strategy,
                             std::uint64_t executions, const std::string& progress,
                             std::uint32_t jobs = 1) {
  sim::CampaignOptions options;
  options.strategy = strategy;
  options.executions = executions;
  options.progress_file = progress;
  options.identity = "spsc " + strategy;
  options.jobs = jobs;
  auto result = sim::run_campaign(subject, options);
  REQUIRE(result.has_value());
  return std::move(*result);
}

}  // namespace

TEST_CASE("the program as it was is followed to the letter") {
  const Followed same = follow(failing_tape(), {});
  CHECK(same.fails);
  CHECK(!same.diverged);
}

TEST_CASE("steps put into the program do not hide the failure") {
  const Followed edited = follow(failing_tape(), {"EDITED"});
  CHECK(edited.fails);
  CHECK(edited.diverged);
  CHECK(edited.divergence.find(" was to do ") != std::string::npos);
}

TEST_CASE("steps taken out of the program do not hide the failure") {
  CHECK(follow(failing_tape(), {"SHORTER"}).fails);
}

TEST_CASE("a campaign that was cut off comes to what it would have come to") {
  const auto subject = load("spsc.c");
  for (const std::string strategy : {"portfolio", "surw", "dfs", "odpor"}) {
    INFO(strategy);
    const std::uint64_t all = 3'000;
    const auto whole = campaign(*subject, strategy, all, "");
    const std::string path = progress_path("cut");
    REQUIRE(campaign(*subject, strategy, 150, path).end == sim::CampaignEnd::budget);
    const auto rest = campaign(*subject, strategy, all, path);
    CHECK(rest.executions == whole.executions);
    CHECK(rest.distinct == whole.distinct);
    CHECK(rest.redundant == whole.redundant);
    CHECK(rest.steps_median == whole.steps_median);
    CHECK(rest.end == whole.end);
  }
}

TEST_CASE("it may go on with other jobs") {
  const auto subject = load("spsc.c");
  const std::string path = progress_path("jobs");
  REQUIRE(campaign(*subject, "random", 5'000, path).executions == 5'000);
  const auto rest = campaign(*subject, "random", 20'000, path, 2);
  CHECK(rest.executions == 20'000);
  CHECK(rest.distinct == campaign(*subject, "random", 20'000, "").distinct);
}

TEST_CASE("the progress of another campaign is refused, and so is what is none") {
  const std::string path = progress_path("other");
  campaign(*load("spsc.c"), "random", 100, path);
  const auto other = sim::read_progress(path, "another");
  REQUIRE(!other.has_value());
  CHECK(other.error().front().message == "this is the progress of another campaign");
  std::ofstream(path) << "{}";
  CHECK(!sim::read_progress(path, "spsc random").has_value());
}
