#include "tools/explore_session.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "sim/explore/explain.hpp"
#include "sim/explore/lock_order_subject.hpp"
#include "sim/explore/shrink.hpp"
#include "sim/explored/explored.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/world/run.hpp"

#if KEVSIM_PROGRAMS
#include "sim/programs/program_subject.hpp"
#endif

namespace sim {

SilentStdout::SilentStdout() {
  std::fflush(stdout);
  kept_ = ::dup(STDOUT_FILENO);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(nowhere, STDOUT_FILENO);
  ::close(nowhere);
}

SilentStdout::~SilentStdout() {
  std::fflush(stdout);
  ::dup2(kept_, STDOUT_FILENO);
  ::close(kept_);
}

namespace {

kev::Result<std::unique_ptr<Subject>> load_program(const SubjectSource& source) {
#if KEVSIM_PROGRAMS
  RuntimeOptions options;
  options.races = source.races;
  options.step_limit = source.step_limit;
  options.plain_points = source.plain_points;
  options.spurious = source.spurious;
  auto program =
      Program::load({source.path, source.settings, source.compiler, source.folder}, options);
  if (!program) return tl::unexpected<kev::Errors>(program.error());
  return std::make_unique<ProgramSubject>(std::move(*program));
#else
  return kev::fail("a build with sanitizers cannot explore programs", {source.path, 0, 0},
                   "use a release or a debug build");
#endif
}

kev::Result<std::unique_ptr<Subject>> load_world(const SubjectSource& source) {
  const auto scenario = load_explored_scenario(source);
  if (!scenario) return tl::unexpected<kev::Errors>(scenario.error());
  const std::vector<std::string>& designs = scenario->workload.designs;
  WatchOptions options;
  options.races = source.races;
  options.plain_points = source.plain_points;
  return explored_scenario(*scenario, designs.empty() ? std::string() : designs.front(), options);
}

}  // namespace

kev::Result<Scenario> load_explored_scenario(const SubjectSource& source) {
  std::vector<Override> overrides;
  for (const std::string& setting : source.settings) overrides.push_back({setting, "--set"});
  auto scenario = load_scenario(source.path, catalog(), overrides);
  // A program of one queue has no designs, whatever the defaults name.
  if (scenario && scenario->workload.kind == queue_program_workload)
    scenario->workload.designs.clear();
  return scenario;
}

kev::Result<std::unique_ptr<Subject>> load_subject(const SubjectSource& source) {
  return source.kind == SubjectSource::Kind::program ? load_program(source) : load_world(source);
}

kev::Result<bool> shrink_finding(Subject& explored, Finding& finding, const std::string& folder,
                                 double seconds) {
  const SilentStdout silent;
  std::optional<LockOrderSubject> place;
  Subject& subject = judged_alone(explored, finding.property, finding.earlier, place);
  ShrinkOptions options;
  options.seconds = seconds;
  const std::vector<WorkloadPart> whole = subject.parts();
  const bool again = finding.shrunk_steps != 0;
  if (again) leave_out(subject, finding.left_out);
  Shrunk shrunk = shrink(subject, again ? finding.shrunk : finding.tape, finding.property, options);
  if (!shrunk.verified)
    return kev::fail("the finding does not fail again in the same way", {folder, 0, 0},
                     "has the compiler or the system changed?");
  const Explanation explanation = explain(subject, shrunk.tape, finding.property);
  finding.left_out = left_out(whole, shrunk.parts);
  finding.shrunk = std::move(shrunk.tape);
  finding.shrunk_steps = shrunk.steps;
  finding.message = explanation.message;
  finding.table = explanation.table;
  if (!explanation.conclusion.empty()) finding.table += "\n" + explanation.conclusion;
  return update_finding(finding, folder);
}

namespace {

std::string left_out_line(const Finding& finding) {
  const std::string parts = describe(finding.left_out);
  return parts.empty() ? parts : fmt::format("  {}\n", parts);
}

}  // namespace

std::string finding_text(const Finding& finding, const std::string& folder) {
  std::string text =
      fmt::format("VIOLATION  {}\n  {}\n  found by {} in execution {} of seed {}", finding.property,
                  finding.message, finding.strategy, finding.execution, finding.seed);
  if (!finding.table.empty())
    text += fmt::format("; {} -> {} steps, {} -> {} preemptions\n{}\n{}", finding.steps,
                        finding.shrunk_steps, preemptions(finding.tape),
                        preemptions(finding.shrunk), left_out_line(finding), finding.table);
  else
    text += "\n";
  if (!folder.empty()) text += fmt::format("\n  reproduce:  kevsim reproduce {}\n", folder);
  return text;
}

}  // namespace sim
