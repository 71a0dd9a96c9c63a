#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/explored/explored.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/schedule/strategies.hpp"
#include "sim/world/bank.hpp"
#include "sim/world/world_subject.hpp"
#include "tools/bank_text.hpp"
#include "tools/commands.hpp"
#include "tools/console.hpp"
#include "tools/interrupt.hpp"
#include "tools/option_values.hpp"

namespace sim {

namespace {

/// What `--strategy all` means: every way to search that ends by itself or with its budget.
constexpr std::string_view every_strategy[] = {"portfolio", "random",   "pct:2", "pct:3", "pos",
                                               "surw",      "feedback", "dfs:1", "dfs:2", "odpor"};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

kev::Result<std::vector<const kev::BugRow*>> bugs_named(const std::string& text) {
  std::vector<const kev::BugRow*> bugs;
  std::vector<std::string_view> names;
  for (const kev::BugRow& row : kev::bug_bank()) {
    names.push_back(row.name);
    if (text.empty()) bugs.push_back(&row);
  }
  if (text.empty()) return bugs;
  for (const std::string& name : split(text)) {
    const kev::BugRow* row = kev::find_bug(name);
    if (row == nullptr) {
      const std::string hint = did_you_mean(name, names);
      return kev::fail(fmt::format("unknown bug '{}'", name), {},
                       hint.empty() ? "'kevsim list bugs' shows all" : hint);
    }
    bugs.push_back(row);
  }
  return bugs;
}

kev::Result<std::vector<std::string>> strategies_named(const std::string& text) {
  if (text == "all")
    return std::vector<std::string>(std::begin(every_strategy), std::end(every_strategy));
  std::vector<std::string> names = split(text);
  for (const std::string& name : names)
    if (const auto made = make_strategies(name); !made)
      return tl::unexpected<kev::Errors>(made.error());
  return names;
}

template <class Value>
void take(kev::Result<Value> value, Value& into, kev::Errors& errors) {
  if (value)
    into = std::move(*value);
  else
    errors.insert(errors.end(), value.error().begin(), value.error().end());
}

kev::Result<BankOptions> options_of(const BankArguments& arguments) {
  BankOptions options;
  options.interrupted = &interrupt_flag();
  options.scenarios = KEVSIM_TREE;
  options.code = [] { return watched_code(); };
  options.seeds = arguments.seeds;
  options.hopeless = arguments.give_up;
  options.jobs = arguments.jobs;
  options.control = arguments.control;
  kev::Errors errors;
  take(bugs_named(arguments.bugs), options.bugs, errors);
  take(strategies_named(arguments.strategy), options.strategies, errors);
  take(parse_count("--budget", arguments.budget), options.budget, errors);
  take(parse_count("--deep-budget", arguments.deep_budget), options.deep_budget, errors);
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return options;
}

}  // namespace

ExitCode bank_command(const BankArguments& arguments) {
  const Console console(arguments.output);
  const kev::Result<BankOptions> options = options_of(arguments);
  if (!options) {
    console.print_errors(options.error());
    return ExitCode::bad_usage;
  }
  catch_interrupts();
  const auto result = measure_bank(*options, [&](const BankCell& cell) {
    console.remark(fmt::format("{} {}: {} of {}, median {}\n", cell.bug->name, cell.strategy,
                               cell.found, cell.runs, cell.executions.median));
  });
  if (!result) {
    console.print_errors(result.error());
    return ExitCode::bad_usage;
  }
  console.print(console.json() ? bank_json(*result).dump(2) + "\n" : bank_text(*result, *options));
  if (result->interrupted) return ExitCode::interrupted;
  return result->control_is_clean() ? ExitCode::ok : ExitCode::violated;
}

}  // namespace sim
