#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/explore/campaign.hpp"
#include "tools/build_info.hpp"
#include "tools/commands.hpp"
#include "tools/explore_session.hpp"
#include "tools/interrupt.hpp"
#include "tools/option_values.hpp"

namespace sim {

namespace {

using Json = nlohmann::ordered_json;

/// A finding and the folder it is in.
struct Kept {
  Finding finding;
  std::string folder;
};

std::string outcome_of(const CampaignResult& result) {
  switch (result.end) {
    case CampaignEnd::found:
      return "violation";
    case CampaignEnd::complete:
      return "complete";
    case CampaignEnd::diverged:
      return "nondeterminism";
    case CampaignEnd::interrupted:
      return "interrupted";
    default:
      return result.executions == 0 ? "incomplete" : "no violation";
  }
}

ExitCode exit_code_of(const CampaignResult& result) {
  switch (result.end) {
    case CampaignEnd::diverged:
      return ExitCode::divergence;
    case CampaignEnd::interrupted:
      return ExitCode::interrupted;
    default:
      break;
  }
  if (!result.hits.empty()) return ExitCode::violated;
  return result.executions == 0 ? ExitCode::incomplete : ExitCode::ok;
}

double per_second(const CampaignResult& result) {
  return result.seconds > 0 ? static_cast<double>(result.executions) / result.seconds : 0;
}

std::string result_json(const ExploreArguments& arguments, std::uint64_t seed,
                        const CampaignResult& result, const std::vector<Kept>& kept) {
  Json findings = Json::array();
  for (const Kept& one : kept)
    findings.push_back({{"property", one.finding.property},
                        {"message", one.finding.message},
                        {"execution", one.finding.execution},
                        {"strategy", one.finding.strategy},
                        {"path", one.folder},
                        {"steps", one.finding.steps},
                        {"shrunk_steps", one.finding.shrunk_steps},
                        {"preemptions", preemptions(one.finding.shrunk)}});
  const Json json = {{"seed", seed},
                     {"program", arguments.program},
                     {"strategy", arguments.strategy},
                     {"executions", result.executions},
                     {"distinct", result.distinct},
                     {"redundant", result.redundant},
                     {"complete", result.end == CampaignEnd::complete},
                     {"steps_median", result.steps_median},
                     {"executions_per_s", per_second(result)},
                     {"wall_time_ns", static_cast<std::int64_t>(result.seconds * 1e9)},
                     {"outcome", outcome_of(result)},
                     {"findings", std::move(findings)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string result_text(const CampaignResult& result) {
  std::string text = fmt::format(
      "  {} executions, {} distinct, {} steps median, {:.2f} s ({:.0f}/s)\n", result.executions,
      result.distinct, result.steps_median, result.seconds, per_second(result));
  if (result.end == CampaignEnd::complete)
    text += result.hits.empty()
                ? "  no violation: the space is complete, every class of executions was run\n"
                : "  the space is complete\n";
  else if (result.end == CampaignEnd::diverged)
    text += "  " + result.divergence + "\n";
  else if (result.hits.empty())
    text += "  no violation found: a search, not a proof\n";
  return text;
}

struct Limits {
  std::uint64_t seed = 0;
  std::uint64_t executions = 0;
  double seconds = 0;
};

kev::Result<Limits> read_limits(const ExploreArguments& arguments) {
  const kev::Result<std::uint64_t> seed = parse_seed(arguments.seed);
  if (!seed) return tl::unexpected<kev::Errors>(seed.error());
  const kev::Result<kev::Instant> time = parse_time_limit("--time", arguments.time);
  if (!time) return tl::unexpected<kev::Errors>(time.error());
  const bool open = arguments.executions.empty();
  const kev::Result<std::uint64_t> executions =
      parse_count("--executions", open ? "10k" : arguments.executions);
  if (!executions) return tl::unexpected<kev::Errors>(executions.error());
  Limits limits{*seed, *executions, 0};
  const bool timed = !arguments.time.empty();
  if (timed) limits.seconds = time->seconds();
  // Exhaustive searches end by themselves; a time limit is a limit by itself.
  const bool exhaustive =
      arguments.strategy.starts_with("odpor") || arguments.strategy.starts_with("dfs");
  if (open && (timed || exhaustive)) limits.executions = ~std::uint64_t{0};
  return limits;
}

Finding finding_of(const ExploreArguments& arguments, const Limits& limits, const Hit& hit,
                   const SubjectSource& source) {
  Finding finding;
  finding.property = hit.property;
  finding.message = hit.message;
  finding.source = source;
  finding.seed = limits.seed;
  finding.execution = hit.execution;
  finding.strategy = hit.strategy;
  finding.campaign = arguments.strategy;
  finding.fingerprint = hit.fingerprint;
  finding.steps = hit.steps;
  finding.tape = hit.tape;
  finding.version = version_line();
  return finding;
}

/// What must be the same for a campaign to go on. How long it may last does not matter.
std::string identity_of(const ExploreArguments& arguments, const Limits& limits) {
  return fmt::format(
      "{}; {} {}; compiler '{}'; strategy {}; seed {}; steps {}{}{}{}{}", version_line(),
      arguments.program, fmt::join(arguments.defines, " "), arguments.compiler, arguments.strategy,
      limits.seed, arguments.step_limit, arguments.no_races ? "; no races" : "",
      arguments.plain_points ? "; plain points" : "", arguments.spurious ? "; spurious" : "",
      arguments.keep_going ? "; keep going" : "");
}

kev::Result<CampaignOptions> campaign_of(const ExploreArguments& arguments, const Limits& limits) {
  CampaignOptions options;
  options.strategy = arguments.strategy;
  options.seed = limits.seed;
  options.executions = limits.executions;
  options.seconds = limits.seconds;
  options.jobs = arguments.jobs;
  options.keep_going = arguments.keep_going;
  options.interrupted = &interrupt_flag();
  if (arguments.campaign.empty()) return options;
  options.progress_file = arguments.campaign + "/progress.json";
  options.identity = identity_of(arguments, limits);
  if (!arguments.resume && std::filesystem::exists(options.progress_file))
    return kev::fail("there is a campaign in this folder", {arguments.campaign, 0, 0},
                     "--resume goes on with it");
  return options;
}

void shrink_and_print(const Console& console, const ExploreArguments& arguments, Subject& subject,
                      std::uint64_t seed, const CampaignResult& result, std::vector<Kept>& kept) {
  for (Kept& one : kept) {
    if (one.folder.empty() || one.finding.property == "lock_order_inversion") continue;
    const auto shrunk = shrink_finding(subject, one.finding, one.folder, 1);
    if (!shrunk) console.print_errors(shrunk.error());
  }
  if (console.json()) {
    console.print(result_json(arguments, seed, result, kept));
  } else {
    console.print(result_text(result));
    for (const Kept& one : kept) console.print("\n" + finding_text(one.finding, one.folder));
  }
}

}  // namespace

ExitCode explore_command(const ExploreArguments& arguments) {
  const Console console(arguments.output);
  const kev::Result<Limits> limits = read_limits(arguments);
  if (!limits) {
    console.print_errors(limits.error());
    return ExitCode::bad_usage;
  }
  if (!console.json())
    console.print(fmt::format("seed {}  {}\n{}  strategy {}  {} job{}\n", limits->seed,
                              version_line(), arguments.program, arguments.strategy, arguments.jobs,
                              arguments.jobs == 1 ? "" : "s"));
  const SubjectSource source{
      SubjectSource::Kind::program, arguments.program,   arguments.defines,
      arguments.compiler,           !arguments.no_races, arguments.step_limit,
      arguments.plain_points,       arguments.spurious};
  auto subject = load_subject(source);
  if (!subject) {
    console.print_errors(subject.error());
    return ExitCode::bad_usage;
  }
  const kev::Result<CampaignOptions> options = campaign_of(arguments, *limits);
  if (!options) {
    console.print_errors(options.error());
    return ExitCode::bad_usage;
  }
  const std::string findings =
      arguments.campaign.empty() ? arguments.findings : arguments.campaign + "/findings";
  catch_interrupts();
  std::vector<Kept> kept;
  kev::Errors unwritten;
  const auto keep = [&](const Hit& hit) {
    Finding finding = finding_of(arguments, *limits, hit, source);
    const kev::Result<std::string> folder = write_finding(finding, findings);
    if (!folder) unwritten = folder.error();
    kept.push_back({std::move(finding), folder ? *folder : std::string()});
  };
  const auto campaign = [&] {
    const SilentStdout silent;
    const Console::Status status(console, fmt::format("exploring {} ...", arguments.program));
    return run_campaign(**subject, *options, keep);
  };
  const kev::Result<CampaignResult> result = campaign();
  if (!result) {
    console.print_errors(result.error());
    return ExitCode::bad_usage;
  }
  shrink_and_print(console, arguments, **subject, limits->seed, *result, kept);
  if (unwritten.empty()) return exit_code_of(*result);
  console.print_errors(unwritten);
  return worse(exit_code_of(*result), ExitCode::incomplete);
}

}  // namespace sim
