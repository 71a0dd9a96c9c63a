#include "tools/bank_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace sim {

namespace {

using Json = nlohmann::ordered_json;

std::string count_text(std::uint64_t executions, std::uint64_t budget) {
  return executions == 0 ? fmt::format("> {}", budget) : fmt::format("{}", executions);
}

/// Median, interval, and what is to be said of runs that found nothing.
std::string cell_text(const BankCell& cell, std::uint64_t budget) {
  if (cell.runs == 0) return "";
  if (cell.found == 0) {
    std::string text =
        cell.complete != 0 ? fmt::format("none in all {}", cell.complete) : count_text(0, budget);
    if (cell.wrong != 0) text += fmt::format("; other in {}", cell.wrong);
    return cell.runs == 1 ? text : text + fmt::format(" (0 of {})", cell.runs);
  }
  std::string text = count_text(cell.executions.median, budget);
  if (cell.runs == 1) return text;
  text += fmt::format(" ({} to {}", count_text(cell.executions.least, budget),
                      count_text(cell.executions.most, budget));
  if (cell.found != cell.runs) text += fmt::format("; {} of {}", cell.found, cell.runs);
  return text + ")";
}

std::string strategies_table(const BankResult& result, const BankOptions& options) {
  std::string text = "| bug | depth | reached |";
  std::string line = "|---|---|---|";
  for (const std::string& strategy : options.strategies) {
    text += fmt::format(" {} |", strategy);
    line += "---|";
  }
  text += "\n" + line + "\n";
  for (const BankBug& row : result.bugs) {
    text += fmt::format("| {} | {} | {} of {} |", row.bug->name, row.bug->depth, row.reached,
                        row.random_executions);
    for (const BankCell& cell : row.cells)
      text += fmt::format(" {} |", cell_text(cell, options.budget_for(*row.bug)));
    text += "\n";
  }
  return text;
}

std::string findings_table(const BankResult& result) {
  std::string text =
      "| bug | property | replayed alike | steps | preemptions | switches | operations | critical "
      "step |\n|---|---|---|---|---|---|---|---|\n";
  for (const BankBug& row : result.bugs) {
    if (!row.finding) continue;
    const BankFinding& finding = *row.finding;
    text += fmt::format(
        "| {} | {} | {} of {} | {} to {} | {} to {} | {} | {} to {} | {} |\n", row.bug->name,
        finding.property, finding.same, finding.replays, finding.steps, finding.shrunk_steps,
        finding.preemptions, finding.shrunk_preemptions, finding.switches, row.operations,
        finding.operations, finding.critical_step ? fmt::format("{}", *finding.critical_step) : "");
  }
  return text;
}

/// Where the median lies beyond the budget.
std::string misses(const BankResult& result, const BankOptions& options) {
  std::string text;
  for (std::size_t i = 0; i < options.strategies.size(); ++i) {
    std::string missed;
    std::size_t count = 0;
    for (const BankBug& row : result.bugs) {
      if (i >= row.cells.size() || row.cells[i].runs == 0) continue;
      if (row.cells[i].executions.median != 0) continue;
      missed += fmt::format("{} {}", count++ == 0 ? "" : ",", row.bug->name);
    }
    text +=
        fmt::format("- {}: {}{}{}\n", options.strategies[i],
                    count == 0 ? "none" : fmt::format("{}", count), count == 0 ? "" : ":", missed);
  }
  return text;
}

std::string control_text(const BankResult& result) {
  std::uint64_t executions = 0;
  std::size_t count = 0;
  std::string text;
  for (const BankBug& row : result.bugs) {
    executions += row.control_executions;
    for (const std::string& violation : row.control_violations) {
      text += fmt::format("- {}: {}\n", row.bug->name, violation);
      ++count;
    }
  }
  return fmt::format("{} executions of the same scenarios with every bug off: {} violations.\n",
                     executions, count) +
         text;
}

Json cell_json(const BankBug& row, const BankCell& cell) {
  Json json = {{"name", row.bug->name},
               {"depth", row.bug->depth},
               {"strategy", cell.strategy},
               {"found", cell.found},
               {"executions_to_find_median", nullptr},
               {"executions_to_find_interval", {nullptr, nullptr}},
               {"runs", cell.runs},
               {"other_violations", cell.wrong},
               {"complete_after", nullptr},
               {"reached", row.reached},
               {"random_executions", row.random_executions}};
  const MedianOf& executions = cell.executions;
  if (executions.median != 0) json["executions_to_find_median"] = executions.median;
  if (executions.least != 0) json["executions_to_find_interval"][0] = executions.least;
  if (executions.most != 0) json["executions_to_find_interval"][1] = executions.most;
  if (cell.complete != 0) json["complete_after"] = cell.complete;
  return json;
}

Json finding_json(const BankBug& row) {
  const BankFinding& finding = *row.finding;
  Json json = {{"name", row.bug->name},
               {"depth", row.bug->depth},
               {"property", finding.property},
               {"replays", finding.replays},
               {"same", finding.same},
               {"verified", finding.verified},
               {"steps", finding.steps},
               {"shrunk_steps", finding.shrunk_steps},
               {"preemptions", finding.preemptions},
               {"shrunk_preemptions", finding.shrunk_preemptions},
               {"context_switches", finding.switches},
               {"whole_operations", row.operations},
               {"operations", finding.operations},
               {"critical_step", nullptr},
               {"table", finding.table}};
  if (finding.critical_step) json["critical_step"] = *finding.critical_step;
  return json;
}

}  // namespace

std::string bank_text(const BankResult& result, const BankOptions& options) {
  std::string text = fmt::format(
      "## Executions to the first finding\n\nMedian of {} runs (and an interval that holds the "
      "true median with 95 %), of at most {} executions each, {} for bugs of depth 3 and more. "
      "`dfs` and `odpor` go the same way for every seed: one run. ",
      options.seeds, options.budget, options.deep_budget);
  if (options.hopeless != 0)
    text += fmt::format("Who finds nothing in the first {} runs is given up: `(0 of {})`. ",
                        options.hopeless, options.hopeless);
  text +=
      "`reached`: in how many random executions the bug's place was reached. `none in all N`: the "
      "search ran every execution there is, within its bound.\n\n";
  text += strategies_table(result, options);
  text += "\n## Missed, at the median\n\n" + misses(result, options);
  text += fmt::format(
      "\n## Findings\n\nThe first one by {}: run again from its tape, shrunk, explained. "
      "`switches` are those from one thread to another in its table, up to the critical step, from "
      "which on no schedule avoids the failure; devices, interrupts and RCU are no threads. "
      "Without "
      "a critical step no schedule avoids it at all. `operations` are the calls or requests of the "
      "scenario, before and after shrinking.\n\n",
      options.strategies.empty() ? "" : options.strategies.front());
  text += findings_table(result);
  if (options.control != 0) text += "\n## Control\n\n" + control_text(result);
  return text;
}

Json bank_json(const BankResult& result) {
  Json bugs = Json::array();
  Json findings = Json::array();
  Json violations = Json::array();
  std::uint64_t executions = 0;
  for (const BankBug& row : result.bugs) {
    for (const BankCell& cell : row.cells) bugs.push_back(cell_json(row, cell));
    if (row.finding) findings.push_back(finding_json(row));
    executions += row.control_executions;
    for (const std::string& violation : row.control_violations)
      violations.push_back({{"name", row.bug->name}, {"violation", violation}});
  }
  return {{"bank",
           {{"bugs", std::move(bugs)},
            {"findings", std::move(findings)},
            {"control", {{"executions", executions}, {"violations", std::move(violations)}}}}}};
}

}  // namespace sim
