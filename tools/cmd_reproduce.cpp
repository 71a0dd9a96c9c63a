#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/explore/explain.hpp"
#include "sim/explore/follow.hpp"
#include "sim/explore/lock_order_subject.hpp"
#include "sim/schedule/strategies.hpp"
#include "tools/commands.hpp"
#include "tools/explore_session.hpp"

namespace sim {

namespace {

using Json = nlohmann::ordered_json;

/// How often a random continuation is tried.
constexpr std::uint64_t continuations_max = 10'000;

struct Reproduced {
  bool same = false;                ///< the property is broken again
  bool exact = false;               ///< in the very same execution
  std::string divergence;           ///< the first; empty: none
  std::uint64_t continuations = 0;  ///< how many it took
  Explanation explanation;
};

bool broken_again(const Subject& subject, const Finding& finding) {
  return subject.last().violated() && subject.last().violation->property == finding.property;
}

/// Follows the tape by names, as the program differs from the one that was explored; what it came
/// to is the subject's last execution.
void follow(Subject& subject, const Finding& finding, const std::string& then, Reproduced& result) {
  FollowStrategy alone(finding.tape, subject, nullptr);
  alone.begin(finding.seed);
  subject.run(alone);
  if (alone.diverged()) result.divergence = describe_entry(finding.tape, *alone.diverged());
  result.same = broken_again(subject, finding);
  if (result.same || then.empty()) return;
  const auto strategies = make_strategies(then);
  if (!strategies) return;
  FollowStrategy onwards(finding.tape, subject, strategies->front().get());
  while (!result.same && result.continuations < continuations_max) {
    onwards.begin(derive_seed(finding.seed, result.continuations++));
    subject.run(onwards);
    result.same = broken_again(subject, finding);
  }
}

Reproduced run_again(Subject& explored, const Finding& finding,
                     const ReproduceArguments& arguments) {
  const SilentStdout silent;
  std::optional<LockOrderSubject> place;
  Subject& subject = judged_alone(explored, finding.property, finding.earlier, place);
  Reproduced result;
  TapeStrategy strategy(finding.tape);
  strategy.begin(finding.seed);
  subject.run(strategy);
  result.same = broken_again(subject, finding);
  result.exact = result.same && subject.last().fingerprint == finding.fingerprint;
  if (!result.exact) follow(subject, finding, arguments.then, result);
  const bool shrunk = result.exact && finding.shrunk_steps != 0;
  const Tape shown = shrunk ? finding.shrunk : tape_of(subject);
  if (shrunk) leave_out(subject, finding.left_out);
  subject.stop_after(arguments.break_at);
  result.explanation = explain(subject, shown, finding.property, arguments.to);
  return result;
}

std::string text_of(const Finding& finding, const Reproduced& again) {
  std::string text = again.explanation.table;
  if (!again.explanation.conclusion.empty()) text += "\n" + again.explanation.conclusion;
  if (again.same)
    text +=
        fmt::format("\nVIOLATION  {}\n  {}\n  {}\n", finding.property, again.explanation.message,
                    again.exact ? "the same execution as the one that was found"
                                : "the same property, in an execution that differs");
  else
    text += fmt::format("\n{} was not broken this time\n", finding.property);
  if (!again.divergence.empty())
    text += fmt::format("  first divergence at {}\n", again.divergence);
  if (again.continuations > 0)
    text += fmt::format("  {} random continuation{}\n", again.continuations,
                        again.continuations == 1 ? "" : "s");
  return text;
}

/// Whether a debugger has the process.
bool is_debugged() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("TracerPid:")) return line.find_first_of("123456789") != std::string::npos;
  return false;
}

}  // namespace

ExitCode reproduce_command(const ReproduceArguments& arguments) {
  const Console console(arguments.output);
  kev::Result<Finding> finding = read_finding(arguments.finding);
  if (finding && arguments.break_at != 0 && !is_debugged())
    finding = kev::fail("--break-at stops for a debugger, and there is none", {},
                        fmt::format("gdb --args kevsim reproduce {} --break-at {}",
                                    arguments.finding, arguments.break_at));
  if (!finding) {
    console.print_errors(finding.error());
    return ExitCode::bad_usage;
  }
  if (!arguments.program.empty()) finding->source.path = arguments.program;
  if (!console.json()) console.print(fmt::format("seed {}\n", finding->seed));
  auto subject = load_subject(finding->source);
  if (!subject) {
    console.print_errors(subject.error());
    return ExitCode::bad_usage;
  }
  const Reproduced again = run_again(**subject, *finding, arguments);
  if (console.json()) {
    const Json json = {{"seed", finding->seed},
                       {"property", finding->property},
                       {"reproduced", again.same},
                       {"exact", again.exact},
                       {"divergence", again.divergence},
                       {"continuations", again.continuations},
                       {"message", again.explanation.message}};
    console.print(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  } else {
    console.print(text_of(*finding, again));
  }
  return again.exact ? ExitCode::violated : again.same ? ExitCode::violated : ExitCode::divergence;
}

ExitCode shrink_command(const ShrinkArguments& arguments) {
  const Console console(arguments.output);
  const kev::Result<Finding> read = read_finding(arguments.finding);
  if (!read) {
    console.print_errors(read.error());
    return ExitCode::bad_usage;
  }
  Finding finding = *read;
  if (!console.json()) console.print(fmt::format("seed {}\n", finding.seed));
  auto subject = load_subject(finding.source);
  if (!subject) {
    console.print_errors(subject.error());
    return ExitCode::bad_usage;
  }
  const auto shrunk = shrink_finding(**subject, finding, arguments.finding, arguments.seconds);
  if (!shrunk) {
    console.print_errors(shrunk.error());
    return ExitCode::divergence;
  }
  if (console.json()) {
    const Json json = {{"seed", finding.seed},
                       {"property", finding.property},
                       {"steps", finding.steps},
                       {"shrunk_steps", finding.shrunk_steps},
                       {"preemptions", preemptions(finding.shrunk)},
                       {"left_out", describe(finding.left_out)}};
    console.print(json.dump(2) + "\n");
  } else {
    console.print(finding_text(finding, arguments.finding));
  }
  return ExitCode::ok;
}

}  // namespace sim
