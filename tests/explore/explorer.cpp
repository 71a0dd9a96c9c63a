#include "tests/explore/explorer.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "sim/programs/program_subject.hpp"

namespace sim_test {

std::unique_ptr<sim::Subject> load(const std::string& name, std::vector<std::string> defines,
                                   bool races) {
  sim::RuntimeOptions options;
  options.races = races;
  return load_with(name, options, std::move(defines));
}

std::unique_ptr<sim::Subject> load_with(const std::string& name, const sim::RuntimeOptions& options,
                                        std::vector<std::string> defines) {
  const std::string folder = std::string(KEVSIM_SOURCE_DIR) + "/tests/explore/";
  std::string path = folder + "kernels/" + name;
  if (!std::filesystem::exists(path)) path = folder + "programs/" + name;
  if (!std::filesystem::exists(path)) path = folder + "spaces/" + name;
  auto program = sim::Program::load({path, std::move(defines), {}}, options);
  if (!program) FAIL(program.error().front().message);
  return std::make_unique<sim::ProgramSubject>(std::move(*program));
}

sim::CampaignResult run(sim::Subject& subject, const std::string& strategy,
                        std::uint64_t executions) {
  sim::CampaignOptions options;
  options.strategy = strategy;
  options.executions = executions;
  auto result = sim::run_campaign(subject, options);
  REQUIRE(result.has_value());
  return std::move(*result);
}

std::string verdict_of(sim::Subject& subject, const std::string& strategy,
                       std::uint64_t executions) {
  const sim::CampaignResult result = run(subject, strategy, executions);
  return result.hits.empty() ? "" : result.hits.front().property;
}

Exploration explore(const std::string& name, const std::string& strategy, std::uint64_t executions,
                    std::vector<std::string> defines, bool races, std::uint32_t jobs,
                    std::uint64_t seed) {
  Exploration exploration;
  exploration.subject = load(name, std::move(defines), races);
  sim::CampaignOptions options;
  options.strategy = strategy;
  options.executions = executions;
  options.jobs = jobs;
  options.seed = seed;
  auto result = sim::run_campaign(*exploration.subject, options);
  REQUIRE(result.has_value());
  exploration.result = std::move(*result);
  return exploration;
}

std::string verdict(const std::string& name, const std::string& strategy, std::uint64_t executions,
                    std::vector<std::string> defines) {
  const Exploration done = explore(name, strategy, executions, std::move(defines));
  return done.result.hits.empty() ? "" : done.result.hits.front().property;
}

}  // namespace sim_test
