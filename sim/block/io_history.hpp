#pragma once
// What an elevator learns of a process: how long it thinks between its requests, how far apart they
// lie. Decaying means in the kernel's fixed point (256 is one), each sample weighing an eighth.
//
// Units: ticks, sectors. Source: as_update_thinktime() and as_update_seekdist() of Linux 2.6.18
// (block/as-iosched.c), which CFQ took over.

#include <algorithm>
#include <cstdint>

#include "sim/block/jiffies.hpp"

namespace sim {

/// 7/8 of the old value and an eighth of the new one, 256 being one.
constexpr std::uint64_t decayed(std::uint64_t total, std::uint64_t sample) {
  return (7 * total + 256 * sample) / 8;
}

/// From here on CFQ believes a mean.
inline constexpr std::uint64_t enough_samples = 80;

class ThinkTime {
 public:
  void add(Jiffies ticks) {
    samples_ = decayed(samples_, 1);
    total_ = decayed(total_, static_cast<std::uint64_t>(ticks));
    mean_ = static_cast<Jiffies>((total_ + 128) / samples_);
  }
  /// Grows from 0 towards 256 with the number of samples.
  [[nodiscard]] std::uint64_t samples() const { return samples_; }
  [[nodiscard]] Jiffies mean() const { return mean_; }

 private:
  std::uint64_t samples_ = 0;
  std::uint64_t total_ = 0;
  Jiffies mean_ = 0;
};

class SeekDistance {
 public:
  /// One far request counts for no more than four times the mean and a margin, which is larger
  /// while there are few samples.
  void add(std::uint64_t sectors) {
    const std::uint64_t margin = samples_ <= 60 ? 2 * 1024 * 1024 : 2 * 1024 * 64;
    sectors = std::min(sectors, mean_ * 4 + margin);
    samples_ = decayed(samples_, 1);
    total_ = decayed(total_, sectors);
    mean_ = (total_ + samples_ / 2) / samples_;
  }
  [[nodiscard]] std::uint64_t samples() const { return samples_; }
  [[nodiscard]] std::uint64_t mean() const { return mean_; }

 private:
  std::uint64_t samples_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t mean_ = 0;
};

constexpr std::uint64_t sectors_between(std::uint64_t a, std::uint64_t b) {
  return a < b ? b - a : a - b;
}

}  // namespace sim
