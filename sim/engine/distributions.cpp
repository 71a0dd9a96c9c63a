#include "sim/engine/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/base/check.hpp"
#include "sim/engine/portable_math.hpp"

namespace sim {

namespace {

/// To the nearest nanosecond; what does not fit becomes the largest duration.
kev::Duration nearest_duration(double ns) {
  if (!(ns < 0x1p63)) return kev::Duration::max();
  return kev::Duration(static_cast<std::int64_t>(ns + 0.5));
}

/// Uniform in (0, 1), never 0, never 1.
double open_unit(Random& random) {
  return (static_cast<double>(random.next() >> 12) + 0.5) * 0x1p-52;
}

/// Coefficients of ascending powers.
template <std::size_t n>
double polynomial(const double (&coefficients)[n], double x) {
  double sum = coefficients[n - 1];
  for (std::size_t i = n - 1; i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

// The rational approximations of AS 241 (routine PPND16): the middle, the flanks, the far tails.
constexpr double middle_over[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                  1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                  4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                  3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr double middle_under[] = {1.0,
                                   4.2313330701600911252e+1,
                                   6.8718700749205790830e+2,
                                   5.3941960214247511077e+3,
                                   2.1213794301586595867e+4,
                                   3.9307895800092710610e+4,
                                   2.8729085735721942674e+4,
                                   5.2264952788528545610e+3};
constexpr double flank_over[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                 5.76949722146069140550e0,  3.64784832476320460504e0,
                                 1.27045825245236838258e0,  2.41780725177450611770e-1,
                                 2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr double flank_under[] = {1.0,
                                  2.05319162663775882187e0,
                                  1.67638483018380384940e0,
                                  6.89767334985100004550e-1,
                                  1.48103976427480074590e-1,
                                  1.51986665636164571966e-2,
                                  5.47593808499534494600e-4,
                                  1.05075007164441684324e-9};
constexpr double tail_over[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                1.78482653991729133580e0,  2.96560571828504891230e-1,
                                2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr double tail_under[] = {1.0,
                                 5.99832206555887937690e-1,
                                 1.36929880922735805310e-1,
                                 1.48753612908506148525e-2,
                                 7.86869131145613259100e-4,
                                 1.84631831751005468180e-5,
                                 1.42151175831644588870e-7,
                                 2.04426310338993978564e-15};

}  // namespace

double normal_quantile(double probability) {
  KEV_CHECK(probability > 0.0 && probability < 1.0);
  const double q = probability - 0.5;
  if (std::fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(middle_over, r) / polynomial(middle_under, r);
  }
  const double smaller = q < 0.0 ? probability : 1.0 - probability;
  const double r = std::sqrt(-portable_log(smaller));
  const double distance = r <= 5.0
                              ? polynomial(flank_over, r - 1.6) / polynomial(flank_under, r - 1.6)
                              : polynomial(tail_over, r - 5.0) / polynomial(tail_under, r - 5.0);
  return q < 0.0 ? -distance : distance;
}

UniformInt::UniformInt(std::int64_t low, std::int64_t high)
    : low_(low), span_(static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low)) {
  KEV_CHECK(low <= high);
}

std::int64_t UniformInt::sample(Random& random) const {
  const std::uint64_t offset = span_ == UINT64_MAX ? random.next() : random.below(span_ + 1);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low_) + offset);
}

Exponential::Exponential(kev::Duration mean) : mean_ns_(static_cast<double>(mean.ns())) {
  KEV_CHECK(mean >= kev::Duration());
}

kev::Duration Exponential::sample(Random& random) const {
  return nearest_duration(-mean_ns_ * portable_log(open_unit(random)));
}

Lognormal::Lognormal(kev::Duration median, double sigma)
    : median_ns_(static_cast<double>(median.ns())), sigma_(sigma) {
  KEV_CHECK(median >= kev::Duration());
  KEV_CHECK(sigma >= 0.0);
}

kev::Duration Lognormal::sample(Random& random) const {
  return nearest_duration(median_ns_ * portable_exp(sigma_ * normal_quantile(open_unit(random))));
}

Zipf::Zipf(std::uint64_t n, double exponent) : n_(static_cast<double>(n)), exponent_(exponent) {
  KEV_CHECK(n >= 1);
  KEV_CHECK(exponent >= 0.0);
  low_ = integral(1.5) - 1.0;
  high_ = integral(n_ + 0.5);
  shortcut_ = 2.0 - integral_inverse(integral(2.5) - weight(2.0));
}

double Zipf::weight(double x) const {
  return portable_exp(-exponent_ * portable_log(x));
}

double Zipf::integral(double x) const {
  const double log_x = portable_log(x);
  return portable_expm1_over((1.0 - exponent_) * log_x) * log_x;
}

double Zipf::integral_inverse(double y) const {
  // Rounding may carry the argument past the pole of the logarithm.
  const double t = std::max(y * (1.0 - exponent_), -1.0 + 0x1p-53);
  return portable_exp(portable_log1p_over(t) * y);
}

std::uint64_t Zipf::sample(Random& random) const {
  while (true) {
    const double y = high_ + open_unit(random) * (low_ - high_);
    const double x = integral_inverse(y);
    const double rank = std::clamp(std::floor(x + 0.5), 1.0, n_);
    if (rank - x <= shortcut_ || y >= integral(rank + 0.5) - weight(rank)) {
      return static_cast<std::uint64_t>(rank) - 1;
    }
  }
}

Empirical::Empirical(std::vector<Quantile> quantiles) : quantiles_(std::move(quantiles)) {
  KEV_CHECK(!quantiles_.empty());
  KEV_CHECK(quantiles_.front().probability >= 0.0);
  KEV_CHECK(quantiles_.back().probability <= 1.0);
  for (std::size_t i = 1; i < quantiles_.size(); ++i) {
    KEV_CHECK(quantiles_[i - 1].probability < quantiles_[i].probability);
    KEV_CHECK(quantiles_[i - 1].value <= quantiles_[i].value);
  }
}

std::int64_t Empirical::sample(Random& random) const {
  return quantile(random.unit());
}

std::int64_t Empirical::quantile(double probability) const {
  const auto above =
      std::upper_bound(quantiles_.begin(), quantiles_.end(), probability,
                       [](double p, const Quantile& quantile) { return p < quantile.probability; });
  if (above == quantiles_.begin()) return quantiles_.front().value;
  if (above == quantiles_.end()) return quantiles_.back().value;
  const Quantile& left = *(above - 1);
  const double share = (probability - left.probability) / (above->probability - left.probability);
  const auto width = static_cast<double>(static_cast<std::uint64_t>(above->value) -
                                         static_cast<std::uint64_t>(left.value));
  return left.value + static_cast<std::int64_t>(share * width + 0.5);
}

}  // namespace sim
