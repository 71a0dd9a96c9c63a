#pragma once
// The moving parts of a hard disk as pure time arithmetic: where the head is, and when it can be
// somewhere else.
//
// Service of a request on the media = max(seek, head switch) + write settle + wait for the sector
// to come round + transfer, with a switch and a wait at each track boundary (DiskSim's model;
// Ruemmler and Wilkes 1994). The platters turn with the clock: angle = now mod one revolution. A
// head switch inside a transfer costs no write settle: the skew is chosen to cover it. A new access
// to the cylinder where the arm stands costs its settle time, with a head switch on top if it is to
// another surface: in measured seek curves the shortest seek is little else.
//
// Invariants: passing sectors in one step or in many takes equally
// long. Nothing here knows of events or requests.
// Units: int64 ns on the engine's clock.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/block/hdd_geometry.hpp"
#include "sim/block/hdd_spec.hpp"
#include "sim/engine/hash.hpp"

namespace sim {

/// At `at_ns` the sector `lba` (at `place`) comes under the head. After the last sector of an
/// extent (nothing is left of it) the head is still on that track, just behind.
struct HddHead {
  std::int64_t at_ns = 0;
  std::uint64_t lba = 0;
  HddPlace place;
  std::uint32_t left = 0;  ///< sectors from lba on that follow without a gap
};

/// A place to go to, with its angle: computed once a request.
struct HddTarget {
  HddPlace place;
  std::uint32_t sectors = 0;  ///< that follow without a gap
  std::uint32_t angle_ns = 0;
};

class HddMechanism {
 public:
  explicit HddMechanism(const HddSpec& spec);

  [[nodiscard]] const HddGeometry& geometry() const { return geometry_; }
  [[nodiscard]] HddTarget target(std::uint64_t lba) const;

  /// Arm movement, head switch and settling, without rotation, of a new access.
  [[nodiscard]] std::int64_t move_ns(const HddPlace& from, const HddPlace& to, bool write) const {
    return switch_ns(from, to, write) + (from.cylinder == to.cylinder ? settle_ns_ : 0);
  }
  /// Cheap and never more than move_ns: lets a search skip most places.
  [[nodiscard]] std::int64_t least_move_ns(const HddPlace& from, const HddPlace& to) const {
    const std::uint32_t distance =
        from.cylinder < to.cylinder ? to.cylinder - from.cylinder : from.cylinder - to.cylinder;
    return least_seek_ns_[distance >> least_seek_shift_];
  }
  /// From leaving at a moment that is `phase_ns` after the turn began to the target under the head.
  [[nodiscard]] std::int64_t positioning_ns(const HddPlace& from, std::uint32_t phase_ns,
                                            const HddTarget& to, bool write) const {
    const std::int64_t move = move_ns(from, to.place, write);
    return move + rotation_ns(phase_ns + move, to.angle_ns);
  }
  /// ns after the turn began, at the instant `at_ns`.
  [[nodiscard]] std::uint32_t phase_ns(std::int64_t at_ns) const {
    return static_cast<std::uint32_t>(at_ns % turn_);
  }

  /// Leaves at `from_ns` for the target, even if the head still waits for its sector.
  void position(HddHead& head, std::int64_t from_ns, std::uint64_t lba, const HddTarget& to,
                bool write) const;
  /// The head has been standing still at least until `from_ns` (the platters turned on): waits
  /// until its sector comes round again.
  void resume(HddHead& head, std::int64_t from_ns) const {
    if (from_ns > head.at_ns) wait(head, from_ns);
  }
  /// From `from_ns` on the head waits for its sector.
  void wait(HddHead& head, std::int64_t from_ns) const;
  /// Passes over the sectors before `end_lba`, tracks after tracks. Requires end_lba <= capacity.
  void pass(HddHead& head, std::uint64_t end_lba) const;
  /// The same, but only over sectors whose end passes at `until_ns` or earlier.
  void pass_until(HddHead& head, std::uint64_t end_lba, std::int64_t until_ns) const;
  /// When the sector under the head at `at_ns` has passed; at_ns when the head only waits.
  [[nodiscard]] std::int64_t sector_end_ns(const HddHead& head, std::int64_t at_ns) const;
  /// Time from the place's sector to the end of `run` sectors on its track.
  [[nodiscard]] std::int64_t run_ns(const HddPlace& place, std::uint32_t run) const;
  /// How many sectors pass a head that waits for `wait_ns` on a track.
  [[nodiscard]] std::uint32_t slots_in(const HddPlace& place, std::int64_t wait_ns) const {
    return geometry_.slot_at(place.zone, wait_ns);
  }
  /// The sector of [first, first + sectors), all in one extent, at which a head that is on their
  /// track at `at_ns` can start first.
  [[nodiscard]] std::uint32_t first_to_arrive(const HddTarget& first, std::uint32_t sectors,
                                              std::int64_t at_ns) const;

 private:
  /// Arm movement and head switch alone; a write settles after either.
  [[nodiscard]] std::int64_t switch_ns(const HddPlace& from, const HddPlace& to, bool write) const {
    if (from.same_track(to)) return 0;
    const std::uint32_t distance =
        from.cylinder < to.cylinder ? to.cylinder - from.cylinder : from.cylinder - to.cylinder;
    const std::int64_t settle = write ? write_settle_ns_ : 0;
    const std::int64_t seek = seek_.time_ns(distance);
    const std::int64_t move = from.head == to.head ? seek : std::max(seek, head_switch_ns_);
    return std::max<std::int64_t>(move + settle, 0);  // some write settle times are negative
  }
  /// Wait for an angle, at a phase that may be some turns on. Requires phase below 2^32.
  [[nodiscard]] std::int64_t rotation_ns(std::int64_t phase, std::uint32_t angle) const {
    // The remainder by a multiplication (Lemire, Kaser, Kurz, "Faster remainder by direct
    // computation", 2019): this is the inner loop of shortest-positioning-time scheduling.
    const std::uint64_t fraction = turn_inverse_ * static_cast<std::uint64_t>(phase);
    const auto now = static_cast<std::uint32_t>((static_cast<Uint128>(fraction) * turn_) >> 64);
    return angle >= now ? angle - now : angle + turn_ - now;
  }
  /// A head at the end of an extent at the next one, when its first sector arrives.
  [[nodiscard]] HddHead cross(const HddHead& head) const;
  HddGeometry geometry_;
  SeekCurve seek_;
  std::vector<std::int64_t> least_seek_ns_;  ///< by distance >> least_seek_shift_
  std::uint32_t least_seek_shift_ = 0;
  std::uint32_t turn_;          ///< ns of a revolution
  std::uint64_t turn_inverse_;  ///< 2^64 / turn_, rounded up
  std::int64_t head_switch_ns_;
  std::int64_t settle_ns_;
  std::int64_t write_settle_ns_;
};

}  // namespace sim
