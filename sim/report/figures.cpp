#include "sim/report/figures.hpp"

#include <fmt/format.h>

#include <cmath>
#include <span>

namespace sim {

namespace {

/// Three significant digits, never an exponent: 9.996 -> "10.0", 999.6 -> "1000".
std::string three_digits(double value) {
  const double magnitude = std::fabs(value);
  if (magnitude == 0.0) return "0";
  if (magnitude < 9.995) return fmt::format("{:.2f}", value);
  if (magnitude < 99.95) return fmt::format("{:.1f}", value);
  return fmt::format("{:.0f}", value);
}

struct Scale {
  double factor;
  const char* unit;
};

constexpr Scale durations[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
constexpr Scale rates[] = {{1e9, "GB/s"}, {1e6, "MB/s"}, {1e3, "kB/s"}, {1, "B/s"}};
constexpr Scale sizes[] = {
    {1099511627776.0, "TiB"}, {1073741824.0, "GiB"}, {1048576.0, "MiB"}, {1024.0, "KiB"}, {1, "B"}};

std::string scaled(double value, std::span<const Scale> scales) {
  if (!std::isfinite(value)) return "-";
  // 0.9995 of a unit already prints as 1.00 of it.
  for (const Scale& scale : scales)
    if (std::fabs(value) >= 0.9995 * scale.factor || scale.factor <= 1)
      return fmt::format(
          "{} {}", scale.factor <= 1 ? format_count(value) : three_digits(value / scale.factor),
          scale.unit);
  return {};
}

}  // namespace

std::string format_duration(double nanoseconds) {
  return scaled(nanoseconds, durations);
}
std::string format_rate(double bytes_per_s) {
  return scaled(bytes_per_s, rates);
}

std::string format_size(std::int64_t bytes) {
  for (const Scale& scale : sizes) {
    const double units = static_cast<double>(bytes) / scale.factor;
    if (units < 1 && scale.factor > 1) continue;
    if (units == std::floor(units)) return fmt::format("{:.0f} {}", units, scale.unit);
    return fmt::format("{} {}", three_digits(units), scale.unit);
  }
  return {};
}

std::string format_ratio(double ratio) {
  if (!std::isfinite(ratio)) return "-";
  return fmt::format("{:.1f} %", ratio * 100);
}

std::string format_count(double count) {
  if (!std::isfinite(count)) return "-";
  const std::string digits = fmt::format("{:.0f}", std::fabs(count));
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ' ';
    grouped += digits[i];
  }
  return (count <= -0.5 ? "-" : "") + grouped;
}

std::string format_factor(double factor) {
  if (!std::isfinite(factor)) return "-";
  return three_digits(factor) + "x";
}

}  // namespace sim
