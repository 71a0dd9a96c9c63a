#pragma once
// How long a disk arm needs to move over a number of cylinders and settle on the track.
//
// Shapes (devices of the DiskSim validation set and Ruemmler and Wilkes, "An introduction to disk
// drive modeling", 1994): constant; three-point a + b*d + c*sqrt(d); two-piece square root and line
// (HPL); table of measured points, linear between them, continued past the last (extracted).
// Invariants: a distance of 0 takes no time; time never falls as the distance grows in the formula
// shapes (a measured table may have small dips, which are kept). Units: int64 ns. All formulas are
// fixed-point integers; the one square root is of a double, which IEEE 754 rounds correctly
// everywhere.

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "model/base/check.hpp"
#include "model/base/time.hpp"

namespace sim {

/// One measured point of an extracted curve.
struct SeekPoint {
  std::uint32_t distance = 0;  ///< cylinders
  kev::Duration time;
};

/// Ruemmler and Wilkes: below `threshold` cylinders short_base + short_root * sqrt(d), from there
/// long_base + long_step * d.
struct TwoPieceSeek {
  std::uint32_t threshold = 0;
  kev::Duration short_base;
  kev::Duration short_root;
  kev::Duration long_base;
  kev::Duration long_step;
};

class SeekCurve {
 public:
  static SeekCurve constant(kev::Duration time);
  /// a + b*x + c*sqrt(x) with x = d - 1, through: one cylinder; the average over all pairs of
  /// cylinders (weighted as vendors do: by how many pairs have that distance); the full stroke.
  /// Requires: cylinders >= 3; the three values allow a curve that never falls.
  static SeekCurve three_point(kev::Duration single, kev::Duration average, kev::Duration full,
                               std::uint32_t cylinders);
  static SeekCurve two_piece(const TwoPieceSeek& shape);
  /// Requires: at least one point; distances rise from 1 or more.
  static SeekCurve extracted(std::span<const SeekPoint> points, std::uint32_t cylinders);
  /// As `shape`, but the shortest seeks, of 1, 2, ... cylinders, take the times in `first`.
  static SeekCurve with_first(const SeekCurve& shape, std::span<const kev::Duration> first,
                              std::uint32_t cylinders);

  /// Requires: distance below 2^20, and below `cylinders` for an extracted curve.
  [[nodiscard]] std::int64_t time_ns(std::uint32_t distance) const {
    if (!table_.empty()) return table_[distance];
    if (distance == 0) return 0;
    const Piece& piece = distance < threshold_ ? near_ : far_;
    return piece.time_ns(distance);
  }
  /// The shortest time of all distances from `first` to `last`.
  [[nodiscard]] std::int64_t least_ns(std::uint32_t first, std::uint32_t last) const;

 private:
  /// base + slope * (d - origin) + root * sqrt(d - origin)
  struct Piece {
    std::int64_t base_ns = 0;
    std::int64_t slope_q20 = 0;  ///< ns per cylinder, 20 fraction bits
    std::int64_t root_q8 = 0;    ///< ns per square root of a cylinder, 8 fraction bits
    std::uint32_t origin = 0;

    [[nodiscard]] std::int64_t time_ns(std::uint32_t distance) const {
      const std::uint32_t x = distance - origin;
      const std::int64_t ns = base_ns + ((slope_q20 * std::int64_t{x}) >> 20);
      return ns + ((root_q8 * sqrt_q16(x)) >> 24);
    }
  };

  /// Square root with 16 fraction bits, rounded down. Below 2^20 the argument (52 bits) and the
  /// result (26 bits) are exact enough in a double for the truncation to be right.
  static std::int64_t sqrt_q16(std::uint32_t x) {
    return static_cast<std::int64_t>(std::sqrt(static_cast<double>(std::int64_t{x} << 32)));
  }

  Piece near_;
  Piece far_;
  std::uint32_t threshold_ = 0;      ///< distances below it are near
  std::vector<std::int32_t> table_;  ///< extracted: ns by distance
};

}  // namespace sim
