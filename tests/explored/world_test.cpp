// Worlds whose code is watched: they are put back for each execution with what that code has made,
// its atomic accesses are steps that searches understand, and its data races are findings that come
// back, shrink and are explained.

#include <catch2/catch.hpp>
#include <set>

#include "sim/explore/campaign.hpp"
#include "sim/explore/explain.hpp"
#include "sim/explore/shrink.hpp"
#include "sim/explored/explored.hpp"
#include "sim/world/world_subject.hpp"
#include "tests/explored/shared_work.hpp"

namespace {

/// What each of two threads does; the design names it.
struct Story {
  std::string_view name;
  void (*first)(test::SharedWork& work);
  void (*second)(test::SharedWork& work);
  std::uint32_t (*sum)(test::SharedWork& work);
};

std::uint32_t plain_sum(test::SharedWork& work) {
  return static_cast<std::uint32_t>(work.sum());
}
std::uint32_t atomic_sum(test::SharedWork& work) {
  return work.atomic_sum();
}

const Story stories[] = {
    {"locked", [](test::SharedWork& work) { work.add_locked(); },
     [](test::SharedWork& work) { work.add_locked(); }, plain_sum},
    {"half locked", [](test::SharedWork& work) { work.add_locked(); },
     [](test::SharedWork& work) { work.add(); }, plain_sum},
    {"plain", [](test::SharedWork& work) { work.add(); },
     [](test::SharedWork& work) { work.add(); }, plain_sum},
    {"two steps", [](test::SharedWork& work) { work.add_in_two_steps(); },
     [](test::SharedWork& work) { work.add_in_two_steps(); }, atomic_sum},
    {"one step", [](test::SharedWork& work) { work.add_atomically(); },
     [](test::SharedWork& work) { work.add_atomically(); }, atomic_sum},
    {"too early", [](test::SharedWork& work) { work.replace_after_grace_period(); },
     [](test::SharedWork& work) { work.read_object_unasked(); }, atomic_sum},
};

class TwoThreads final : public sim::ExploredRun {
 public:
  explicit TwoThreads(const sim::ExploredOptions& options)
      : machine_(*options.picks, sim::explored_machine(options)),
        platform_(sim::platform_for(machine_, &options)),
        work_(test::make_shared_work(*platform_)) {
    for (const Story& story : stories)
      if (story.name == options.design) story_ = &story;
  }
  ~TwoThreads() override { machine_.kernel.shut_down(); }

  void explore() override {
    spawn("first", [this] { story_->first(*work_); });
    spawn("second", [this] { story_->second(*work_); });
    machine_.kernel.run();
    sum_ = story_->sum(*work_);
  }
  sim::Machine& machine() override { return machine_; }
  [[nodiscard]] std::uint64_t outcome() const override { return sum_; }

 private:
  void spawn(const char* name, std::function<void()> body) {
    machine_.kernel.spawn(name, sim::ContextKind::process, std::move(body));
  }

  sim::Machine machine_;
  std::unique_ptr<sim::SimPlatform> platform_;
  std::unique_ptr<test::SharedWork> work_;
  const Story* story_ = nullptr;
  std::uint32_t sum_ = 0;
};

std::unique_ptr<sim::ExploredRun> two_threads(const sim::ExploredOptions& options) {
  return std::make_unique<TwoThreads>(options);
}

std::unique_ptr<sim::WorldSubject> subject(const std::string& story,
                                           const sim::WatchOptions& options = {}) {
  return std::make_unique<sim::WorldSubject>(
      sim::Scenario(), story, &two_threads,
      sim::WatchedCode{sim::make_watch(options), &sim::make_explored_platform});
}

struct Search {
  std::uint64_t executions = 0;
  std::set<std::uint64_t> fingerprints;
  std::set<std::uint64_t> sums;
  std::set<std::string> broken;
};

/// Every execution that the strategy has.
Search search(const std::string& story, const std::string& strategy,
              const sim::WatchOptions& options = {}) {
  const auto explored = subject(story, options);
  const auto strategies = sim::make_strategies(strategy);
  sim::Strategy& one = *strategies->front();
  Search search;
  while (!one.exhausted()) {
    one.begin(1);
    const sim::Execution& done = explored->run(one);
    one.end(sim::Learn::no);
    if (one.redundant()) continue;
    ++search.executions;
    search.fingerprints.insert(done.fingerprint);
    search.sums.insert(explored->outcome());
    if (done.violated()) search.broken.insert(done.violation->property);
  }
  return search;
}

const sim::WatchOptions without_races{false, false};
const sim::WatchOptions plain_points{false, true};

}  // namespace

