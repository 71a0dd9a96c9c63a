#pragma once
// What a network does to packets, in the words of tc-netem(8):
//
//   delay 10ms 2ms 25% distribution normal      mean, variation, correlation; also "latency"
//   loss 1% 25%      loss random 1% 25%         also "drop"
//   loss state 1% 99% 0% 100% 0%                p13 p31 p32 p23 p14; the first is enough
//   loss gemodel 1% 10% 70% 0.1%                p r 1-h 1-k; the first is enough
//   duplicate 1% 25%      corrupt 0.1% 25%      reorder 25% 50% gap 5
//   rate 1mbit            limit 1000
//
// In any order, each once. What is left out has tc's own default: r is 1-p, 1-h 100 %, 1-k 0 %; p31
// is 1-p13, p23 100 %, p32 and p14 0 %; gap 1, limit 1000. Rates are in bits a second (bit, kbit,
// mbit, gbit) or, as tc has it, in bytes (bps, kbps, mbps, gbps). Unlike in tc, durations and
// shares need their unit. Not modelled: slot, ecn, seed, tables of one's own, overheads of a rate.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/base/result.hpp"
#include "model/base/time.hpp"

namespace sim {

struct NetemSpec {
  enum class Distribution : std::uint8_t { uniform, normal, pareto, paretonormal };
  enum class Loss : std::uint8_t { none, random, state, gemodel };
  /// A probability, and how much it depends on the packet before.
  struct Chance {
    double probability = 0;
    double correlation = 0;
  };

  kev::Duration delay{0};
  kev::Duration jitter{0};
  double delay_correlation = 0;
  Distribution distribution = Distribution::uniform;
  Loss loss = Loss::none;
  Chance random;
  std::array<double, 5> state{0, 1, 0, 1, 0};  ///< p13 p31 p32 p23 p14
  std::array<double, 4> gemodel{0, 1, 1, 0};   ///< p r 1-h 1-k
  Chance duplicate;
  Chance corrupt;
  Chance reorder;
  std::int64_t gap = 1;
  std::int64_t rate_bits_per_s = 0;  ///< 0: none
  std::int64_t limit = 1000;         ///< packets that are delayed or wait for the rate
};

/// What is wrong with a line, and where in it.
struct NetemError {
  std::size_t at = 0;
  std::size_t length = 1;
  std::string message;
  std::string hint;
};

tl::expected<NetemSpec, NetemError> parse_netem(std::string_view text);

}  // namespace sim
