#include "sim/report/text_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

#include "sim/report/figures.hpp"
#include "sim/report/metrics.hpp"
#include "sim/report/outcome.hpp"
#include "sim/report/replay_text.hpp"
#include "sim/report/verdict.hpp"

namespace sim {

namespace {

constexpr std::size_t page_columns = 100;
constexpr std::size_t label_columns = 28;
constexpr std::size_t gap = 3;
constexpr std::size_t narrowest_column = 12;

/// Breaks a paragraph at spaces so that no line passes the page.
std::string wrapped(std::string_view paragraph) {
  std::string text;
  std::size_t column = 0;
  while (!paragraph.empty()) {
    const std::size_t end = std::min(paragraph.find(' '), paragraph.size());
    if (column > 0 && column + 1 + end > page_columns) {
      text += "\n  ";
      column = 2;
    } else if (column > 0) {
      text += ' ';
      ++column;
    }
    text += paragraph.substr(0, end);
    column += end;
    paragraph.remove_prefix(std::min(end + 1, paragraph.size()));
  }
  return text + "\n";
}

std::string heading(const RunSummary& summary, const TextStyle& style) {
  std::string text = paint(style.colour, Ink::heading, summary.scenario) + "\n";
  if (!summary.description.empty()) text += wrapped(summary.description);
  if (!summary.machine.empty()) text += paint(style.colour, Ink::note, summary.machine) + "\n";
  return text;
}

/// How much faster than real time the simulation went.
std::string speed_text(const DesignSummary& design) {
  if (design.wall_time.ns() <= 0) return "-";
  const double speed =
      static_cast<double>(design.sim_time.ns()) / static_cast<double>(design.wall_time.ns());
  return format_factor(speed) + " real";
}

/// A row that is not a metric: it tells about the simulator, not about the design.
struct SimulatorRow {
  std::string_view label;
  std::string (*text)(const DesignSummary&);
};

constexpr SimulatorRow simulator_rows[] = {
    {"wall time",
     [](const DesignSummary& d) { return format_duration(static_cast<double>(d.wall_time.ns())); }},
    {"speed", speed_text},
    {"events", [](const DesignSummary& d) { return format_count(static_cast<double>(d.events)); }},
};

std::size_t column_width(const DesignSummary& design) {
  return std::max(design.name.size(), narrowest_column) + gap;
}

/// How often each fault of the scenario struck; all designs have the same ones.
std::string fault_rows(std::span<const DesignSummary> designs) {
  std::string text;
  const std::vector<FaultCount>& faults = designs.front().faults;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    text += fmt::format("  {:<9} {:<16}", i == 0 ? "faults" : "", faults[i].name);
    for (const DesignSummary& design : designs) {
      const auto count = static_cast<double>(design.faults.at(i).count);
      text += fmt::format("{:>{}}", format_count(count), column_width(design));
    }
    text += '\n';
  }
  return text;
}

std::string table_block(std::span<const DesignSummary> designs, const TextStyle& style) {
  std::string names(label_columns, ' ');
  for (const DesignSummary& design : designs)
    names += fmt::format("{:>{}}", design.name, column_width(design));
  std::string text = paint(style.colour, Ink::heading, names) + "\n";
  for (const Metric& metric : metrics()) {
    if (!metric.says_something_of(designs.front())) continue;
    text += fmt::format("  {:<16} {:<9}", metric.group, metric.label);
    for (const DesignSummary& design : designs)
      text +=
          fmt::format("{:>{}}", format_metric(metric, metric.value(design)), column_width(design));
    text += '\n';
  }
  text += fault_rows(designs);
  for (const SimulatorRow& row : simulator_rows) {
    std::string line = fmt::format("  {:<26}", row.label);
    for (const DesignSummary& design : designs)
      line += fmt::format("{:>{}}", row.text(design), column_width(design));
    text += paint(style.colour, Ink::note, line) + "\n";
  }
  return text;
}

/// As many designs side by side as fit on the page, at least one.
std::string table(const RunSummary& summary, const TextStyle& style) {
  const std::span<const DesignSummary> designs = summary.designs;
  std::string text;
  for (std::size_t first = 0; first < designs.size();) {
    std::size_t count = 0;
    std::size_t columns = label_columns;
    while (first + count < designs.size() &&
           (count == 0 || columns + column_width(designs[first + count]) <= page_columns)) {
      columns += column_width(designs[first + count]);
      ++count;
    }
    text += "\n" + table_block(designs.subspan(first, count), style);
    first += count;
  }
  return text;
}

/// What designs are compared by.
const Metric& main_figure(const DesignSummary& design) {
  return *find_metric(design.files ? "throughput" : "rate");
}

std::string brief_table(const RunSummary& summary) {
  std::size_t widest = 0;
  for (const DesignSummary& design : summary.designs) widest = std::max(widest, design.name.size());
  std::string text;
  for (const DesignSummary& design : summary.designs)
    text +=
        fmt::format("  {:<{}}  {:>10}  {} of {} requests  p50 {}  p99 {}\n", design.name, widest,
                    format_metric(main_figure(design), main_figure(design).value(design)),
                    format_count(static_cast<double>(design.completed)),
                    format_count(static_cast<double>(design.requests)),
                    format_duration(static_cast<double>(design.latency.p50.ns())),
                    format_duration(static_cast<double>(design.latency.p99.ns())));
  return text;
}

std::string limits_text(const RunSummary& summary, const TextStyle& style) {
  std::size_t widest = 0;
  std::size_t widest_design = 0;
  for (const LimitResult& limit : summary.limits) {
    widest = std::max(widest, limit.text.size());
    widest_design = std::max(widest_design, limit.design.size());
  }
  std::string text = paint(style.colour, Ink::heading, "limits") + "\n";
  for (const LimitResult& limit : summary.limits)
    text += fmt::format("  {}  {:<{}}  {:<{}}  {}\n",
                        limit.met ? paint(style.colour, Ink::good, "met    ")
                                  : paint(style.colour, Ink::bad, "NOT MET"),
                        limit.text, widest, limit.design, widest_design, limit.value);
  return text;
}

std::string violations_text(const RunSummary& summary, const TextStyle& style) {
  std::string text;
  for (const DesignSummary& design : summary.designs) {
    for (const Violation& violation : design.violations) {
      const bool expected = violation.property == expected_violation(summary);
      text += paint(style.colour, expected ? Ink::note : Ink::bad,
                    expected ? "violation, as expected" : "VIOLATION");
      text +=
          fmt::format("  {}  {} at {}\n  {}\n", violation.property, design.name,
                      format_duration(static_cast<double>(violation.at.ns())), violation.message);
    }
  }
  return text.empty() ? "no violation\n" : text;
}

std::string judgement_text(const RunSummary& summary, const TextStyle& style) {
  const Judgement judgement = judge(summary);
  const std::string_view label = judgement.outcome == Outcome::diverged   ? "NONDETERMINISM:"
                                 : judgement.outcome == Outcome::violated ? "FAILED:"
                                                                          : "INCOMPLETE:";
  std::string text;
  for (const std::string& reason : judgement.reasons)
    text += fmt::format("{} {}\n", paint(style.colour, Ink::bad, label), reason);
  return text;
}

}  // namespace

