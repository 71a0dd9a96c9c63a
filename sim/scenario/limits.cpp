#include "sim/scenario/limits.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "model/base/check.hpp"

namespace sim {

namespace {

using Relation = LimitSpec::Relation;

struct RelationRow {
  std::string_view text;
  Relation relation;
};

/// The longer ones first: "<=" begins with "<".
constexpr RelationRow relations[] = {
    {"<=", Relation::less_equal},
    {">=", Relation::greater_equal},
    {"<", Relation::less},
    {">", Relation::greater},
};

tl::unexpected<UnitError> refused(std::string message, std::string hint) {
  return tl::unexpected<UnitError>(UnitError{std::move(message), std::move(hint)});
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = rest == text.data() + text.size();
  if (failed != std::errc() || !whole || !std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

Parsed<double> parse_ratio(const Metric& metric, std::string_view text) {
  const bool percent = !text.empty() && text.back() == '%';
  if (percent) text.remove_suffix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const std::optional<double> value = parse_number(text);
  if (!value) return refused("needs a share as its bound", "like " + example_limit(metric));
  const double ratio = percent ? *value / 100 : *value;
  if (ratio > 1)
    return refused("is a share: its bound must be between 0 and 1",
                   percent ? "" : "or 0% and 100%");
  return ratio;
}

Parsed<double> parse_bound(const Metric& metric, std::string_view text) {
  switch (metric.unit) {
    case MetricUnit::nanoseconds:
    case MetricUnit::bytes_per_s: {
      const Quantity quantity =
          metric.unit == MetricUnit::nanoseconds ? Quantity::duration : Quantity::rate;
      const Parsed<std::int64_t> parsed = parse_quantity(quantity, text);
      if (!parsed)
        return refused(fmt::format("has a bound that {}", parsed.error().message),
                       parsed.error().hint);
      return static_cast<double>(*parsed);
    }
    case MetricUnit::ratio:
      return parse_ratio(metric, text);
    case MetricUnit::count: {
      const std::optional<double> value = parse_number(text);
      if (!value) return refused("needs a number as its bound", "like " + example_limit(metric));
      return *value;
    }
  }
  kev::check_failed("every unit has a bound", __FILE__, __LINE__);
}

bool holds(double value, Relation relation, double bound) {
  switch (relation) {
    case Relation::less:
      return value < bound;
    case Relation::less_equal:
      return value <= bound;
    case Relation::greater:
      return value > bound;
    case Relation::greater_equal:
      return value >= bound;
  }
  kev::check_failed("every relation is decided", __FILE__, __LINE__);
}

}  // namespace

std::string example_limit(const Metric& metric) {
  switch (metric.unit) {
    case MetricUnit::nanoseconds:
      return "\"< 500ms\"";
    case MetricUnit::bytes_per_s:
      return "\"> 70MB/s\"";
    case MetricUnit::ratio:
      return "\"< 50%\"";
    case MetricUnit::count:
      return "\"< 1000\"";
  }
  kev::check_failed("every unit has an example", __FILE__, __LINE__);
}

Parsed<LimitSpec> parse_limit(const Metric& metric, std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  for (const RelationRow& row : relations) {
    if (text.substr(0, row.text.size()) != row.text) continue;
    std::string_view bound = text.substr(row.text.size());
    while (!bound.empty() && bound.front() == ' ') bound.remove_prefix(1);
    const Parsed<double> value = parse_bound(metric, bound);
    if (!value) return tl::unexpected<UnitError>(value.error());
    return LimitSpec{std::string(metric.name), row.relation, *value,
                     fmt::format("{} {} {}", metric.name, row.text, bound)};
  }
  return refused("needs <, <=, > or >= and a bound", "like " + example_limit(metric));
}

std::vector<LimitResult> check_limits(const std::vector<LimitSpec>& limits,
                                      const std::vector<DesignSummary>& designs) {
  std::vector<LimitResult> results;
  for (const LimitSpec& limit : limits) {
    const Metric* metric = find_metric(limit.metric);
    KEV_CHECK(metric != nullptr);
    for (const DesignSummary& design : designs) {
      LimitResult result{limit.text, design.name, "nothing completed", false};
      if (design.completed > 0) {
        const double value = metric->value(design);
        result.value = format_metric(*metric, value);
        result.met = holds(value, limit.relation, limit.bound);
      }
      results.push_back(std::move(result));
    }
  }
  return results;
}

}  // namespace sim
