#pragma once
// Logarithm and exponential from +, -, *, / alone, which IEEE 754 defines to the last bit. The C
// library's own differ between versions and between processors with and without fused
// multiply-add; these give the same bits everywhere (given -ffp-contract=off). Relative error
// below 1e-15 over the ranges the distributions use; not meant for anything else.

#include <bit>
#include <cstdint>

namespace sim {

namespace portable_detail {

// ln 2 in two parts: the first has 21 trailing zero bits, so that its product with any exponent is
// exact.
inline constexpr double ln2_high = 0x1.62e42fee00000p-1;
inline constexpr double ln2_low = 0x1.a39ef35793c76p-33;

/// 2 * atanh(s) / s for |s| <= 0.1716: the series 2 * sum s^2k / (2k + 1).
constexpr double twice_atanh_over(double s) {
  const double z = s * s;
  double sum = 0.0;
  for (int k = 11; k >= 1; --k) sum = (sum + 1.0 / (2 * k + 1)) * z;
  return 2.0 + 2.0 * sum;
}

/// (e^r - 1) / r for |r| <= 0.35: the series sum r^k / (k + 1)!.
constexpr double expm1_series_over(double r) {
  double sum = 1.0;
  for (int k = 14; k >= 2; --k) sum = 1.0 + sum * r / k;
  return sum;
}

}  // namespace portable_detail

/// Natural logarithm. Requires a normal, positive x.
constexpr double portable_log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++exponent;
  }
  const double s = (m - 1.0) / (m + 1.0);
  const double log_m = s * portable_detail::twice_atanh_over(s);
  const double e = exponent;
  return e * portable_detail::ln2_high + (log_m + e * portable_detail::ln2_low);
}

/// e^x; 0 below -700, e^700 above 700.
constexpr double portable_exp(double x) {
  if (x < -700.0) return 0.0;
  if (x > 700.0) x = 700.0;
  const double scaled = x * 1.4426950408889634;
  const auto k = static_cast<std::int64_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  const auto n = static_cast<double>(k);
  const double r = (x - n * portable_detail::ln2_high) - n * portable_detail::ln2_low;
  const double mantissa = 1.0 + r * portable_detail::expm1_series_over(r);
  const double power = std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52);
  return mantissa * power;
}

/// (e^x - 1) / x, 1 at 0; precise near 0.
constexpr double portable_expm1_over(double x) {
  if (x > -0.35 && x < 0.35) return portable_detail::expm1_series_over(x);
  return (portable_exp(x) - 1.0) / x;
}

/// ln(1 + x) / x, 1 at 0; precise near 0. Requires x > -1.
constexpr double portable_log1p_over(double x) {
  if (x > -0.25 && x < 0.35) {
    return portable_detail::twice_atanh_over(x / (2.0 + x)) / (2.0 + x);
  }
  return portable_log(1.0 + x) / x;
}

}  // namespace sim
