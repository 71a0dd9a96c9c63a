// What happens by itself - the next event, the end of a grace period - comes after what made it
// possible: odpor begins no execution in which it would have to come before.

#include <catch2/catch.hpp>

#include "sim/kernel/rcu.hpp"
#include "sim/kernel/timer.hpp"
#include "sim/schedule/strategies.hpp"
#include "sim/world/world_subject.hpp"

namespace {

/// What the threads do; the design names it.
class Story final : public sim::ExploredRun {
 public:
  explicit Story(const sim::ExploredOptions& options)
      : machine_(*options.picks, sim::explored_machine(options)), name_(options.design) {}
  ~Story() override { machine_.kernel.shut_down(); }

  void explore() override {
    if (name_ == "timer") {
      spawn([this] { timer_.start_after(kev::Duration(1000)); });
      spawn([this] { touch(); });
    } else {
      spawn([this] { read(); });
      spawn([this] { read(); });
      spawn([this] { machine_.rcu.call(node_, [](sim::RcuNode&) {}); });
    }
    machine_.kernel.run();
  }
  sim::Machine& machine() override { return machine_; }
  [[nodiscard]] std::uint64_t outcome() const override { return 0; }

 private:
  void spawn(std::function<void()> body) {
    machine_.kernel.spawn("thread", sim::ContextKind::process, std::move(body));
  }
  void touch() { machine_.kernel.point({"touch", 1}); }
  void read() { const sim::RcuReadGuard guard(machine_.rcu); }

  sim::Machine machine_;
  std::string name_;
  sim::RcuNode node_;
  sim::HrTimer timer_{machine_.kernel, "timer", [](void*) {}, nullptr};
};

std::unique_ptr<sim::ExploredRun> story(const sim::ExploredOptions& options) {
  return std::make_unique<Story>(options);
}

struct Search {
  std::uint64_t executions = 0;
  std::uint64_t redundant = 0;
};

Search search(const std::string& name, const std::string& strategy) {
  sim::WorldSubject subject(sim::Scenario(), name, &story, {});
  const auto strategies = sim::make_strategies(strategy);
  sim::Strategy& one = *strategies->front();
  Search search;
  while (!one.exhausted()) {
    one.begin(1);
    REQUIRE_FALSE(subject.run(one).violated());
    one.end(sim::Learn::no);
    ++(one.redundant() ? search.redundant : search.executions);
  }
  return search;
}

}  // namespace

TEST_CASE("odpor begins no execution in which something happens before it can") {
  for (const std::string name : {"timer", "readers"}) {
    const Search reduced = search(name, "odpor");
    INFO(name << ": " << reduced.executions << " executions");
    CHECK(reduced.executions > 1);
    CHECK(reduced.redundant == 0);
    CHECK(search(name, "dfs").executions == reduced.executions);
  }
}
