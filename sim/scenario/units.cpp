#include "sim/scenario/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <span>

#include "model/base/check.hpp"

namespace sim {

namespace {

/// `factor` is in the family's smallest unit. Rows that `write` may use come largest first.
struct Unit {
  std::string_view name;
  std::int64_t factor;
  bool canonical;
};

/// What people write for a unit of ours.
struct Alias {
  std::string_view written;
  std::string_view meant;
};

struct Family {
  std::string_view noun;    ///< "a size"
  std::string_view finest;  ///< the grain of the result, for the message
  std::string_view likely;  ///< the unit a bare number probably has
  std::string_view zero;    ///< the unit to write 0 in
  std::int64_t grain;       ///< smallest units in one unit of the result (8 bits in a byte)
  std::span<const Unit> units;
  std::span<const Alias> aliases;
};

constexpr std::int64_t kilo = 1'000;
constexpr std::int64_t kibi = 1'024;

constexpr Unit size_units[] = {
    {"TiB", kibi* kibi* kibi* kibi, true},
    {"TB", kilo* kilo* kilo* kilo, true},
    {"GiB", kibi* kibi* kibi, true},
    {"GB", kilo* kilo* kilo, true},
    {"MiB", kibi* kibi, true},
    {"MB", kilo* kilo, true},
    {"KiB", kibi, true},
    {"kB", kilo, true},
    {"KB", kilo, false},
    {"B", 1, true},
};
constexpr Alias size_aliases[] = {
    {"k", "KiB"},   {"K", "KiB"}, {"m", "MiB"},   {"M", "MiB"},  {"g", "GiB"},   {"G", "GiB"},
    {"t", "TiB"},   {"T", "TiB"}, {"kib", "KiB"}, {"kb", "kB"},  {"mib", "MiB"}, {"mb", "MB"},
    {"gib", "GiB"}, {"gb", "GB"}, {"b", "B"},     {"byte", "B"}, {"bytes", "B"},
};

constexpr Unit rate_units[] = {
    {"Tbit/s", kilo* kilo* kilo* kilo, true},
    {"Gbit/s", kilo* kilo* kilo, true},
    {"Mbit/s", kilo* kilo, true},
    {"kbit/s", kilo, true},
    {"GiB/s", 8 * kibi* kibi* kibi, false},
    {"GB/s", 8 * kilo* kilo* kilo, false},
    {"MiB/s", 8 * kibi* kibi, false},
    {"MB/s", 8 * kilo* kilo, false},
    {"KiB/s", 8 * kibi, false},
    {"kB/s", 8 * kilo, false},
    {"KB/s", 8 * kilo, false},
    {"B/s", 8, true},
    {"bit/s", 1, false},
};
constexpr Alias rate_aliases[] = {
    {"Gbps", "Gbit/s"}, {"gbps", "Gbit/s"}, {"Mbps", "Mbit/s"},   {"mbps", "Mbit/s"},
    {"kbps", "kbit/s"}, {"Kbps", "kbit/s"}, {"Kbit/s", "kbit/s"}, {"bps", "bit/s"},
    {"Gb/s", "Gbit/s"}, {"Mb/s", "Mbit/s"}, {"kb/s", "kbit/s"},   {"Gbit", "Gbit/s"},
    {"Mbit", "Mbit/s"}, {"kbit", "kbit/s"}, {"G", "Gbit/s"},      {"M", "Mbit/s"},
    {"GBps", "GB/s"},   {"MBps", "MB/s"},   {"GB", "GB/s"},       {"MB", "MB/s"},
};

constexpr Unit duration_units[] = {
    {"h", 3'600'000'000'000, true},
    {"min", 60'000'000'000, true},
    {"s", 1'000'000'000, true},
    {"ms", 1'000'000, true},
    {"us", 1'000, true},
    {"\u00b5s", 1'000, false},  // micro sign
    {"\u03bcs", 1'000, false},  // Greek mu, which looks the same
    {"ns", 1, true},
};
constexpr Alias duration_aliases[] = {
    {"sec", "s"},      {"secs", "s"},      {"second", "s"}, {"seconds", "s"}, {"S", "s"},
    {"msec", "ms"},    {"usec", "us"},     {"nsec", "ns"},  {"m", "min"},     {"mins", "min"},
    {"minute", "min"}, {"minutes", "min"}, {"hour", "h"},   {"hours", "h"},   {"H", "h"},
};

constexpr std::array<Family, 3> families{{
    {"a size", "a byte", "B", "B", 1, size_units, size_aliases},
    {"a rate", "a byte a second", "Mbit/s", "B/s", 8, rate_units, rate_aliases},
    {"a duration", "a nanosecond", "us", "s", 1, duration_units, duration_aliases},
}};

const Family& family_of(Quantity quantity) {
  return families[static_cast<std::size_t>(quantity)];
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

tl::unexpected<UnitError> wrong(std::string message, std::string hint = {}) {
  return tl::unexpected<UnitError>(UnitError{std::move(message), std::move(hint)});
}

/// Smallest first; of several spellings the first of the table.
std::string unit_names(const Family& family) {
  std::string names;
  std::int64_t larger = 0;
  for (const Unit& unit : family.units) {
    if (unit.factor == larger) continue;
    larger = unit.factor;
    names = std::string(unit.name) + (names.empty() ? "" : ", ") + names;
  }
  return names;
}

/// A decimal number in integers: mantissa / 10^decimals.
struct Decimal {
  std::int64_t mantissa = 0;
  std::int64_t power = 1;
  std::size_t length = 0;  ///< characters read; 0 when there is no number
  bool too_long = false;
};

Decimal read_decimal(std::string_view text) {
  Decimal number;
  std::size_t at = 0;
  std::int64_t value = 0;
  std::int64_t power = 1;
  bool point = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !point && at > 0 && at + 1 < text.size() && is_digit(text[at + 1])) {
      point = true;
      continue;
    }
    if (!is_digit(text[at])) break;
    number.too_long |= __builtin_mul_overflow(value, std::int64_t{10}, &value);
    number.too_long |= __builtin_add_overflow(value, std::int64_t{text[at] - '0'}, &value);
    if (point) number.too_long |= __builtin_mul_overflow(power, std::int64_t{10}, &power);
  }
  if (number.too_long) value = power = 1;
  number.mantissa = value;
  number.power = power;
  number.length = at;
  return number;
}

tl::unexpected<UnitError> wrong_unit(const Family& family, std::string_view number,
                                     std::string_view unit) {
  for (const Alias& alias : family.aliases)
    if (alias.written == unit)
      return wrong(fmt::format("has an unknown unit '{}'", unit),
                   fmt::format("did you mean \"{}{}\"?", number, alias.meant));
  return wrong(fmt::format("has an unknown unit '{}'", unit), "units: " + unit_names(family));
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

Parsed<std::int64_t> parse_quantity(Quantity quantity, std::string_view text) {
  const Family& family = family_of(quantity);
  const std::string_view whole = trimmed(text);
  const std::string likely = with_likely_unit(quantity, "80");
  if (whole.empty()) return wrong("is empty", fmt::format("write {} like {}", family.noun, likely));
  if (whole.size() > 1 && whole.front() == '-' && is_digit(whole[1]))
    return wrong("must not be negative");
  const Decimal number = read_decimal(whole);
  if (number.length == 0)
    return wrong(fmt::format("is not {}", family.noun),
                 fmt::format("write {} like {}", family.noun, likely));
  const std::string_view digits = whole.substr(0, number.length);
  const std::string_view name = trimmed(whole.substr(number.length));
  if (name.empty())
    return wrong(
        fmt::format("needs a unit: {}, not \"{}\"", with_likely_unit(quantity, digits), digits));
  const auto unit = std::find_if(family.units.begin(), family.units.end(),
                                 [&](const Unit& row) { return row.name == name; });
  if (unit == family.units.end()) return wrong_unit(family, digits, name);
  if (number.too_long) return wrong("has too many digits");

  // value = mantissa * factor / (power * grain), exactly.
  std::int64_t divisor = 0;
  if (__builtin_mul_overflow(number.power, family.grain, &divisor))
    return wrong("has too many digits");
  const std::int64_t common = std::gcd(unit->factor, divisor);
  divisor /= common;
  if (number.mantissa % divisor != 0) return wrong(fmt::format("is finer than {}", family.finest));
  std::int64_t value = 0;
  if (__builtin_mul_overflow(number.mantissa / divisor, unit->factor / common, &value))
    return wrong("is too large");
  return value;
}

Parsed<kev::Duration> parse_duration(std::string_view text) {
  const Parsed<std::int64_t> ns = parse_quantity(Quantity::duration, text);
  if (!ns) return tl::unexpected<UnitError>(ns.error());
  return kev::Duration(*ns);
}

std::string write_quantity(Quantity quantity, std::int64_t value) {
  KEV_CHECK(value >= 0);
  const Family& family = family_of(quantity);
  if (value == 0) return fmt::format("0{}", family.zero);
  for (const Unit& unit : family.units) {
    if (!unit.canonical) continue;
    const std::int64_t common = std::gcd(unit.factor, family.grain);
    const std::int64_t per_unit = unit.factor / common;  // results in so many units...
    const std::int64_t units = family.grain / common;    // ...of this name
    std::int64_t count = 0;
    if (value % per_unit == 0 && !__builtin_mul_overflow(value / per_unit, units, &count))
      return fmt::format("{}{}", count, unit.name);
  }
  kev::check_failed("every family has a unit of one grain", __FILE__, __LINE__);
}

std::string with_likely_unit(Quantity quantity, std::string_view number) {
  return fmt::format("\"{}{}\"", number, family_of(quantity).likely);
}

std::string quantity_pattern(Quantity quantity) {
  std::string names;
  for (const Unit& unit : family_of(quantity).units) {
    names += names.empty() ? "" : "|";
    names += unit.name;
  }
  return fmt::format("^[0-9]+(\\.[0-9]+)? ?({})$", names);
}

}  // namespace sim
