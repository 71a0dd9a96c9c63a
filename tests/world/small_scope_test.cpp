// A small scope of the queue, searched completely: three threads that add, make ready and fetch.
// One execution of each class is run, and none is begun in vain. Sleep sets alone come to the same
// number of classes another way, and a search without reduction, bounded by preemptions, to the
// same ends.

#include <catch2/catch.hpp>
#include <cstring>
#include <iostream>
#include <set>

#include "sim/engine/hash.hpp"
#include "sim/engine/sanitizers.hpp"
#include "sim/explore/campaign.hpp"
#include "sim/explored/explored.hpp"
#include "sim/machine/queue_file.hpp"
#include "sim/world/world_subject.hpp"

namespace {

namespace abi = kev::abi;

/// Which of the three threads run: the scenario's number of clients.
constexpr std::int64_t two_threads = 2;
constexpr std::int64_t all_threads = 3;
constexpr std::uint64_t no_limit = ~std::uint64_t{0};

class ThreeThreads final : public sim::ExploredRun {
 public:
  explicit ThreeThreads(const sim::ExploredOptions& options)
      : machine_(*options.picks, sim::explored_machine(options)),
        platform_(sim::platform_for(machine_, &options)),
        calls_(*platform_),
        threads_(options.scenario->workload.clients) {}
  ~ThreeThreads() override { machine_.kernel.shut_down(); }

  void explore() override {
    spawn("program", [this] { begin(); });
    machine_.kernel.run();
    const bool over = machine_.kernel.exploration().cut_short();
    if (over || !machine_.kernel.violations().empty()) return;
    if (!fetched_)
      machine_.kernel.violate("no_lost_wakeup", "events are ready, and who waits for them sleeps");
  }
  sim::Machine& machine() override { return machine_; }
  [[nodiscard]] std::uint64_t outcome() const override { return outcome_.value(); }

 private:
  void spawn(const char* name, std::function<void()> body) {
    machine_.kernel.spawn(name, sim::ContextKind::process, std::move(body));
  }
  long control(std::uint32_t command, std::uint32_t id, std::uint32_t flags) {
    abi::ukevent request{};
    request.id = {{id, 0}};
    request.type = abi::KEVENT_UNOTIFY;
    request.event = abi::KEVENT_MASK_ALL;
    request.req_flags = flags;
    const kev::UserAddress at = memory_ + id * 256;
    std::memcpy(machine_.user.at(at, sizeof request), &request, sizeof request);
    return calls_.kevent_ctl(queue_, command, 1, at);
  }

  void begin() {
    memory_ = machine_.user.map(1024);
    events_ = machine_.user.map(1024);
    queue_ = calls_.kevent_init();
    control(abi::KEVENT_CTL_ADD, 2, abi::KEVENT_REQ_ONESHOT);
    if (threads_ == all_threads)
      spawn("adder", [this] {
        added_ = control(abi::KEVENT_CTL_ADD, 1, abi::KEVENT_REQ_ONESHOT | abi::KEVENT_REQ_READY);
      });
    spawn("readier", [this] { readied_ = control(abi::KEVENT_CTL_READY, 2, 0); });
    spawn("fetcher", [this] {
      got_ = calls_.kevent_get_events(queue_, 1, 2, {std::int64_t{1} << 40, 0}, events_);
      fetched_ = true;
      for (long i = 0; i < got_; ++i) {
        std::uint32_t id = 0;
        const auto at = events_ + static_cast<kev::UserAddress>(i) * sizeof(abi::ukevent);
        std::memcpy(&id, machine_.user.at(at, sizeof id), sizeof id);
        outcome_.add(id);
      }
    });
  }

  sim::Machine machine_;
  std::unique_ptr<sim::SimPlatform> platform_;
  sim::QueueCalls calls_;
  std::int64_t threads_;
  kev::UserAddress memory_ = 0;
  kev::UserAddress events_ = 0;
  int queue_ = -1;
  long added_ = 0;
  long readied_ = 0;
  long got_ = 0;
  bool fetched_ = false;
  sim::Fingerprint outcome_;
};

std::unique_ptr<sim::ExploredRun> three_threads(const sim::ExploredOptions& options) {
  return std::make_unique<ThreeThreads>(options);
}

struct Search {
  std::uint64_t executions = 0;
  std::uint64_t redundant = 0;
  bool complete = false;
  std::string violation;
  std::set<std::uint64_t> outcomes;
};

Search search(std::int64_t threads, const std::string& strategy, std::uint64_t most) {
  sim::Scenario scenario;
  scenario.workload.clients = threads;
  sim::WorldSubject subject(scenario, "", &three_threads,
                            {sim::make_watch(), &sim::make_explored_platform});
  const auto strategies = sim::make_strategies(strategy);
  REQUIRE(strategies.has_value());
  sim::Strategy& one = *strategies->front();
  Search search;
  while (!one.exhausted() && search.executions < most) {
    one.begin(1);
    const sim::Execution& done = subject.run(one);
    if (done.violated()) search.violation = done.violation->property;
    one.end(sim::Learn::no);
    if (one.redundant()) {
      ++search.redundant;
      continue;
    }
    ++search.executions;
    search.outcomes.insert(subject.outcome());
  }
  search.complete = one.exhausted();
  return search;
}

/// Executions that must not have been begun. Where the code under test is not watched its atomic
/// accesses are no steps: what threads tell each other by them is not seen, and some are.
std::uint64_t begun_in_vain(const Search& search) {
  return sim::make_watch() != nullptr ? search.redundant : 0;
}

}  // namespace

TEST_CASE("adding, making ready and fetching are correct in every class of executions") {
  const Search all = search(all_threads, "odpor", no_limit);
  std::cout << "three threads on a queue: " << all.executions << " classes, " << all.outcomes.size()
            << " outcomes, " << all.redundant << " cut short\n";
  CHECK(all.complete);
  CHECK(begun_in_vain(all) == 0);
  CHECK(all.violation == "");
  // The fetcher sees either event, or both in either order.
  CHECK(all.outcomes.size() == 4);
}

TEST_CASE("sleep sets alone come to the same number of classes of two threads") {
  const Search reduced = search(two_threads, "odpor", no_limit);
  const Search by_sleep_sets = search(two_threads, "dfs", no_limit);
  CHECK(reduced.executions > 1);
  CHECK(begun_in_vain(reduced) == 0);
  CHECK(by_sleep_sets.complete);
  CHECK(by_sleep_sets.executions == reduced.executions);
}

// Most of it is cut short, two million executions: ctest -C nightly -L nightly runs it.
TEST_CASE("sleep sets alone come to the same number of classes of three threads", "[.nightly]") {
  const Search by_sleep_sets = search(all_threads, "dfs", no_limit);
  CHECK(by_sleep_sets.complete);
  CHECK(by_sleep_sets.executions == search(all_threads, "odpor", no_limit).executions);
}

TEST_CASE("a search without reduction comes to the same ends as one of each class") {
  for (const std::int64_t threads : {two_threads, all_threads}) {
    if (SIM_ADDRESS_SANITIZER && threads == all_threads) continue;  // a minute there
    const Search reduced = search(threads, "odpor", 1'000'000);
    const Search bounded = search(threads, "dfs:2", 1'000'000);
    INFO(threads << " threads, " << reduced.executions << " classes, " << bounded.executions
                 << " executions with two preemptions");
    CHECK(reduced.complete);
    CHECK(bounded.complete);
    CHECK(bounded.violation == "");
    CHECK(reduced.outcomes == bounded.outcomes);
  }
}
