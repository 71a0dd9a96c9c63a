#include "sim/block/hdd_mechanism.hpp"

#include <algorithm>

namespace sim {

namespace {

constexpr std::uint32_t least_seek_entries = 512;

}  // namespace

HddMechanism::HddMechanism(const HddSpec& spec)
    : geometry_(spec),
      seek_(spec.seek),
      turn_(geometry_.revolution_ns()),
      turn_inverse_(UINT64_MAX / turn_ + 1),
      head_switch_ns_(spec.head_switch.ns()),
      write_settle_ns_(spec.write_settle.ns()) {
  const std::uint32_t cylinders = geometry_.cylinders();
  while ((cylinders >> least_seek_shift_) >= least_seek_entries) ++least_seek_shift_;
  for (std::uint32_t first = 0; first < cylinders; first += 1u << least_seek_shift_) {
    const std::uint32_t last = std::min(first + (1u << least_seek_shift_), cylinders) - 1;
    least_seek_ns_.push_back(seek_.least_ns(first, last));
  }
}

HddTarget HddMechanism::target(std::uint64_t lba) const {
  const HddPlace place = geometry_.locate(lba);
  return HddTarget{place, static_cast<std::uint32_t>(geometry_.angle_ns(place))};
}

void HddMechanism::position(HddHead& head, std::int64_t from_ns, std::uint64_t lba,
                            const HddTarget& to, bool write) const {
  head.at_ns = from_ns + positioning_ns(head.place, phase_ns(from_ns), to, write);
  head.lba = lba;
  head.place = to.place;
}

void HddMechanism::resume(HddHead& head, std::int64_t from_ns) const {
  if (from_ns <= head.at_ns) return;
  head.at_ns = from_ns;
  // At the end of a track there is nothing to wait for here: the switch comes first.
  if (head.place.sector == geometry_.sectors_per_track(head.place)) return;
  const auto angle = static_cast<std::uint32_t>(geometry_.angle_ns(head.place));
  head.at_ns += rotation_ns(phase_ns(from_ns), angle);
}

void HddMechanism::pass(HddHead& head, std::uint64_t end_lba) const {
  while (head.lba < end_lba) {
    const std::uint64_t track_end = geometry_.track_end(head.place, head.lba);
    if (track_end == head.lba) {
      head = cross(head);
      continue;
    }
    const auto run = static_cast<std::uint32_t>(std::min(end_lba, track_end) - head.lba);
    head.at_ns += run_ns(head.place, run);
    head.lba += run;
    head.place.sector += run;
  }
}

void HddMechanism::pass_until(HddHead& head, std::uint64_t end_lba, std::int64_t until_ns) const {
  while (head.lba < end_lba && head.at_ns < until_ns) {
    const std::uint64_t track_end = geometry_.track_end(head.place, head.lba);
    if (track_end == head.lba) {
      const HddHead crossed = cross(head);
      if (crossed.at_ns > until_ns) return;
      head = crossed;
      continue;
    }
    auto run = static_cast<std::uint32_t>(std::min(end_lba, track_end) - head.lba);
    std::int64_t time = run_ns(head.place, run);
    const bool all = head.at_ns + time <= until_ns;
    if (!all) {
      const std::uint32_t slot = head.place.first_slot + head.place.sector;
      const std::int64_t slot_ns = geometry_.slot_ns(head.place.zone, slot);
      run = geometry_.slot_at(head.place.zone, slot_ns + until_ns - head.at_ns) - slot;
      time = run_ns(head.place, run);
    }
    head.at_ns += time;
    head.lba += run;
    head.place.sector += run;
    if (!all) return;
  }
}

HddHead HddMechanism::cross(const HddHead& head) const {
  HddHead next;
  next.lba = head.lba;
  next.place = geometry_.next_track(head.place, head.lba);
  next.at_ns = head.at_ns + move_ns(head.place, next.place, false);
  const auto angle = static_cast<std::uint32_t>(geometry_.angle_ns(next.place));
  next.at_ns += rotation_ns(phase_ns(next.at_ns), angle);
  return next;
}

std::int64_t HddMechanism::run_ns(const HddPlace& place, std::uint32_t run) const {
  const std::uint32_t slot = place.first_slot + place.sector;
  return geometry_.slot_ns(place.zone, slot + run) - geometry_.slot_ns(place.zone, slot);
}

}  // namespace sim
