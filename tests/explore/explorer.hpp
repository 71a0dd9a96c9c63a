#pragma once
// Explores a program of tests/explore in one call.

#include <memory>
#include <string>
#include <vector>

#include "sim/explore/campaign.hpp"
#include "sim/instrument/runtime.hpp"

namespace sim_test {

struct Exploration {
  std::unique_ptr<sim::Subject> subject;
  sim::CampaignResult result;
};

/// Loads kernels/NAME or programs/NAME (with its extension) and runs a campaign.
Exploration explore(const std::string& name, const std::string& strategy,
                    std::uint64_t executions = 20'000, std::vector<std::string> defines = {},
                    bool races = true, std::uint32_t jobs = 1, std::uint64_t seed = 1);

std::unique_ptr<sim::Subject> load(const std::string& name, std::vector<std::string> defines = {},
                                   bool races = true);

std::unique_ptr<sim::Subject> load_with(const std::string& name, const sim::RuntimeOptions& options,
                                        std::vector<std::string> defines = {});

/// A campaign with one job; a program that several are run of is compiled once.
sim::CampaignResult run(sim::Subject& subject, const std::string& strategy,
                        std::uint64_t executions);

/// The first property that a subject breaks; empty when none was.
std::string verdict_of(sim::Subject& subject, const std::string& strategy,
                       std::uint64_t executions);

/// The property that was broken first; empty when none was.
std::string verdict(const std::string& name, const std::string& strategy,
                    std::uint64_t executions = 20'000, std::vector<std::string> defines = {});

}  // namespace sim_test
