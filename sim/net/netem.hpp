#pragma once
// What a network does to single packets beyond rate and queue: the emulations of Linux' netem
// (net/sched/sch_netem.c, tc-netem(8)).
//
//   loss        random, with correlation; the four-state model of Salsano et al. 2012 (P13, P31,
//               P32, P23, P14); Gilbert-Elliott (P, R, H, K)
//   duplicate   the copy goes first
//   corrupt     the receiver's checksum drops the packet
//   reorder     these packets skip the delay; gap: at least so many in between do not
//   jitter      the delay varies by as much, which may reorder: evenly, or as the quantiles say
//               that iproute2 ships (normal, pareto, paretonormal)
//   rate        packets wait until those before are through
//   limit       so many are held, being delayed or waiting; those beyond are dropped
//
// With a limit it is a queue of its own, as the discipline of Linux is: packets leave it for the
// link's queue when their time has come, in the order of these times. Without one there is no
// delay and no rate, and jitter comes after the link's queue.
//
// Correlated chance is netem's: each value is mixed with the last one, which is not what the word
// means in statistics, and changes the rate too. Linux takes a delay from the low bits of the
// value, in which little of the last one is left; here its high bits are used, so that delays that
// follow each other are alike, as the manual has it. Draws come from one stream, in a fixed order;
// what is off draws nothing.

#include <cstdint>

#include "model/base/time.hpp"
#include "sim/engine/random.hpp"

namespace sim {

/// A probability, and how much of the last value is mixed into the next one.
struct Correlated {
  double probability = 0;
  double correlation = 0;
  [[nodiscard]] bool off() const { return probability <= 0; }
};

struct LossModel {
  enum class Kind : std::uint8_t { none, random, state, gilbert_elliott };
  Kind kind = Kind::none;
  Correlated random;
  double p13 = 0, p31 = 1, p32 = 0, p23 = 1, p14 = 0;
  double p = 0, r = 1, h = 0, k1 = 0;  ///< k1: lost when good; h: arrives when bad
};

/// How a delay is spread around its mean.
enum class DelayDistribution : std::uint8_t { uniform, normal, pareto, paretonormal };

/// A distribution's quantile in units of the jitter / 8192, as in the tables of iproute2
/// (netem/normal.c, pareto.c, paretonormal.c): entry `index` of 4096. Requires: not uniform.
std::int64_t delay_quantile(DelayDistribution distribution, std::uint32_t index);

struct NetemOptions {
  LossModel loss;
  Correlated duplicate;
  Correlated corrupt;
  Correlated reorder;
  std::uint32_t reorder_gap = 0;  ///< packets that are delayed before one may skip the delay
  kev::Duration jitter{0};
  double jitter_correlation = 0;
  DelayDistribution distribution = DelayDistribution::uniform;
  kev::Duration delay{0};            ///< each way
  std::int64_t rate_bits_per_s = 0;  ///< 0: none
  std::uint32_t limit = 0;           ///< packets in its queue; 0: it has none

  [[nodiscard]] bool active() const {
    return loss.kind != LossModel::Kind::none || !duplicate.off() || !corrupt.off() ||
           !reorder.off() || jitter > kev::Duration(0) || limit != 0;
  }
};

/// One direction's emulation.
class Netem {
 public:
  Netem(const NetemOptions& options, Random random) : options_(options), random_(random) {}

  [[nodiscard]] bool loses() { return options_.loss.kind != LossModel::Kind::none && draw_loss(); }
  [[nodiscard]] bool duplicates() { return strikes(options_.duplicate, duplicate_); }
  [[nodiscard]] bool corrupts() { return strikes(options_.corrupt, corrupt_); }
  /// This packet skips the delay.
  [[nodiscard]] bool reorders();
  /// To be added to the delay; may be negative.
  [[nodiscard]] kev::Duration jitter();

  // -- its queue, with a limit ------------------------------------------------------------------
  [[nodiscard]] bool has_queue() const { return options_.limit != 0; }
  [[nodiscard]] bool full() const { return held_ >= options_.limit; }
  /// Takes a packet in; says when it leaves. Requires: not full.
  [[nodiscard]] kev::Instant admit(kev::Instant now, std::int64_t bytes);
  void released() { --held_; }

 private:
  enum class State : std::uint8_t { gap, burst, lost_in_burst, lost_in_gap };

  double correlated(double correlation, double& last);
  bool strikes(const Correlated& chance, double& last);
  bool draw_loss();
  bool draw_state();
  bool draw_gilbert_elliott();

  NetemOptions options_;
  Random random_;
  State state_ = State::gap;
  bool bad_ = false;
  std::uint32_t delayed_ = 0;
  std::uint32_t held_ = 0;
  kev::Instant last_;  ///< when the last of those held leaves
  double loss_ = 0, duplicate_ = 0, corrupt_ = 0, reorder_ = 0, jitter_ = 0;
};

}  // namespace sim
