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
      settle_ns_(spec.settle.ns()),
      write_settle_ns_(spec.write_settle.ns()) {
  const std::uint32_t cylinders = geometry_.cylinders();
  while ((cylinders >> least_seek_shift_) >= least_seek_entries) ++least_seek_shift_;
  for (std::uint32_t first = 0; first < cylinders; first += 1u << least_seek_shift_) {
    const std::uint32_t last = std::min(first + (1u << least_seek_shift_), cylinders) - 1;
    least_seek_ns_.push_back(seek_.least_ns(first, last));
  }
}

HddTarget HddMechanism::target(std::uint64_t lba) const {
  const HddExtent extent = geometry_.extent(lba);
  return HddTarget{extent.place, extent.sectors,
                   static_cast<std::uint32_t>(geometry_.angle_ns(extent.place))};
}

void HddMechanism::position(HddHead& head, std::int64_t from_ns, std::uint64_t lba,
                            const HddTarget& to, bool write) const {
  head.at_ns = from_ns + positioning_ns(head.place, phase_ns(from_ns), to, write);
  head.lba = lba;
  head.place = to.place;
  head.left = to.sectors;
}

void HddMechanism::wait(HddHead& head, std::int64_t from_ns) const {
  head.at_ns = from_ns;
  // At the end of an extent there is nothing to wait for here: the switch comes first.
  if (head.left == 0) return;
  const auto angle = static_cast<std::uint32_t>(geometry_.angle_ns(head.place));
  head.at_ns += rotation_ns(phase_ns(from_ns), angle);
}

void HddMechanism::pass(HddHead& head, std::uint64_t end_lba) const {
  while (head.lba < end_lba) {
    if (head.left == 0) {
      head = cross(head);
      continue;
    }
    const auto run =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(end_lba - head.lba, head.left));
    head.at_ns += run_ns(head.place, run);
    head.lba += run;
    head.place.sector += run;
    head.left -= run;
  }
}

void HddMechanism::pass_until(HddHead& head, std::uint64_t end_lba, std::int64_t until_ns) const {
  while (head.lba < end_lba && head.at_ns < until_ns) {
    if (head.left == 0) {
      const HddHead crossed = cross(head);
      if (crossed.at_ns > until_ns) return;
      head = crossed;
      continue;
    }
    auto run = static_cast<std::uint32_t>(std::min<std::uint64_t>(end_lba - head.lba, head.left));
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
    head.left -= run;
    if (!all) return;
  }
}

std::int64_t HddMechanism::sector_end_ns(const HddHead& head, std::int64_t at_ns) const {
  if (head.left == 0 || at_ns <= head.at_ns) return at_ns;
  return std::max(at_ns, head.at_ns + run_ns(head.place, 1));
}

std::uint32_t HddMechanism::first_to_arrive(const HddTarget& first, std::uint32_t sectors,
                                            std::int64_t at_ns) const {
  const std::int64_t until_first = rotation_ns(phase_ns(at_ns), first.angle_ns);
  const std::int64_t since_first = until_first == 0 ? 0 : turn_ - until_first;
  const std::uint32_t slot = first.place.first_slot + first.place.sector;
  const std::int64_t slot_ns = geometry_.slot_ns(first.place.zone, slot);
  // The sector under the head has begun; the one after it is the first that can be had whole.
  const std::uint32_t passed =
      since_first == 0 ? 0
                       : geometry_.slot_at(first.place.zone, slot_ns + since_first - 1) - slot + 1;
  return passed < sectors ? passed : 0;
}

HddHead HddMechanism::cross(const HddHead& head) const {
  HddHead next;
  next.lba = head.lba;
  const HddTarget target = this->target(head.lba);
  next.place = target.place;
  next.left = target.sectors;
  next.at_ns = head.at_ns + switch_ns(head.place, next.place, false);
  next.at_ns += rotation_ns(phase_ns(next.at_ns), target.angle_ns);
  return next;
}

std::int64_t HddMechanism::run_ns(const HddPlace& place, std::uint32_t run) const {
  const std::uint32_t slot = place.first_slot + place.sector;
  return geometry_.slot_ns(place.zone, slot + run) - geometry_.slot_ns(place.zone, slot);
}

}  // namespace sim
