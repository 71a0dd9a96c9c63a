#pragma once
// A finding on disk: a folder that reproduces one failure. Written to a folder of another name
// first and renamed when it is complete, before anything else is done with the failure.
//
//   finding.json   property, message, program and defines or scenario and settings, seed,
//                  execution, strategy, options
//   tape.json      every choice, with the names of threads' steps and objects
//   shrunk.json    the same after shrinking
//   earlier.json   tapes of executions that must have been before it (lock_order_subject.hpp); only
//                  when there are any
//   trace.txt      the table of threads side by side
//   NAME           a copy of the program's or scenario's file, under its own name
//   README.md      what it is and how to see it again

#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "sim/explore/campaign.hpp"

namespace sim {

/// What was explored: enough to make the same subject again.
struct SubjectSource {
  enum class Kind : std::uint8_t { program, scenario };
  Kind kind = Kind::program;
  std::string path;
  std::vector<std::string> settings;  ///< NAME=VALUE: macros of a program, fields of a scenario
  std::string compiler;               ///< of a program; empty: by the file's name
  bool races = true;                  ///< data races are watched
  std::uint32_t step_limit = 0;
  bool plain_points = false;  ///< plain accesses of a program are steps
  bool spurious = false;      ///< waits of a program may end by themselves
  std::string folder = {};    ///< of a program's own headers, if not beside it
};

/// A part of the workload that the shrunk execution has less of.
struct LeftOut {
  std::string name;  ///< as the subject calls the part
  std::int64_t whole = 0;
  std::int64_t value = 0;
};

struct Finding {
  std::string property;
  std::string message;
  SubjectSource source;
  std::uint64_t seed = 0;
  std::uint64_t execution = 0;
  std::string strategy;  ///< what found it, perhaps as part of a portfolio
  std::string campaign;  ///< the strategy that was asked for
  std::uint64_t fingerprint = 0;
  std::uint32_t steps = 0;
  Tape tape;
  std::vector<Tape> earlier;  ///< executions that must have been before it
  Tape shrunk;                ///< empty: not shrunk yet
  std::uint32_t shrunk_steps = 0;
  std::vector<LeftOut> left_out;  ///< of the shrunk execution's workload
  std::string table;              ///< the shrunk execution, threads side by side
  std::string version;
};

/// "property-seed-execution"
[[nodiscard]] std::string folder_name(const Finding& finding);

/// Writes the finding below `parent`; the folder's path. An older one of the same program or
/// scenario is replaced; where the name is that of another's, a number is added.
[[nodiscard]] kev::Result<std::string> write_finding(const Finding& finding,
                                                     const std::string& parent);
/// Adds what shrinking found; again whole files at a time.
[[nodiscard]] kev::Result<bool> update_finding(const Finding& finding, const std::string& folder);
[[nodiscard]] kev::Result<Finding> read_finding(const std::string& folder);

/// What there is less of with these values than in the whole workload.
[[nodiscard]] std::vector<LeftOut> left_out(const std::vector<WorkloadPart>& whole,
                                            const std::vector<std::int64_t>& values);
/// The subject has from now on as much as the shrunk execution has.
void leave_out(Subject& subject, const std::vector<LeftOut>& parts);
/// "without P 2: ready unotify 1; workload.clients 4 -> 1"; empty: nothing was left out.
[[nodiscard]] std::string describe(const std::vector<LeftOut>& parts);

}  // namespace sim