std::string seed_line(std::uint64_t seed, std::string_view version) {
  return fmt::format("seed {}  {}\n", seed, version);
}

std::string fingerprint_text(std::uint64_t fingerprint) {
  return fmt::format("{:016x}", fingerprint);
}

std::string text_report(const RunSummary& summary, const TextStyle& style) {
  const bool full = style.detail == Detail::full;
  std::string text = full ? heading(summary, style) : summary.scenario + "\n";
  text += full ? table(summary, style) : brief_table(summary);
  const std::string_view blank = full ? "\n" : "";
  if (summary.replayed) text += fmt::format("{}{}", blank, replay_text(summary.replay, style));
  if (!summary.limits.empty()) text += fmt::format("{}{}", blank, limits_text(summary, style));
  text += blank;
  if (summary.interrupted)
    text +=
        paint(style.colour, Ink::bad, "interrupted") + ": the figures are of what ran until then\n";
  if (const std::string words = verdict(summary); !words.empty())
    text += paint(style.colour, Ink::heading, wrapped(words));
  text += violations_text(summary, style);
  text += judgement_text(summary, style);
  if (summary.repeated && summary.divergence.empty())
    text += "run twice, the same to the last event\n";
  return text + fmt::format("fingerprint {}\n", fingerprint_text(summary.fingerprint));
}

}  // namespace sim
