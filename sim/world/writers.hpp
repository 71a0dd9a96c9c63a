#pragma once
// Processes that write to files while the server serves clients: one for each [[writer]].
//
// They begin with the clients and end when the last answer has come; then what they wrote goes to
// the disk in its own time. A writer that is held up does not make up for it.

#include <cstdint>
#include <memory>
#include <vector>

#include "model/base/result.hpp"
#include "sim/machine/sim_platform.hpp"
#include "sim/report/summary.hpp"
#include "sim/scenario/scenario.hpp"

namespace sim {

class Writers {
 public:
  /// Requires: the files that are served exist, and no others.
  Writers(SimPlatform& platform, const Scenario& scenario);
  ~Writers();
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;

  /// Makes their files, behind those that are served. Errors: they do not fit the disk.
  kev::Result<bool> make_files();
  void start();
  /// Their figures so far; they write no more.
  WriterSummary stop();

 private:
  class Writer;

  SimPlatform& platform_;
  std::size_t served_;  ///< files that are
  std::vector<std::unique_ptr<Writer>> writers_;
  kev::Instant begin_;
  bool stopped_ = false;
};

}  // namespace sim
