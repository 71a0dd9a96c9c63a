#pragma once
// A campaign: many executions of one subject under one strategy, until the budget is spent, the
// space is complete, or something is found.
//
// Invariants: execution i depends on (seed, i), and for strategies that learn or search on what
// came before it in an order that does not depend on the number of jobs: learning happens in blocks
// of executions that one process runs, searches run in that process alone.
// One execution in twenty is run twice; a fingerprint that differs ends the campaign: the program
// does something that is not controlled.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "sim/explore/subject.hpp"
#include "sim/explore/tally.hpp"
#include "sim/explore/tape.hpp"
#include "sim/schedule/strategies.hpp"

namespace sim {

struct CampaignOptions {
  std::string strategy = "portfolio";
  std::uint64_t seed = 1;
  std::uint64_t executions = 10'000;
  double seconds = 0;  ///< 0: no limit
  std::uint32_t jobs = 1;
  bool keep_going = false;  ///< look for other properties after the first finding
  const std::atomic<bool>* interrupted = nullptr;
  std::string progress_file;  ///< kept up to date, and gone on from; empty: none
  std::string identity;       ///< what the progress is of, in words
  std::int64_t save_every_ms = 1'000;
};

/// The first execution that broke a property.
struct Hit {
  std::string property;
  std::string message;
  std::uint64_t execution = 0;
  std::string strategy;
  Tape tape;
  /// Executions that must have been before it; of lock orders only (lock_order_subject.hpp).
  std::vector<Tape> earlier;
  std::uint64_t fingerprint = 0;
  std::uint32_t steps = 0;
};

/// `complete`: every class of executions was run; `bounded`: all within the strategy's bound.
enum class CampaignEnd : std::uint8_t { budget, complete, bounded, found, diverged, interrupted };

struct CampaignResult {
  CampaignEnd end = CampaignEnd::budget;
  std::uint64_t executions = 0;
  std::uint64_t redundant = 0;  ///< cut short, because they repeat others
  std::uint64_t distinct = 0;
  std::uint32_t steps_median = 0;
  double seconds = 0;
  std::vector<Hit> hits;
  std::string divergence;
};

/// `on_hit` is told each finding at once, before anything else is done with it; who goes on from
/// a file is told again what had been found.
/// Errors: no such strategy; a progress file that is of another campaign, or cannot be written.
[[nodiscard]] kev::Result<CampaignResult> run_campaign(
    Subject& subject, const CampaignOptions& options,
    const std::function<void(const Hit&)>& on_hit = nullptr);

}  // namespace sim
