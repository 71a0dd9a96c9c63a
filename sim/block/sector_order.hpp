#pragma once
// The requests of an elevator in order of their first sectors.
//
// A sorted array: with at most a few hundred requests it beats a tree, and it allocates nothing in
// steady state. Invariants: an entry keeps the sector it was inserted with; requests of one sector
// stay in the order of insertion. Errors: taking out what is not in it is a failed KEV_CHECK.

#include <cstdint>
#include <vector>

#include "sim/block/request.hpp"

namespace sim {

class SectorOrder {
 public:
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// The first request that begins there; null when there is none.
  [[nodiscard]] Request* find(std::uint64_t sector) const;
  void insert(Request& request);
  /// `sector`: where it began when it was inserted.
  void erase(std::uint64_t sector, const Request& request);

  [[nodiscard]] Request* first() const;
  [[nodiscard]] Request* at_or_after(std::uint64_t sector) const;
  /// The neighbours of a request that is in the order; null when there is none.
  [[nodiscard]] Request* after(const Request& request) const;
  [[nodiscard]] Request* before(const Request& request) const;

 private:
  struct Entry {
    std::uint64_t sector;  ///< kept here so that searching touches no request
    Request* request;
  };
  using Place = std::vector<Entry>::const_iterator;

  [[nodiscard]] Place lower_bound(std::uint64_t sector) const;
  [[nodiscard]] Place place_of(std::uint64_t sector, const Request& request) const;

  std::vector<Entry> entries_;
};

}  // namespace sim
