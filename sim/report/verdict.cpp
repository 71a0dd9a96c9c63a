#include "sim/report/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/report/figures.hpp"

namespace sim {

namespace {

using Contestants = std::vector<const DesignSummary*>;

/// More is better: what decides.
double rate_of(const DesignSummary& design) {
  return design.files ? design.throughput_bytes_per_s : design.requests_per_s;
}
const char* rate_word(const DesignSummary& design) {
  return design.files ? "throughput" : "rate";
}

double p99_latency(const DesignSummary& design) {
  return static_cast<double>(design.latency.p99.ns());
}

double per_request(double total, const DesignSummary& design) {
  return design.completed > 0 ? total / static_cast<double>(design.completed) : 0;
}

double cpu_per_request(const DesignSummary& design) {
  return per_request(design.cpu_busy_ratio * static_cast<double>(design.sim_time.ns()), design);
}

double switches_per_request(const DesignSummary& design) {
  return per_request(static_cast<double>(design.context_switches), design);
}

/// A figure of which less is better.
struct Cost {
  const char* less;  ///< "31 % lower p99 latency"
  const char* more;
  const char* noun;  ///< "2.10x the p99 latency"
  double (*value)(const DesignSummary&);
};

constexpr Cost costs[] = {
    {"lower p99 latency", "higher p99 latency", "p99 latency", p99_latency},
    {"less CPU a request", "more CPU a request", "CPU a request", cpu_per_request},
    {"fewer context switches a request", "more context switches a request",
     "context switches a request", switches_per_request},
};

bool same(double ratio) {
  return std::fabs(ratio - 1) < tie_below;
}

/// How `one` compares with `other` in this figure; empty when there is nothing to say.
std::string compare(const Cost& cost, const DesignSummary& one, const DesignSummary& other) {
  const double base = cost.value(other);
  if (base <= 0) return {};
  const double ratio = cost.value(one) / base;
  if (same(ratio)) return fmt::format("the same {}", cost.noun);
  if (ratio < 1) return fmt::format("{:.0f} % {}", (1 - ratio) * 100, cost.less);
  if (ratio < 2) return fmt::format("{:.0f} % {}", (ratio - 1) * 100, cost.more);
  return fmt::format("{} the {}", format_factor(ratio), cost.noun);
}

std::string compare_all(const DesignSummary& one, const DesignSummary& other) {
  std::string text;
  for (const Cost& cost : costs) {
    const std::string words = compare(cost, one, other);
    if (!words.empty()) text += (text.empty() ? "" : ", ") + words;
  }
  return text;
}

std::string tie(const DesignSummary& first, const DesignSummary& second) {
  const double apart = 1 - rate_of(second) / rate_of(first);
  const std::string words = compare_all(first, second);
  return fmt::format("a tie: {} and {} are within {:.1f} % in {}{}", first.name, second.name,
                     std::max(apart * 100, 0.1), rate_word(first),
                     words.empty() ? "" : fmt::format("; {} has {}", first.name, words));
}

std::string win(const DesignSummary& first, const DesignSummary& second) {
  const double factor = rate_of(first) / rate_of(second);
  const std::string words = compare_all(first, second);
  return fmt::format("{} wins: {} the {} of {}{}", first.name, format_factor(factor),
                     rate_word(first), second.name, words.empty() ? "" : ", " + words);
}

/// The others, each against the first: "; then a 0.81x, b 0.40x".
std::string the_rest(const Contestants& ranked) {
  std::string text;
  for (std::size_t i = 2; i < ranked.size(); ++i)
    text += fmt::format("{} {} {}", i == 2 ? "; then" : ",", ranked[i]->name,
                        format_factor(rate_of(*ranked[i]) / rate_of(*ranked[0])));
  return text;
}

std::string left_out(const RunSummary& summary) {
  std::string text;
  for (const DesignSummary& design : summary.designs) {
    if (!design.violations.empty())
      text += fmt::format("; {} cannot win: it broke {}", design.name,
                          design.violations.front().property);
    else if (design.completed == 0)
      text += fmt::format("; {} cannot win: it completed no request", design.name);
  }
  return text;
}

}  // namespace

std::string verdict(const RunSummary& summary) {
  if (summary.designs.size() < 2) return {};
  if (summary.interrupted) return "no winner: the run was interrupted";
  Contestants ranked;
  for (const DesignSummary& design : summary.designs)
    if (design.completed > 0 && design.violations.empty() && rate_of(design) > 0)
      ranked.push_back(&design);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto* a, const auto* b) { return rate_of(*a) > rate_of(*b); });
  if (ranked.empty()) return "no winner" + left_out(summary);
  if (ranked.size() == 1)
    return fmt::format("{} wins: nobody else is left", ranked[0]->name) + left_out(summary);
  const bool close = same(rate_of(*ranked[1]) / rate_of(*ranked[0]));
  const std::string first_two = close ? tie(*ranked[0], *ranked[1]) : win(*ranked[0], *ranked[1]);
  return first_two + the_rest(ranked) + left_out(summary);
}

}  // namespace sim
