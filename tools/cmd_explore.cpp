#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "model/bugs/bank.hpp"
#include "sim/explore/campaign.hpp"
#include "sim/scenario/loader.hpp"
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

/// One campaign: a program, or one design of a scenario.
struct Task {
  SubjectSource source;
  std::string title;
  std::string expect = "ok";  ///< as in scenarios
  std::string oracles;        ///< properties that tell of the scenario's bug, with spaces between
};

constexpr std::string_view expects_violation = "violation:";

/// What was found is what the scenario is there to show.
bool as_expected(const Task& task, const CampaignResult& result) {
  if (!task.expect.starts_with(expects_violation)) return result.hits.empty();
  const std::string expected =
      fmt::format(" {} {} ", task.expect.substr(expects_violation.size()), task.oracles);
  return !result.hits.empty() &&
         std::all_of(result.hits.begin(), result.hits.end(), [&](const Hit& hit) {
           return expected.find(" " + hit.property + " ") != std::string::npos;
         });
}

std::string outcome_of(const CampaignResult& result) {
  switch (result.end) {
    case CampaignEnd::found:
      return "violation";
    case CampaignEnd::complete:
      return "complete";
    case CampaignEnd::bounded:
      return "bounded";
    case CampaignEnd::diverged:
      return "nondeterminism";
    case CampaignEnd::interrupted:
      return "interrupted";
    default:
      return result.executions == 0 ? "incomplete" : "no violation";
  }
}

ExitCode exit_code_of(const Task& task, const CampaignResult& result) {
  switch (result.end) {
    case CampaignEnd::diverged:
      return ExitCode::divergence;
    case CampaignEnd::interrupted:
      return ExitCode::interrupted;
    default:
      break;
  }
  if (!as_expected(task, result)) return ExitCode::violated;
  return result.executions == 0 ? ExitCode::incomplete : ExitCode::ok;
}

double per_second(const CampaignResult& result) {
  return result.seconds > 0 ? static_cast<double>(result.executions) / result.seconds : 0;
}

Json result_json(const Task& task, const ExploreArguments& arguments, std::uint64_t seed,
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
                        {"preemptions", preemptions(one.finding.shrunk)},
                        {"left_out", describe(one.finding.left_out)}});
  const bool program = task.source.kind == SubjectSource::Kind::program;
  return {{"seed", seed},
          {program ? "program" : "scenario", task.source.path},
          {"settings", task.source.settings},
          {"strategy", arguments.strategy},
          {"executions", result.executions},
          {"distinct", result.distinct},
          {"redundant", result.redundant},
          {"complete", result.end == CampaignEnd::complete},
          {"steps_median", result.steps_median},
          {"executions_per_s", per_second(result)},
          {"wall_time_ns", static_cast<std::int64_t>(result.seconds * 1e9)},
          {"expect", task.expect},
          {"outcome", outcome_of(result)},
          {"findings", std::move(findings)}};
}

std::string result_text(const Task& task, const CampaignResult& result) {
  std::string text = fmt::format(
      "  {} executions, {} distinct, {} steps median, {:.2f} s ({:.0f}/s)\n", result.executions,
      result.distinct, result.steps_median, result.seconds, per_second(result));
  if (result.end == CampaignEnd::complete)
    text += result.hits.empty()
                ? "  no violation: the space is complete, every class of executions was run\n"
                : "  the space is complete\n";
  else if (result.end == CampaignEnd::bounded && result.hits.empty())
    text += "  no violation in any execution within the bound: a search, not a proof\n";
  else if (result.end == CampaignEnd::diverged)
    text += "  " + result.divergence + "\n";
  else if (result.hits.empty())
    text += "  no violation found: a search, not a proof\n";
  if (task.expect.starts_with(expects_violation))
    text += fmt::format("  expected {}: {}\n", task.expect,
                        as_expected(task, result) ? "found" : "not found");
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
  finding.earlier = hit.earlier;
  finding.version = version_line();
  return finding;
}

