#pragma once
// How far a campaign has come, on disk, so that it can go on after the process was killed. The file
// is written to another name first and renamed when it is whole: at any moment there is an old one
// or a new one.
//
// What strategies have learned and where searches stand is not in it: who goes on runs the
// executions that strategies learn from, and those of searches, again, and skips the others.
//
// Errors: a file that cannot be read or written, or that is of another campaign.

#include <cstdint>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "sim/explore/tally.hpp"

namespace sim {

struct Progress {
  std::string campaign;    ///< what it is of: subject, strategy, seed, version
  std::uint64_t next = 0;  ///< the execution to go on with
  std::uint64_t redundant = 0;
  std::vector<std::uint64_t> hits;    ///< executions that broke a property first
  std::vector<std::uint64_t> orders;  ///< executions that took locks in an order new until then
  Tally tally;
};

[[nodiscard]] kev::Result<bool> write_progress(const Progress& progress, const std::string& path);
/// Of that campaign; a file that is not there is a campaign's beginning.
[[nodiscard]] kev::Result<Progress> read_progress(const std::string& path,
                                                  const std::string& campaign);

}  // namespace sim
