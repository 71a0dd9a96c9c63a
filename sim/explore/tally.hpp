#pragma once
// Figures of a campaign that stay the same size however long it runs: how many executions differed
// (exactly up to some thousands, then estimated: HyperLogLog, Flajolet et al., 2007), and the
// median number of steps. Tallies of parts can be added; the order does not matter.

#include <array>
#include <cstdint>

namespace sim {

class Tally {
 public:
  void add(std::uint64_t fingerprint, std::uint32_t steps) {
    ++executions;
    ++steps_[steps < steps_counted ? steps : steps_counted - 1];
    see(fingerprint);
  }
  void merge(const Tally& other);

  [[nodiscard]] std::uint64_t distinct() const;
  [[nodiscard]] std::uint32_t steps_median() const;

  std::uint64_t executions = 0;

 private:
  static constexpr std::uint32_t steps_counted = 4096;
  static constexpr std::size_t exact_slots = 8192;
  static constexpr unsigned register_bits = 12;

  void see(std::uint64_t fingerprint);

  std::array<std::uint64_t, steps_counted> steps_{};
  std::array<std::uint64_t, exact_slots> exact_{};
  std::uint64_t exact_count_ = 0;
  std::array<std::uint8_t, std::size_t{1} << register_bits> registers_{};
};

}  // namespace sim
