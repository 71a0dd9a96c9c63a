#include "tools/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "sim/report/diagnostics.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/validate/block_trace.hpp"
#include "tools/build_info.hpp"
#include "tools/replay_on_disk.hpp"

namespace sim {

namespace {

constexpr const char* exit_codes =
    "Exit codes:\n"
    "  0    what the scenario expects happened and every limit is met\n"
    "  1    a property was broken or a limit is not met; or an expected violation did not happen\n"
    "  2    the command line, a scenario or a trace is wrong\n"
    "  3    incomplete: requests were left unanswered, recorded calls of the workload are "
    "unmatched,\n"
    "       or the report could not be written\n"
    "  4    the same run gave two results: run and replay with --check-determinism, explore and\n"
    "       reproduce always look\n"
    "  70   internal error\n"
    "  130  interrupted; what was known has been reported\n";

/// Refuses other words; the help names them already.
CLI::Validator one_of(const std::vector<std::string>& words) {
  return CLI::Validator(
      [words](std::string& text) {
        if (std::find(words.begin(), words.end(), text) != words.end()) return std::string();
        const std::vector<std::string_view> known(words.begin(), words.end());
        const std::string hint = did_you_mean(text, known);
        return fmt::format("'{}' must be one of {}{}", text, fmt::join(words, ", "),
                           hint.empty() ? "" : "; " + hint);
      },
      "");
}

/// Takes one value each time it is given, and never the words after it.
CLI::Option* add_repeated(CLI::App& app, const char* name, std::vector<std::string>& values,
                          const char* doc) {
  return app.add_option(name, values, doc)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_output_options(CLI::App& app, OutputArguments& output) {
  app.add_flag("-q,--quiet", output.quiet, "a line per design, no remarks on stderr");
  app.add_flag("--no-color", output.no_color, "no colours (also: NO_COLOR in the environment)");
}

void add_format_option(CLI::App& app, OutputArguments& output) {
  app.add_option("--format", output.format, "text, or one JSON document on stdout")
      ->type_name("text|json")
      ->check(one_of({"text", "json"}));
}

void add_simulation_options(CLI::App& app, SimulationArguments& simulation) {
  app.add_option("-s,--seed", simulation.seed,
                 "where randomness starts: decimal, 0x..., or a git hash of 40 digits [1]")
      ->type_name("N");
  add_repeated(app, "--set", simulation.set,
               "change a key of the scenario, like workload.clients=128; may be repeated")
      ->type_name("KEY=VALUE");
  app.add_option("--designs", simulation.designs, "run these designs instead, or all")
      ->type_name("A,B");
  app.add_option("--until", simulation.until, "stop at this simulated time, like 5s")
      ->type_name("TIME");
  app.add_option("--trace", simulation.trace_path,
                 "write what happened to this file, as JSON Lines")
      ->type_name("FILE.ktrace");
  app.add_flag("--check-determinism", simulation.check_determinism,
               "run everything twice; exit code 4 if the two runs differ");
}

/// What a trace may be.
std::vector<std::string> trace_formats() {
  std::vector<std::string> names = {"auto", "strace", std::string(disksim_validate)};
  for (const BlockTraceFormat& format : block_trace_formats()) names.emplace_back(format.name);
  return names;
}

/// On replay, --format names the output (text, json) or the trace's format; --from is the plain
/// name of the latter.
void set_replay_format(ReplayArguments& replay, const std::vector<std::string>& formats) {
  for (const std::string& format : formats)
    (format == "text" || format == "json" ? replay.output.format : replay.from) = format;
}

std::string indented_command_list() {
  std::string text;
  for (const Command& command : commands())
    text += fmt::format("  {:<10} {}\n", command.name, command.summary);
  return text;
}

std::string top_help() {
  std::string text =
      "kevsim simulates servers that answer with files, event by event, the same every time.\n\n";
  text += "Examples:\n";
  for (const Command& command : commands()) {
    const std::string_view examples = command.examples;
    text += examples.substr(0, examples.find('\n') + 1);
  }
  text += "\nCommands ('kevsim COMMAND --help' tells more):\n" + indented_command_list();
  text +=
      "\nOptions:\n  --help     this text\n  --version  version, commit, compiler, build type\n\n";
  return text + exit_codes;
}

std::vector<std::string_view> option_names(const CLI::App& app, std::vector<std::string>& storage) {
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) storage.push_back("--" + name);
  return {storage.begin(), storage.end()};
}

ExitCode usage_error(const std::string& command, std::string message, std::string hint) {
  const std::string place = command.empty() ? "kevsim" : "kevsim " + command;
  if (hint.empty()) hint = fmt::format("'{} --help' shows how", place);
  const kev::Error error{std::move(message), {place, 0, 0}, std::move(hint), {}, 1};
  std::fputs(format_error(error).c_str(), stderr);
  return ExitCode::bad_usage;
}

/// What the parser refuses, in our words; CLI11's own words where they are clear.
ExitCode explain(const CLI::ParseError& refused, const Command& command, const CLI::App& app) {
  const std::string name(command.name);
  if (dynamic_cast<const CLI::ExtrasError*>(&refused) != nullptr) {
    const std::vector<std::string> extras = app.remaining();
    const std::string extra = extras.empty() ? "" : extras.front();
    std::vector<std::string> storage;
    const bool option = !extra.empty() && extra.front() == '-';
    return usage_error(name, fmt::format("unknown {} '{}'", option ? "option" : "argument", extra),
                       did_you_mean(extra.substr(0, extra.find('=')), option_names(app, storage)));
  }
  if (dynamic_cast<const CLI::RequiredError*>(&refused) != nullptr)
    return usage_error(name, fmt::format("{}", refused.what()), {});
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&refused) != nullptr) {
    const std::string_view words = refused.what();
    return usage_error(name, fmt::format("{} needs a value", words.substr(0, words.find(':'))), {});
  }
  return usage_error(name, refused.what(), {});
}

