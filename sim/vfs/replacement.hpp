#pragma once
// Which page goes first, by generation of Linux. Table of rules; PageCache follows them.
//
// linux-2.6.18 (mm/swap.c, mm/vmscan.c): both lists are scanned in proportion to their lengths, so
// that active pages come back to the inactive list whether they were used meanwhile or not.
// linux-6.1 (mm/vmscan.c, mm/workingset.c): active pages are left alone while the inactive list is
// long enough, and a page that comes back soon after it was evicted is activated at once: its place
// in the file remembers when it went.
// The unit of age is one page evicted or activated.

#include <cstdint>
#include <span>
#include <string_view>

namespace sim {

/// How the active list is shortened.
enum class Aging : std::uint8_t {
  in_proportion,  ///< at every scan
  when_needed     ///< when the inactive list is low, or pages came back too late
};

/// Whether evicted pages are remembered.
enum class Refaults : std::uint8_t { forgotten, remembered };

struct ReplacementRules {
  std::string_view name;
  std::string_view description;
  Aging aging;
  Refaults refaults;
  std::size_t batch;  ///< new pages that a CPU gathers before they join the lists
};

/// The first is the default.
std::span<const ReplacementRules> replacement_rules();
const ReplacementRules* find_replacement_rules(std::string_view name);

/// So many inactive pages are too few beside so many active ones (6.1, inactive_is_low): less than
/// the same number below 1 GiB, above it less than one in sqrt(10 * GiB).
bool inactive_is_low(std::uint64_t inactive, std::uint64_t active);

}  // namespace sim
