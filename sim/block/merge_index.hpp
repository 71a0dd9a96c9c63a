#pragma once
// Finds, among the requests waiting in an elevator, the one that ends or begins at a sector.
//
// Invariants: a request is in the index (`indexed`) under its current bounds; take it out before
// they change. Of several candidates the one added last is found (as in the kernel's hash). No
// allocation: requests are chained through their own links. Source: the elevator hash of
// Linux 2.6.19 (elv_rqhash); 2.6.18 had one in each elevator.

#include <array>
#include <cstddef>
#include <cstdint>

#include "sim/block/request.hpp"

namespace sim {

class MergeIndex {
 public:
  void add(Request& request);
  /// Nothing happens when it is not in the index.
  void remove(Request& request);
  /// Only mergeable ones of the same direction; null when there is none.
  [[nodiscard]] Request* ending_at(std::uint64_t sector, bool write) const;
  [[nodiscard]] Request* starting_at(std::uint64_t sector, bool write) const;

 private:
  static constexpr std::size_t buckets = 256;

  std::array<Request*, buckets> by_end_{};
  std::array<Request*, buckets> by_start_{};
};

}  // namespace sim