TEST_CASE("what the code under test has made is put back for each execution") {
  const auto explored = subject("locked");
  const auto strategies = sim::make_strategies("random");
  sim::Strategy& random = *strategies->front();
  std::set<std::uint64_t> different;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    random.begin(seed);
    different.insert(explored->run(random).fingerprint);
    REQUIRE_FALSE(explored->last().violated());
    REQUIRE(explored->outcome() == 2);
  }
  CHECK(different.size() > 1);
}

TEST_CASE("atomic accesses are steps that exhaustive searches tell apart") {
  const Search two = search("two steps", "odpor");
  CHECK(two.sums == std::set<std::uint64_t>{1, 2});
  // Each before the other's store, or after it; and which store is the last.
  CHECK(two.executions == 4);
  CHECK(two.fingerprints.size() == two.executions);
  CHECK(search("two steps", "dfs").executions == two.executions);
  const Search one = search("one step", "odpor");
  CHECK(one.sums == std::set<std::uint64_t>{2});
  CHECK(one.executions == 2);
  CHECK(search("one step", "dfs").executions == one.executions);
}

TEST_CASE("with points at plain accesses, a search sees what a data race does") {
  CHECK(search("plain", "odpor", without_races).sums == std::set<std::uint64_t>{2});
  const Search all = search("plain", "odpor", plain_points);
  CHECK(all.sums == std::set<std::uint64_t>{1, 2});
  CHECK(all.executions == 4);
  CHECK(search("plain", "dfs", plain_points).executions == all.executions);
}

TEST_CASE("a data race is a finding that comes back, shrinks and is told with both stacks") {
  const auto explored = subject("half locked");
  sim::CampaignOptions options;
  options.strategy = "portfolio";
  options.executions = 100;
  const auto result = sim::run_campaign(*explored, options);
  REQUIRE(result.has_value());
  REQUIRE(result->hits.size() == 1);
  const sim::Hit& hit = result->hits.front();
  CHECK(hit.property == "data_race");
  CHECK(hit.message.find("(Work::add_locked)") != std::string::npos);
  CHECK(hit.message.find("(Work::add)") != std::string::npos);

  sim::TapeStrategy strategy(hit.tape);
  for (int i = 0; i < 100; ++i) {
    strategy.begin(0);
    REQUIRE(explored->run(strategy).fingerprint == hit.fingerprint);
    REQUIRE(explored->last().violated());
    REQUIRE(explored->last().violation->message == hit.message);
  }
  const sim::Shrunk shrunk = sim::shrink(*explored, hit.tape, hit.property, {1e9, 20'000});
  CHECK(shrunk.verified);
  CHECK(sim::preemptions(shrunk.tape) == 0);
  const sim::Explanation explanation = sim::explain(*explored, shrunk.tape, hit.property);
  INFO(explanation.table);
  CHECK(explanation.table.find("lock shared work") != std::string::npos);
}

TEST_CASE("a null pointer is a finding, not the end of the process") {
  for (const sim::WatchOptions& options : {sim::WatchOptions(), without_races}) {
    const Search all = search("too early", "odpor", options);
    CHECK(all.broken == std::set<std::string>{"null_pointer"});
    CHECK(all.executions == 2);
    CHECK(all.sums == std::set<std::uint64_t>{0, 7});
  }
  const auto explored = subject("too early");
  sim::CampaignOptions options;
  options.executions = 100;
  const auto result = sim::run_campaign(*explored, options);
  REQUIRE(result.has_value());
  REQUIRE(result->hits.size() == 1);
  const sim::Hit& hit = result->hits.front();
  INFO(hit.message);
  CHECK(hit.message.find("second reads what lies ") == 0);
  CHECK(hit.message.find("(Work::read_object_unasked)") != std::string::npos);
  CHECK(sim::shrink(*explored, hit.tape, hit.property, {1e9, 20'000}).verified);
}

TEST_CASE("steps are told with what is written where they are") {
  const auto explored = subject("two steps");
  const sim::Tape plain;
  const std::string table = sim::explain(*explored, plain, "data_race").table;
  INFO(table);
  CHECK(table.find("  atomic_.store(atomic_.load(") != std::string::npos);
}

TEST_CASE("whoever does not ask for data races is not told of them") {
  const Search all = search("half locked", "odpor", without_races);
  CHECK(all.broken.empty());
  CHECK(search("half locked", "odpor").broken == std::set<std::string>{"data_race"});
}