const Command* find_command(std::string_view name) {
  for (const Command& command : commands())
    if (command.name == name) return &command;
  return nullptr;
}

std::variant<const Command*, ExitCode> no_such_command(const std::string& word) {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) names.push_back(command.name);
  if (!word.empty() && word.front() == '-')
    return usage_error({}, fmt::format("unknown option '{}'", word),
                       did_you_mean(word, {"--help", "--version"}));
  return usage_error({}, fmt::format("unknown command '{}'", word), did_you_mean(word, names));
}

}  // namespace

void add_run_options(CLI::App& app, Arguments& arguments) {
  app.add_option("SCENARIO", arguments.run.scenarios, "scenario files, run in this order")
      ->required();
  add_simulation_options(app, arguments.run.simulation);
  add_format_option(app, arguments.run.output);
  add_output_options(app, arguments.run.output);
}

void add_replay_options(CLI::App& app, Arguments& arguments) {
  ReplayArguments& replay = arguments.replay;
  std::vector<std::string> either = trace_formats();
  either.insert(either.begin(), {"text", "json"});
  app.add_option("TRACE", replay.trace,
                 "a captured trace; gzip is read directly, xz too if it is of a disk")
      ->required();
  app.add_option("--on", replay.on, "the machine, as a scenario; without it, the default machine")
      ->type_name("SCENARIO");
  app.add_option("--timing", replay.timing,
                 "when requests arrive: as recorded, as soon as possible, or recorded times FACTOR "
                 "[recorded]")
      ->type_name("recorded|asap|xFACTOR");
  app.add_option("--from", replay.from, "format of the trace [auto]")
      ->type_name(fmt::format("{}", fmt::join(trace_formats(), "|")))
      ->check(one_of(trace_formats()));
  app.add_option("--disk", replay.disk,
                 "for a trace of a disk: the disk to replay it on, a name of 'kevsim list "
                 "disks-hdd' or 'disks-ssd' or a path of DiskSim's *.parv or *.model")
      ->type_name("PROFILE");
  app.add_option_function<std::vector<std::string>>(
         "--format",
         [&replay](const std::vector<std::string>& formats) { set_replay_format(replay, formats); },
         "text, or one JSON document on stdout; any other means --from, so it may be given twice")
      ->type_name(fmt::format("{}", fmt::join(either, "|")))
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->check(one_of(either));
  add_simulation_options(app, replay.simulation);
  add_output_options(app, replay.output);
}

void add_check_options(CLI::App& app, Arguments& arguments) {
  CheckArguments& check = arguments.check;
  app.add_option("SCENARIO", check.scenarios, "scenario files")->required();
  add_repeated(app, "--set", check.set, "change a key, like workload.clients=128; may be repeated")
      ->type_name("KEY=VALUE");
  app.add_flag("--resolved", check.resolved, "print the scenarios with every default written out");
  add_format_option(app, check.output);
  add_output_options(app, check.output);
}

void add_list_options(CLI::App& app, Arguments& arguments) {
  app.add_option("KIND", arguments.list.kind, "what to list; without it, what can be listed");
  add_format_option(app, arguments.list.output);
}

void add_schema_options(CLI::App&, Arguments&) {}

void add_validate_options(CLI::App& app, Arguments& arguments) {
  ValidateArguments& validate = arguments.validate;
  app.add_option("--dir", validate.folder,
                 "references, laid out as traces/golden is; without it, those of the project")
      ->type_name("DIR");
  add_format_option(app, validate.output);
  add_output_options(app, validate.output);
}

