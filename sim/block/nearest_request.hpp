#pragma once
// Which of two requests the arm reaches first: upwards from where it stands, with short ways back
// allowed at twice their length.
//
// Source: as_choose_req() and cfq_choose_req() of Linux 2.6.18, which differ in how far back they
// go. Units: sectors.

#include <cstdint>

#include "sim/block/sector_order.hpp"

namespace sim {

struct ArmReach {
  std::uint64_t position = 0;  ///< where the arm is taken to be
  std::uint64_t back_max = 0;  ///< further back is as good as round the whole disk
  std::uint64_t back_penalty = 2;
};

/// One of them may be null; null when both are. Equally far: the one ahead of the arm.
Request* nearer(const ArmReach& reach, Request* one, Request* other);

/// What follows `last`, which is in the order: the nearer of its neighbours, going on from the
/// first after the last one.
Request* nearest_neighbour(const ArmReach& reach, const SectorOrder& order, const Request& last);

}  // namespace sim
