#pragma once
// Random numbers: xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number
// generators", 2018) seeded by splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
// generators", 2014). One seed a run; streams have names and are independent, so that one more draw
// in one place moves nothing in another.
//
// Take one draw a statement: compilers disagree on the order in which arguments are evaluated.

#include <bit>
#include <cstdint>
#include <string_view>

#include "model/base/check.hpp"
#include "sim/engine/hash.hpp"

namespace sim {

/// One step of splitmix64: advances the state and returns the next word.
constexpr std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// The seed of execution `index` of a campaign (or of any other numbered part).
constexpr std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t state = seed;
  state = splitmix64(state) ^ index;
  return splitmix64(state);
}

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) word = splitmix64(seed);
  }

  /// 64 uniform bits.
  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// Uniform in [0, n), without bias. Requires n > 0. Lemire, "Fast random integer generation in an
  /// interval", 2019: the division runs only when a draw falls into the short last interval.
  std::uint64_t below(std::uint64_t n) {
    KEV_CHECK(n > 0);
    Uint128 product = static_cast<Uint128>(next()) * n;
    if (static_cast<std::uint64_t>(product) < n) [[unlikely]] {
      const std::uint64_t threshold = (0 - n) % n;
      while (static_cast<std::uint64_t>(product) < threshold) {
        product = static_cast<Uint128>(next()) * n;
      }
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// True with probability p; p <= 0 is never, p >= 1 always. Always one draw.
  bool chance(double p) { return unit() < p; }

 private:
  std::uint64_t state_[4];
};

/// The streams of one run, by name. The same name gives the same stream, from its beginning.
class RandomStreams {
 public:
  explicit RandomStreams(std::uint64_t seed) : seed_(seed) {}

  [[nodiscard]] Random stream(std::string_view name) const {
    Fingerprint fingerprint;
    fingerprint.add(seed_);
    fingerprint.add(name);
    return Random(fingerprint.value());
  }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

 private:
  std::uint64_t seed_;
};

}  // namespace sim
