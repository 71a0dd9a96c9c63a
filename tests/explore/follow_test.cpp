// Tapes are followed by names when the program has been edited; campaigns go on from disk.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "sim/explore/finding.hpp"
#include "sim/explore/follow.hpp"
#include "sim/explore/progress.hpp"
#include "sim/explore/replay.hpp"
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

/// Its folder.
std::string finding_of(const sim::Hit& hit) {
  sim::Finding finding;
  finding.property = hit.property;
  finding.execution = hit.execution;
  finding.seed = 1;
  finding.fingerprint = hit.fingerprint;
  finding.tape = hit.tape;
  finding.source.path = std::string(KEVSIM_SOURCE_DIR) + "/tests/explore/programs/edited.c";
  const auto folder = sim::write_finding(finding, std::string(KEVSIM_BINARY_DIR) + "/follow_test");
  REQUIRE(folder.has_value());
  return *folder;
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

TEST_CASE("replay begins with the finding's execution, and goes on near it") {
  const sim::Hit hit = explore("edited.c", "random").result.hits.front();
  const std::string folder = finding_of(hit);
  const auto again = explore("edited.c", "replay:" + folder).result;
  REQUIRE(again.hits.size() == 1);
  CHECK(again.hits.front().execution == 0);
  CHECK(again.hits.front().fingerprint == hit.fingerprint);
  CHECK(again.hits.front().strategy == "replay");

  const auto longer = explore("edited.c", "replay:" + folder, 1, {"EDITED"}).result;
  CHECK(longer.hits.size() == 1);
  CHECK(!follow(hit.tape, {"MENDED"}).fails);
  const auto mended = explore("edited.c", "replay:" + folder, 1'000, {"MENDED"}).result;
  CHECK(mended.hits.size() == 1);
}

TEST_CASE("replay varies what comes after any beginning of the tape") {
  const std::string folder = finding_of(explore("edited.c", "random").result.hits.front());
  const auto subject = load("edited.c", {"MENDED"});
  auto parts = sim::strategies_for("replay:" + folder, *subject);
  REQUIRE(parts.has_value());
  REQUIRE(parts->size() == 2);
  std::set<std::uint64_t> whole;
  std::set<std::uint64_t> part;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    for (auto* fingerprints : {&whole, &part}) {
      sim::Strategy& strategy = *(*parts)[fingerprints == &whole ? 0 : 1];
      strategy.begin(seed);
      fingerprints->insert(subject->run(strategy).fingerprint);
    }
  }
  CHECK(whole.size() == 1);
  CHECK(part.size() > 10);
  CHECK(part.count(*whole.begin()) == 1);
}

TEST_CASE("findings of other programs are not replaced") {
  const sim::Hit hit = explore("edited.c", "random").result.hits.front();
  sim::Finding finding;
  finding.property = hit.property;
  finding.tape = hit.tape;
  const std::string parent = std::string(KEVSIM_BINARY_DIR) + "/follow_test/side";
  std::filesystem::remove_all(parent);
  const std::string programs = std::string(KEVSIM_SOURCE_DIR) + "/tests/explore/programs/";
  std::set<std::string> folders;
  for (const char* program : {"edited.c", "leak.c", "edited.c"}) {
    finding.source.path = programs + program;
    const auto folder = sim::write_finding(finding, parent);
    REQUIRE(folder.has_value());
    folders.insert(*folder);
    CHECK(sim::read_finding(*folder)->source.path == *folder + "/" + program);
  }
  CHECK(folders.size() == 2);
}

TEST_CASE("replay needs a finding") {
  const auto subject = load("spsc.c");
  const auto none = sim::strategies_for("replay:" + progress_path("none"), *subject);
  REQUIRE(!none.has_value());
  CHECK(none.error().front().message.find("not a finding") != std::string::npos);
  const auto nameless = sim::strategies_for("replay", *subject);
  REQUIRE(!nameless.has_value());
  CHECK(nameless.error().front().hint.find("replay:FOLDER") != std::string::npos);
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
