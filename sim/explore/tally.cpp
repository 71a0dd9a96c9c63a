#include "sim/explore/tally.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/engine/portable_math.hpp"

namespace sim {

namespace {

constexpr std::uint64_t exact_max = 4096;

}  // namespace

void Tally::see(std::uint64_t fingerprint) {
  const std::uint64_t value = fingerprint == 0 ? 1 : fingerprint;
  const auto at = static_cast<std::size_t>(value >> (64 - register_bits));
  const std::uint64_t rest = (value << register_bits) | (std::uint64_t{1} << (register_bits - 1));
  const auto rank = static_cast<std::uint8_t>(std::countl_zero(rest) + 1);
  if (registers_[at] < rank) registers_[at] = rank;
  if (exact_count_ > exact_max) return;
  std::size_t slot = value % exact_slots;
  while (exact_[slot] != 0 && exact_[slot] != value) slot = (slot + 1) % exact_slots;
  if (exact_[slot] == value) return;
  exact_[slot] = value;
  ++exact_count_;
}

void Tally::merge(const Tally& other) {
  executions += other.executions;
  for (std::size_t i = 0; i < steps_.size(); ++i) steps_[i] += other.steps_[i];
  for (std::size_t i = 0; i < registers_.size(); ++i)
    if (registers_[i] < other.registers_[i]) registers_[i] = other.registers_[i];
  for (const std::uint64_t value : other.exact_)
    if (value != 0) see(value);
  // A part that stopped counting exactly stops the whole.
  if (other.exact_count_ > exact_max) exact_count_ = exact_max + 1;
}

std::uint64_t Tally::distinct() const {
  if (exact_count_ <= exact_max) return exact_count_;
  double sum = 0;
  for (const std::uint8_t rank : registers_) sum += std::ldexp(1.0, -static_cast<int>(rank));
  const auto count = static_cast<double>(registers_.size());
  double estimate = 0.7213 / (1 + 1.079 / count) * count * count / sum;
  // Of few the estimate is too high; how many registers saw nothing says more (linear counting).
  const auto empty = std::count(registers_.begin(), registers_.end(), std::uint8_t{0});
  if (estimate <= 2.5 * count && empty != 0)
    estimate = count * portable_log(count / static_cast<double>(empty));
  return std::min(static_cast<std::uint64_t>(estimate), executions);
}

std::uint32_t Tally::steps_median() const {
  std::uint64_t seen = 0;
  for (std::uint32_t steps = 0; steps < steps_counted; ++steps) {
    seen += steps_[steps];
    if (seen * 2 >= executions) return steps;
  }
  return 0;
}

}  // namespace sim