/// FNV-1a: whether it is what it was. 0 when it cannot be read, which others tell.
std::uint64_t hash_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::uint64_t hash = 0xcbf29ce484222325;
  if (!file) return 0;
  for (std::istreambuf_iterator<char> at(file), end; at != end; ++at)
    hash = (hash ^ static_cast<unsigned char>(*at)) * 0x100000001b3;
  return hash;
}

/// What must be the same for a campaign to go on. How long it may last does not matter.
std::string identity_of(const Task& task, const ExploreArguments& arguments, const Limits& limits) {
  return fmt::format(
      "{}; {} {:016x} {}; compiler '{}'; strategy {}; seed {}; steps {}{}{}{}{}", version_line(),
      task.source.path, hash_of_file(task.source.path), fmt::join(task.source.settings, " "),
      arguments.compiler, arguments.strategy, limits.seed, arguments.step_limit,
      arguments.no_races ? "; no races" : "", arguments.plain_points ? "; plain points" : "",
      arguments.spurious ? "; spurious" : "", arguments.keep_going ? "; keep going" : "");
}

kev::Result<CampaignOptions> campaign_of(const Task& task, const ExploreArguments& arguments,
                                         const Limits& limits) {
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
  options.identity = identity_of(task, arguments, limits);
  const bool begun = std::filesystem::exists(options.progress_file);
  if (!arguments.resume && begun)
    return kev::fail("there is a campaign in this folder", {arguments.campaign, 0, 0},
                     "--resume goes on with it");
  if (arguments.resume && !std::filesystem::exists(arguments.campaign))
    return kev::fail("there is no campaign in this folder", {arguments.campaign, 0, 0},
                     "without --resume a new one begins");
  return options;
}

/// Absolute: a finding is run from anywhere.
std::string folder_of(const std::string& file) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(file, error);
  return error ? std::string() : path.parent_path().string();
}

