#include "sim/block/disksim_block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sim {

namespace {

constexpr double longest_ms = 100'000;

/// A word of the same first letters, for a parameter that is nearly right.
std::string_view like(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t most = 3;
  for (const std::string_view name : known) {
    const auto ends = std::mismatch(word.begin(), word.end(), name.begin(), name.end());
    const auto same = static_cast<std::size_t>(ends.first - word.begin());
    if (same <= most) continue;
    most = same;
    best = name;
  }
  return best;
}

}  // namespace

double disksim_number(const DisksimValue& value, double least, double most, kev::Errors& errors) {
  double number = 0;
  const char* const end = value.word.data() + value.word.size();
  const auto [stop, failed] = std::from_chars(value.word.data(), end, number);
  if (value.kind != DisksimValue::Kind::word || failed != std::errc() || stop != end)
    errors.push_back(value.at.error("a number is needed here"));
  else if (!(number >= least && number <= most))
    errors.push_back(
        value.at.error(fmt::format("{} is not between {} and {}", value.word, least, most)));
  else
    return number;
  return least;
}

kev::Duration disksim_ms(double ms) {
  return kev::Duration(std::llround(ms * 1e6));
}

const DisksimValue* DisksimReader::find(std::string_view name) {
  known_.push_back(name);
  for (const DisksimParameter& parameter : block_.parameters)
    if (parameter.name == name) return &parameter.value;
  return nullptr;
}

const DisksimValue* DisksimReader::require(std::string_view name) {
  const DisksimValue* const value = find(name);
  if (value == nullptr)
    errors_.push_back(block_.at.error(fmt::format("'{}' is missing in {}", name, block_.type)));
  return value;
}

void DisksimReader::flag(std::string_view name, bool& out) {
  if (const DisksimValue* value = find(name)) out = disksim_number(*value, -1, 2, errors_) != 0;
}

void DisksimReader::number(std::string_view name, double least, double most, double& out) {
  if (const DisksimValue* value = find(name)) out = disksim_number(*value, least, most, errors_);
}

void DisksimReader::duration(std::string_view name, kev::Duration& out, double scale) {
  if (const DisksimValue* value = find(name))
    out = disksim_ms(disksim_number(*value, -longest_ms, longest_ms, errors_) * scale);
}

void DisksimReader::pass_over(std::initializer_list<std::string_view> names) {
  known_.insert(known_.end(), names.begin(), names.end());
}

void DisksimReader::finish() {
  for (const DisksimParameter& parameter : block_.parameters) {
    if (std::find(known_.begin(), known_.end(), parameter.name) != known_.end()) continue;
    const std::string_view meant = like(parameter.name, known_);
    errors_.push_back(
        parameter.at.error(fmt::format("{} has no parameter '{}'", block_.type, parameter.name),
                           meant.empty() ? "" : fmt::format("did you mean '{}'?", meant)));
  }
}

}  // namespace sim
