#include "tools/option_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "sim/scenario/units.hpp"

namespace sim {

namespace {

/// A capture of a hundred days, stretched by this, still fits the simulated clock.
constexpr double timing_factor_max = 1000;

bool is_hexadecimal(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

template <class Number, class... Base>
bool parse_all(std::string_view text, Number& number, Base... base) {
  const char* end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, number, base...);
  return failed == std::errc() && rest == end;
}

kev::Error option_error(const char* option, const std::string& text, std::string message,
                        std::string hint) {
  return kev::Error{fmt::format("'{}' {}", text, message), {option, 0, 0}, std::move(hint), {}, 1};
}

}  // namespace

kev::Result<std::uint64_t> parse_seed(const std::string& text) {
  constexpr std::size_t git_hash_digits = 40;
  constexpr std::size_t digits_used = 13;
  const std::string_view whole = text;
  std::uint64_t seed = 0;
  if (whole.size() == git_hash_digits && is_hexadecimal(whole)) {
    if (parse_all(whole.substr(0, digits_used), seed, 16)) return seed;
  } else if (whole.substr(0, 2) == "0x" || whole.substr(0, 2) == "0X") {
    if (parse_all(whole.substr(2), seed, 16)) return seed;
  } else if (parse_all(whole, seed, 10)) {
    return seed;
  }
  return kev::fail(option_error("--seed", text, "is not a seed",
                                "a number below 2^64, 0x and hexadecimal digits, or a git hash of "
                                "40 digits"));
}

kev::Result<kev::Instant> parse_time_limit(const char* option, const std::string& text) {
  if (text.empty()) return kev::Instant::never();
  const std::string hint = fmt::format("like {} 5s", option);
  const Parsed<kev::Duration> parsed = parse_duration(text);
  if (!parsed) return kev::fail(option_error(option, text, parsed.error().message, hint));
  if (parsed->ns() == 0)
    return kev::fail(option_error(option, text, "leaves no time to simulate", hint));
  return kev::Instant(parsed->ns());
}

kev::Result<kev::Instant> parse_until(const std::string& text) {
  return parse_time_limit("--until", text);
}

kev::Result<std::uint64_t> parse_count(const char* option, const std::string& text) {
  std::string_view digits = text;
  std::uint64_t unit = 1;
  if (!digits.empty() && digits.back() == 'k') unit = 1'000;
  if (!digits.empty() && digits.back() == 'M') unit = 1'000'000;
  if (!digits.empty() && digits.back() == 'G') unit = 1'000'000'000;
  if (unit != 1) digits.remove_suffix(1);
  std::uint64_t count = 0;
  std::uint64_t all = 0;
  if (parse_all(digits, count, 10) && count != 0 && !__builtin_mul_overflow(count, unit, &all))
    return all;
  return kev::fail(option_error(option, text, "is not a number above 0", "like 500, 10k or 1M"));
}

kev::Result<Timing> parse_timing(const std::string& text) {
  if (text == "recorded") return Timing{ReplayTiming::recorded, 1};
  if (text == "asap") return Timing{ReplayTiming::asap, 1};
  Timing timing{ReplayTiming::scaled, 0};
  const bool scaled = text.size() > 1 && text.front() == 'x' &&
                      parse_all(std::string_view(text).substr(1), timing.factor);
  if (scaled && timing.factor > 0 && timing.factor <= timing_factor_max) return timing;
  return kev::fail(option_error("--timing", text, "is not a timing",
                                "recorded, asap or xFACTOR like x0.5, x1000 at most"));
}

kev::Result<bool> check_trace_path(const std::string& trace_path,
                                   const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    std::error_code absent;
    if (std::filesystem::equivalent(trace_path, input, absent))
      return kev::fail(option_error("--trace", trace_path, "is an input of this run",
                                    "a name of its own, like run.ktrace"));
  }
  return true;
}

std::vector<Override> overrides_of(const SimulationArguments& arguments, const Catalog& catalog) {
  std::vector<Override> overrides;
  for (const std::string& text : arguments.set) overrides.push_back({text, "--set"});
  std::string designs = arguments.designs;
  if (designs == "all") {
    designs.clear();
    for (const NamedRow& row : catalog.designs) designs += (designs.empty() ? "" : ",") + row.name;
  }
  if (!designs.empty()) overrides.push_back({"workload.designs=" + designs, "--designs"});
  return overrides;
}

}  // namespace sim
