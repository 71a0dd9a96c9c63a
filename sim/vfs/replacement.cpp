#include "sim/vfs/replacement.hpp"

namespace sim {

namespace {

constexpr ReplacementRules rules[] = {
    {"linux-2.6.18", "two lists, both scanned in proportion to their lengths", Aging::in_proportion,
     Refaults::forgotten, 14},
    {"linux-6.1", "two lists, the active one scanned when needed; refaults are recognised",
     Aging::when_needed, Refaults::remembered, 15},
};

constexpr std::uint64_t pages_per_gib = std::uint64_t{1} << 18;

std::uint64_t root_of(std::uint64_t square) {
  std::uint64_t root = 0;
  while ((root + 1) * (root + 1) <= square) ++root;
  return root;
}

}  // namespace

std::span<const ReplacementRules> replacement_rules() {
  return rules;
}

const ReplacementRules* find_replacement_rules(std::string_view name) {
  for (const ReplacementRules& row : rules)
    if (row.name == name) return &row;
  return nullptr;
}

bool inactive_is_low(std::uint64_t inactive, std::uint64_t active) {
  const std::uint64_t gib = (inactive + active) / pages_per_gib;
  const std::uint64_t ratio = gib == 0 ? 1 : root_of(10 * gib);
  return inactive * ratio < active;
}

}  // namespace sim
