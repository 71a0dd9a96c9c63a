#pragma once
// What explore, reproduce and shrink have in common: loading the program or the scenario, and
// keeping what it prints away from the report.

#include <memory>
#include <string>

#include "model/base/result.hpp"
#include "sim/explore/finding.hpp"
#include "sim/explore/subject.hpp"
#include "sim/scenario/scenario.hpp"
#include "tools/console.hpp"

namespace sim {

/// While it lives, what is written to stdout goes nowhere.
class SilentStdout {
 public:
  SilentStdout();
  ~SilentStdout();
  SilentStdout(const SilentStdout&) = delete;
  SilentStdout& operator=(const SilentStdout&) = delete;

 private:
  int kept_;
};

/// The scenario with its settings.
[[nodiscard]] kev::Result<Scenario> load_explored_scenario(const SubjectSource& source);

/// Ready to run, as it ran when it was explored first.
[[nodiscard]] kev::Result<std::unique_ptr<Subject>> load_subject(const SubjectSource& source);

/// Shrinks the finding and explains what is left; the folder is brought up to date.
[[nodiscard]] kev::Result<bool> shrink_finding(Subject& explored, Finding& finding,
                                               const std::string& folder, double seconds);

/// What people read about a finding.
[[nodiscard]] std::string finding_text(const Finding& finding, const std::string& folder);

}  // namespace sim