void add_explore_options(CLI::App& app, Arguments& arguments) {
  ExploreArguments& explore = arguments.explore;
  app.add_option("SCENARIO", explore.scenarios, "scenario files");
  add_repeated(app, "--set", explore.set,
               "change a key of the scenarios, like queue.slots=2; may be repeated")
      ->type_name("KEY=VALUE");
  app.add_option("--program", explore.program,
                 "instead: a C or C++ file, or an object file; needs no change")
      ->type_name("FILE");
  add_repeated(app, "--define", explore.defines, "a macro for its compilation; may be repeated")
      ->type_name("NAME=VALUE");
  app.add_option("--compiler", explore.compiler, "g++ or clang [cc, c++ for C++]")
      ->type_name("PROGRAM");
  app.add_option("--strategy", explore.strategy, "see 'kevsim list strategies' [portfolio]")
      ->type_name("NAME");
  app.add_option("--executions", explore.executions,
                 "how many, like 10k or 1M [10k; no limit for dfs, odpor and with --time]")
      ->type_name("N");
  app.add_option("--time", explore.time, "stop after this long, like 60s")->type_name("TIME");
  app.add_option("-s,--seed", explore.seed, "where randomness starts [1]")->type_name("N");
  app.add_option("--jobs", explore.jobs, "processes side by side [1]")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
  app.add_option("--steps", explore.step_limit, "an execution that is longer is a violation")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--findings", explore.findings, "where findings are written [findings]")
      ->type_name("FOLDER");
  app.add_option("--campaign", explore.campaign,
                 "keep findings and progress in this folder, so that a campaign can go on")
      ->type_name("FOLDER")
      ->excludes("--findings");
  app.add_flag("--resume", explore.resume, "go on with the campaign in that folder")
      ->needs("--campaign");
  app.add_flag("--keep-going", explore.keep_going, "look for other violations after the first");
  app.add_flag("--no-races", explore.no_races, "do not look for data races (faster)");
  app.add_flag("--plain-points", explore.plain_points,
               "preempt a program at plain accesses, too, not at atomics and locks alone");
  app.add_flag("--spurious", explore.spurious,
               "let waits on condition variables end by themselves, once a thread");
  add_format_option(app, explore.output);
  add_output_options(app, explore.output);
}

void add_bank_options(CLI::App& app, Arguments& arguments) {
  BankArguments& bank = arguments.bank;
  app.add_option("--strategy", bank.strategy, "names with commas, or all [portfolio]")
      ->type_name("NAMES");
  app.add_option("--bugs", bank.bugs, "names with commas; see 'kevsim list bugs' [all]")
      ->type_name("NAMES");
  app.add_option("--budget", bank.budget, "executions of one run, like 10k [10k]")->type_name("N");
  app.add_option("--deep-budget", bank.deep_budget, "the same for bugs of depth 3 and more [200k]")
      ->type_name("N");
  app.add_option("--seeds", bank.seeds, "runs of each strategy on each bug [30]")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--jobs", bank.jobs, "processes side by side [1]")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
  app.add_option("--give-up", bank.give_up,
                 "leave a strategy's other runs on a bug out when it has found nothing in so many "
                 "[0: never]")
      ->type_name("N")
      ->check(CLI::Range(0, 10'000));
  app.add_option("--control", bank.control,
                 "executions without any bug, as a multiple of the budget; 0: none [10]")
      ->type_name("N")
      ->check(CLI::Range(0, 1000));
  add_format_option(app, bank.output);
  add_output_options(app, bank.output);
}

void add_reproduce_options(CLI::App& app, Arguments& arguments) {
  ReproduceArguments& reproduce = arguments.reproduce;
  app.add_option("FINDING", reproduce.finding, "a folder that explore wrote")->required();
  app.add_option("--to", reproduce.to, "show the steps up to this one")->type_name("STEP");
  app.add_option("--break-at", reproduce.break_at, "stop after this step; under a debugger only")
      ->type_name("STEP");
  app.add_option("--program", reproduce.program,
                 "follow it by names on this file, an edited version of the program")
      ->type_name("FILE");
  app.add_option("--then", reproduce.then,
                 "where the program does not follow any more, go on like this, again and again")
      ->type_name("random")
      ->check(CLI::IsMember({"random"}));
  add_format_option(app, reproduce.output);
  add_output_options(app, reproduce.output);
}

void add_shrink_options(CLI::App& app, Arguments& arguments) {
  ShrinkArguments& shrink = arguments.shrink;
  app.add_option("FINDING", shrink.finding, "a folder that explore wrote")->required();
  app.add_option("--time", shrink.seconds, "how many seconds to spend at most [30]")
      ->type_name("SECONDS");
  add_format_option(app, shrink.output);
  add_output_options(app, shrink.output);
}

std::variant<const Command*, ExitCode> parse_command_line(int argc, char** argv,
                                                          Arguments& arguments) {
  const std::string word = argc > 1 ? argv[1] : "";
  if (word == "--help" || word == "-h" || (word == "help" && argc == 2)) {
    std::fputs(top_help().c_str(), stdout);
    return ExitCode::ok;
  }
  if (word == "--version") {
    std::fputs(version_text().c_str(), stdout);
    return ExitCode::ok;
  }
  if (word.empty()) {
    std::fputs(top_help().c_str(), stderr);
    return ExitCode::bad_usage;
  }
  const Command* command = find_command(word);
  if (command == nullptr) return no_such_command(word);

  CLI::App app(fmt::format("kevsim {}: {}\n\nExamples:\n{}", command->name, command->summary,
                           command->examples),
               fmt::format("kevsim {}", command->name));
  app.footer(exit_codes);
  command->add_options(app, arguments);
  try {
    app.parse(argc - 1, argv + 1);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return ExitCode::ok;
  } catch (const CLI::ParseError& refused) {
    return explain(refused, *command, app);
  }
  return command;
}

}  // namespace sim
