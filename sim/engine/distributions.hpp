#pragma once
// Distributions over Random, of our own because those of <random> differ between vendors. The same
// stream gives the same values bit for bit with every compiler, optimisation and C library: only
// +, -, *, /, square root and comparisons of doubles are used, in written order
// (portable_math.hpp).
//
// Units: Duration in nanoseconds, rounded to nearest. Parameters are checked when a distribution is
// made (KEV_CHECK: the scenario loader has validated what the user wrote).
// Draws: every sample takes one draw, except that uniform and zipf draw again when they reject one.

#include <cstdint>
#include <vector>

#include "model/base/time.hpp"
#include "sim/engine/random.hpp"

namespace sim {

/// Uniform over the integers low..high, both included.
class UniformInt {
 public:
  /// Requires low <= high.
  UniformInt(std::int64_t low, std::int64_t high);
  [[nodiscard]] std::int64_t sample(Random& random) const;

 private:
  std::int64_t low_;
  std::uint64_t span_;  ///< high - low
};

/// Uniform over the nanoseconds low..high, both included.
class UniformDuration {
 public:
  /// Requires low <= high.
  UniformDuration(kev::Duration low, kev::Duration high) : ns_(low.ns(), high.ns()) {}
  [[nodiscard]] kev::Duration sample(Random& random) const {
    return kev::Duration(ns_.sample(random));
  }

 private:
  UniformInt ns_;
};

class Exponential {
 public:
  /// Requires mean >= 0.
  explicit Exponential(kev::Duration mean);
  [[nodiscard]] kev::Duration sample(Random& random) const;

 private:
  double mean_ns_;
};

/// The logarithm is normal: median * e^(sigma * Z).
class Lognormal {
 public:
  /// Requires median >= 0, sigma >= 0.
  Lognormal(kev::Duration median, double sigma);
  [[nodiscard]] kev::Duration sample(Random& random) const;

 private:
  double median_ns_;
  double sigma_;
};

/// Ranks 0..n-1, rank k with a probability proportional to (k + 1)^-exponent.
/// Rejection-inversion (Hoermann and Derflinger, "Rejection-inversion to generate variates from
/// monotone discrete distributions", 1996): no table, about one draw a sample for every n.
class Zipf {
 public:
  /// Requires n >= 1, exponent >= 0.
  Zipf(std::uint64_t n, double exponent);
  [[nodiscard]] std::uint64_t sample(Random& random) const;

 private:
  [[nodiscard]] double weight(double x) const;            ///< x^-exponent
  [[nodiscard]] double integral(double x) const;          ///< of weight from 1 to x
  [[nodiscard]] double integral_inverse(double y) const;  ///< integral(integral_inverse(y)) == y

  double n_;
  double exponent_;
  double low_;       ///< integral(1.5) - 1: the left end of the area drawn from
  double high_;      ///< integral(n + 0.5)
  double shortcut_;  ///< accept at once when the rounded rank is at most this far to the right
};

/// A measured distribution, given by quantiles; linear between them.
class Empirical {
 public:
  struct Quantile {
    double probability = 0.0;
    std::int64_t value = 0;
  };

  /// Requires: at least one; probabilities rise strictly within [0, 1]; values do not fall. Below
  /// the first probability the first value is taken, above the last the last.
  explicit Empirical(std::vector<Quantile> quantiles);
  [[nodiscard]] std::int64_t sample(Random& random) const;
  /// The value at one probability in [0, 1].
  [[nodiscard]] std::int64_t quantile(double probability) const;

 private:
  std::vector<Quantile> quantiles_;
};

/// The standard normal distribution's quantile; 0 < probability < 1. Wichura, "Algorithm AS 241",
/// 1988; relative error below 1e-15.
double normal_quantile(double probability);

}  // namespace sim
