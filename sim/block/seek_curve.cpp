#include "sim/block/seek_curve.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace sim {

namespace {

constexpr std::uint32_t distance_limit = 1u << 20;

/// The line through two points, at `distance`, rounded down.
std::int64_t on_line(const SeekPoint& a, const SeekPoint& b, std::uint32_t distance) {
  const std::int64_t run = std::int64_t{b.distance} - a.distance;
  const std::int64_t step = std::int64_t{distance} - a.distance;
  return a.time.ns() + (b.time - a.time).ns() * step / run;
}

}  // namespace

std::int64_t SeekCurve::least_ns(std::uint32_t first, std::uint32_t last) const {
  if (!table_.empty()) {
    const auto begin = table_.begin() + static_cast<std::ptrdiff_t>(first);
    return *std::min_element(begin, table_.begin() + static_cast<std::ptrdiff_t>(last) + 1);
  }
  // Each piece rises; the second may begin lower than the first ended.
  const std::int64_t least = time_ns(first);
  return first < threshold_ && threshold_ <= last ? std::min(least, time_ns(threshold_)) : least;
}

SeekCurve SeekCurve::constant(kev::Duration time) {
  SeekCurve curve;
  curve.far_.base_ns = time.ns();
  return curve;
}

SeekCurve SeekCurve::three_point(kev::Duration single, kev::Duration average, kev::Duration full,
                                 std::uint32_t cylinders) {
  KEV_CHECK(cylinders >= 3);
  KEV_CHECK(cylinders < distance_limit);
  // With x = d / D, pairs of cylinders have density 2(1 - x): the mean of x is 1/3, of sqrt(x)
  // 8/15. So single + line + root = full and single + line/3 + root*8/15 = average, over the full
  // stroke.
  const std::int64_t rise = (full - single).ns();
  const std::int64_t root = 5 * (average - single).ns() - 5 * rise / 3;
  const std::int64_t line = rise - root;
  KEV_CHECK(root >= 0);
  KEV_CHECK(2 * line + root >= 0);  // else it would fall at the far end
  SeekCurve curve;
  curve.far_.origin = 1;
  curve.far_.base_ns = single.ns();
  curve.far_.slope_q20 = line * (std::int64_t{1} << 20) / (cylinders - 2);
  curve.far_.root_q8 = root * (std::int64_t{1} << 24) / sqrt_q16(cylinders - 2);
  return curve;
}

SeekCurve SeekCurve::two_piece(const TwoPieceSeek& shape) {
  SeekCurve curve;
  curve.threshold_ = shape.threshold;
  curve.near_.base_ns = shape.short_base.ns();
  curve.near_.root_q8 = shape.short_root.ns() << 8;
  curve.far_.base_ns = shape.long_base.ns();
  curve.far_.slope_q20 = shape.long_step.ns() << 20;
  return curve;
}

SeekCurve SeekCurve::extracted(std::span<const SeekPoint> points, std::uint32_t cylinders) {
  KEV_CHECK(!points.empty());
  KEV_CHECK(points[0].distance > 0);
  SeekCurve curve;
  curve.table_.resize(cylinders);
  std::size_t upper = 1;
  for (std::uint32_t distance = 1; distance < cylinders; ++distance) {
    while (upper + 1 < points.size() && points[upper].distance < distance) ++upper;
    std::int64_t ns = points[0].time.ns();
    if (points.size() > 1 && distance > points[0].distance) {
      KEV_CHECK(points[upper].distance > points[upper - 1].distance);
      ns = on_line(points[upper - 1], points[upper], distance);
    }
    KEV_CHECK(ns >= 0 && ns <= std::numeric_limits<std::int32_t>::max());
    curve.table_[distance] = static_cast<std::int32_t>(ns);
  }
  return curve;
}

SeekCurve SeekCurve::with_first(const SeekCurve& shape, std::span<const kev::Duration> first,
                                std::uint32_t cylinders) {
  SeekCurve curve;
  curve.table_.resize(cylinders);
  for (std::uint32_t distance = 1; distance < cylinders; ++distance) {
    const std::int64_t ns =
        distance <= first.size() ? first[distance - 1].ns() : shape.time_ns(distance);
    KEV_CHECK(ns >= 0 && ns <= std::numeric_limits<std::int32_t>::max());
    curve.table_[distance] = static_cast<std::int32_t>(ns);
  }
  return curve;
}

}  // namespace sim
