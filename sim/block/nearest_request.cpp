#include "sim/block/nearest_request.hpp"

#include <optional>

namespace sim {

namespace {

/// Nothing: it lies behind, too far to go back for.
std::optional<std::uint64_t> way_to(const ArmReach& reach, std::uint64_t sector) {
  if (sector >= reach.position) return sector - reach.position;
  if (sector + reach.back_max >= reach.position)
    return (reach.position - sector) * reach.back_penalty;
  return std::nullopt;
}

}  // namespace

Request* nearer(const ArmReach& reach, Request* one, Request* other) {
  if (one == nullptr) return other;
  if (other == nullptr) return one;
  const std::optional<std::uint64_t> to_one = way_to(reach, one->sector);
  const std::optional<std::uint64_t> to_other = way_to(reach, other->sector);
  if (to_one && to_other && *to_one != *to_other) return *to_one < *to_other ? one : other;
  if (to_one.has_value() != to_other.has_value()) return to_one ? one : other;
  const bool both_behind = !to_one;
  if (both_behind) return one->sector <= other->sector ? one : other;
  return one->sector >= other->sector ? one : other;
}

Request* nearest_neighbour(const ArmReach& reach, const SectorOrder& order, const Request& last) {
  Request* up = order.after(last);
  if (up == nullptr) up = order.first();
  if (up == &last) up = nullptr;
  return nearer(reach, up, order.before(last));
}

}  // namespace sim
