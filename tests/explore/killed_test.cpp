// A campaign that is killed, by the signal that nobody can catch, leaves on disk what it has found
// and how far it has come; who goes on comes to what it would have come to.

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "sim/explore/finding.hpp"
#include "sim/explore/progress.hpp"
#include "tests/explore/explorer.hpp"

namespace {

namespace fs = std::filesystem;

/// Kills its process instead of running one more execution.
class Killed final : public sim::Subject {
 public:
  Killed(sim::Subject& subject, std::uint64_t executions) : subject_(subject), left_(executions) {}
  [[nodiscard]] std::string thread_name(std::uint32_t thread) const override {
    return subject_.thread_name(thread);
  }
  [[nodiscard]] std::string object_name(std::uint32_t object) const override {
    return subject_.object_name(object);
  }
  [[nodiscard]] std::uint32_t step_limit() const override { return subject_.step_limit(); }

 private:
  void execute(sim::Strategy& strategy, sim::Execution& execution) override {
    if (left_-- == 0) std::raise(SIGKILL);
    execution = subject_.run(strategy);
  }
  std::vector<sim::ShownStep> execute_traced(sim::Strategy& strategy,
                                             sim::Execution& execution) override {
    auto steps = subject_.trace(strategy);
    execution = subject_.last();
    return steps;
  }

  sim::Subject& subject_;
  std::uint64_t left_;
};

struct Kept {
  std::string folder;
  sim::CampaignOptions options;

  Kept(const std::string& name, const std::string& strategy, std::uint32_t jobs)
      // Other tests of this file may run at the same time.
      : folder(std::string(KEVSIM_BINARY_DIR) + "/explore_test/" + name + "-" + strategy + "-" +
               std::to_string(jobs)) {
    fs::remove_all(folder);
    options.strategy = strategy;
    options.executions = 6'000;
    options.jobs = jobs;
    options.keep_going = true;
    options.progress_file = folder + "/progress.json";
    options.identity = name;
    options.save_every_ms = 0;
  }

  sim::CampaignResult run(sim::Subject& subject) const {
    const auto keep = [&](const sim::Hit& hit) {
      sim::Finding finding;
      finding.property = hit.property;
      finding.source.path = std::string(KEVSIM_SOURCE_DIR) + "/tests/explore/kernels/abba.c";
      finding.execution = hit.execution;
      finding.fingerprint = hit.fingerprint;
      finding.tape = hit.tape;
      if (!sim::write_finding(finding, folder)) ::_exit(1);
    };
    auto result = sim::run_campaign(subject, options, keep);
    REQUIRE(result.has_value());
    return std::move(*result);
  }

  /// In a process of its own. The signal that ended it.
  [[nodiscard]] int run_killed(sim::Subject& subject, std::uint64_t executions) const {
    const pid_t child = ::fork();
    if (child == 0) {
      Killed killed(subject, executions);
      run(killed);
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }
};

void check_goes_on(const std::string& strategy, std::uint32_t jobs) {
  INFO(strategy << " " << jobs);
  const auto subject = sim_test::load("abba.c");
  const sim::CampaignResult whole = Kept("whole", strategy, jobs).run(*subject);
  REQUIRE(whole.hits.size() == 1);

  const Kept kept("killed", strategy, jobs);
  // With two jobs the process itself runs half.
  REQUIRE(kept.run_killed(*subject, jobs == 1 ? 3'500 : 2'000) == SIGKILL);
  const auto progress = sim::read_progress(kept.options.progress_file, "killed");
  REQUIRE(progress.has_value());
  CHECK(progress->next > 384);
  CHECK(progress->next < kept.options.executions);
  REQUIRE(progress->hits.size() == 1);
  CHECK(progress->hits.front() == whole.hits.front().execution);
  const auto finding =
      sim::read_finding(kept.folder + "/deadlock-0-" + std::to_string(progress->hits.front()));
  REQUIRE(finding.has_value());
  CHECK(finding->fingerprint == whole.hits.front().fingerprint);

  const sim::CampaignResult rest = kept.run(*subject);
  CHECK(rest.executions == whole.executions);
  CHECK(rest.distinct == whole.distinct);
  CHECK(rest.steps_median == whole.steps_median);
  REQUIRE(rest.hits.size() == 1);
  CHECK(rest.hits.front().execution == whole.hits.front().execution);
}

}  // namespace

TEST_CASE("a campaign that is killed goes on from what is on disk") {
  check_goes_on("random", 1);
  check_goes_on("portfolio", 1);
}

TEST_CASE("a campaign of two jobs that is killed goes on from what is on disk") {
  check_goes_on("random", 2);
}
