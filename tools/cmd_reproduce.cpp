#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/explore/explain.hpp"
#include "tools/commands.hpp"
#include "tools/explore_session.hpp"

namespace sim {

namespace {

using Json = nlohmann::ordered_json;

struct Reproduced {
  bool same = false;   ///< the property is broken again
  bool exact = false;  ///< in the very same execution
  std::optional<std::size_t> diverged;
  Explanation explanation;
};

Reproduced run_again(Subject& subject, const Finding& finding, std::uint32_t to) {
  const SilentStdout silent;
  Reproduced result;
  TapeStrategy strategy(finding.tape);
  strategy.begin(finding.seed);
  const Execution& done = subject.run(strategy);
  result.same = done.violated() && done.violation->property == finding.property;
  result.exact = result.same && done.fingerprint == finding.fingerprint;
  result.diverged = strategy.diverged();
  const Tape& shown = finding.shrunk.empty() ? finding.tape : finding.shrunk;
  result.explanation = explain(subject, shown, finding.property, to);
  return result;
}

std::string text_of(const Finding& finding, const Reproduced& again) {
  std::string text = again.explanation.table;
  if (again.explanation.critical_step)
    text +=
        fmt::format("\nFrom step {} on no schedule avoids it.\n", *again.explanation.critical_step);
  if (again.same)
    text +=
        fmt::format("\nVIOLATION  {}\n  {}\n  {}\n", finding.property, again.explanation.message,
                    again.exact ? "the same execution as the one that was found"
                                : "the same property, in an execution that differs");
  else
    text += fmt::format("\n{} was not broken this time\n", finding.property);
  if (again.diverged) {
    const TapeEntry& entry = finding.tape[*again.diverged];
    text += fmt::format("  first divergence at choice {}: T{} was to do {} {}\n", *again.diverged,
                        entry.picked, entry.step, entry.object);
  }
  return text;
}

}  // namespace

ExitCode reproduce_command(const ReproduceArguments& arguments) {
  const Console console(arguments.output);
  const kev::Result<Finding> finding = read_finding(arguments.finding);
  if (!finding) {
    console.print_errors(finding.error());
    return ExitCode::bad_usage;
  }
  if (!console.json()) console.print(fmt::format("seed {}\n", finding->seed));
  auto subject = load_subject(finding->source);
  if (!subject) {
    console.print_errors(subject.error());
    return ExitCode::bad_usage;
  }
  const Reproduced again = run_again(**subject, *finding, arguments.to);
  if (console.json()) {
    const Json json = {{"seed", finding->seed},
                       {"property", finding->property},
                       {"reproduced", again.same},
                       {"exact", again.exact},
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
                       {"preemptions", preemptions(finding.shrunk)}};
    console.print(json.dump(2) + "\n");
  } else {
    console.print(finding_text(finding, arguments.finding));
  }
  return ExitCode::ok;
}

}  // namespace sim