/// What to explore: all of it is understood before anything runs.
kev::Result<std::vector<Task>> tasks_of(const ExploreArguments& arguments) {
  if (arguments.program.empty() == arguments.scenarios.empty())
    return kev::fail("explore takes either scenarios or a --program", {},
                     "like kevsim explore scenarios/race/ring_v4.toml");
  std::vector<Task> tasks;
  if (!arguments.program.empty()) {
    Task task;
    task.title = arguments.program;
    task.source = {SubjectSource::Kind::program, arguments.program,   arguments.defines,
                   arguments.compiler,           !arguments.no_races, arguments.step_limit,
                   arguments.plain_points,       arguments.spurious,  folder_of(arguments.program)};
    tasks.push_back(std::move(task));
  }
  kev::Errors errors;
  for (const std::string& path : arguments.scenarios) {
    SubjectSource source{SubjectSource::Kind::scenario, path, arguments.set,         {},
                         !arguments.no_races,           0,    arguments.plain_points};
    const kev::Result<Scenario> scenario = load_explored_scenario(source);
    if (!scenario) {
      errors.insert(errors.end(), scenario.error().begin(), scenario.error().end());
      continue;
    }
    std::vector<std::string> designs = scenario->workload.designs;
    const bool one_program = scenario->workload.kind == queue_program_workload;
    if (one_program || designs.empty()) designs = {std::string()};
    for (const std::string& design : designs) {
      Task task{source, path, scenario->expect, {}};
      const kev::BugRow* const bug = kev::find_bug(scenario->bug);
      if (bug != nullptr) task.oracles = bug->oracles;
      if (!design.empty()) task.title += "  " + design;
      if (designs.size() > 1) task.source.settings.push_back("workload.designs=" + design);
      tasks.push_back(std::move(task));
    }
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  if (tasks.size() > 1 && !arguments.campaign.empty())
    return kev::fail("a campaign that is kept is of one scenario and one design",
                     {arguments.campaign, 0, 0}, "--set workload.designs=NAME keeps one");
  return tasks;
}

/// Explores one task after the other and collects what is to be said at the end.
class Explorer {
 public:
  Explorer(const Console& console, const ExploreArguments& arguments, const Limits& limits)
      : console_(console), arguments_(arguments), limits_(limits) {}

  void explore(const Task& task);
  ExitCode finish() {
    if (console_.json() && !results_.empty()) {
      const Json document = results_.size() == 1 && !several_ ? results_.front() : results_;
      console_.print(document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    }
    return code_;
  }
  void set_several() { several_ = true; }

 private:
  void refuse(const kev::Errors& errors, ExitCode code) {
    console_.print_errors(errors);
    code_ = worse(code_, code);
  }
  kev::Result<CampaignResult> run(const Task& task, Subject& subject, std::vector<Kept>& kept);
  void shrink_and_print(const Task& task, Subject& subject, const CampaignResult& result,
                        std::vector<Kept>& kept);

  const Console& console_;
  const ExploreArguments& arguments_;
  const Limits& limits_;
  Json results_ = Json::array();
  bool several_ = false;
  ExitCode code_ = ExitCode::ok;
};

kev::Result<CampaignResult> Explorer::run(const Task& task, Subject& subject,
                                          std::vector<Kept>& kept) {
  const kev::Result<CampaignOptions> options = campaign_of(task, arguments_, limits_);
  if (!options) return tl::unexpected(options.error());
  const std::string& campaign = arguments_.campaign;
  const std::string findings = campaign.empty() ? arguments_.findings : campaign + "/findings";
  const auto keep = [&](const Hit& hit) {
    Finding finding = finding_of(arguments_, limits_, hit, task.source);
    const kev::Result<std::string> folder = write_finding(finding, findings);
    if (!folder) refuse(folder.error(), ExitCode::incomplete);
    kept.push_back({std::move(finding), folder ? *folder : std::string()});
  };
  const SilentStdout silent;
  const Console::Status status(console_, fmt::format("exploring {} ...", task.title));
  return run_campaign(subject, *options, keep);
}

void Explorer::shrink_and_print(const Task& task, Subject& subject, const CampaignResult& result,
                                std::vector<Kept>& kept) {
  for (Kept& one : kept) {
    if (one.folder.empty()) continue;
    const auto shrunk = shrink_finding(subject, one.finding, one.folder, 1);
    if (!shrunk) console_.print_errors(shrunk.error());
  }
  if (console_.json()) {
    results_.push_back(result_json(task, arguments_, limits_.seed, result, kept));
    return;
  }
  console_.print(result_text(task, result));
  for (const Kept& one : kept) console_.print("\n" + finding_text(one.finding, one.folder));
}

void Explorer::explore(const Task& task) {
  if (!console_.json())
    console_.print(fmt::format("{}  strategy {}  {} job{}\n", task.title, arguments_.strategy,
                               arguments_.jobs, arguments_.jobs == 1 ? "" : "s"));
  auto subject = load_subject(task.source);
  if (!subject) return refuse(subject.error(), ExitCode::bad_usage);
  std::vector<Kept> kept;
  const kev::Result<CampaignResult> result = run(task, **subject, kept);
  if (!result) return refuse(result.error(), ExitCode::bad_usage);
  shrink_and_print(task, **subject, *result, kept);
  code_ = worse(code_, exit_code_of(task, *result));
}

}  // namespace

ExitCode explore_command(const ExploreArguments& arguments) {
  const Console console(arguments.output);
  const kev::Result<Limits> limits = read_limits(arguments);
  if (!limits) {
    console.print_errors(limits.error());
    return ExitCode::bad_usage;
  }
  if (!console.json()) console.print(fmt::format("seed {}  {}\n", limits->seed, version_line()));
  const kev::Result<std::vector<Task>> tasks = tasks_of(arguments);
  if (!tasks) {
    console.print_errors(tasks.error());
    return ExitCode::bad_usage;
  }
  catch_interrupts();
  Explorer explorer(console, arguments, *limits);
  if (tasks->size() > 1) explorer.set_several();
  for (const Task& task : *tasks) {
    if (interrupt_flag().load()) break;
    explorer.explore(task);
  }
  return explorer.finish();
}

}  // namespace sim
