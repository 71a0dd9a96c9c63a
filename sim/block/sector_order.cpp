#include "sim/block/sector_order.hpp"

#include <algorithm>
#include <iterator>

#include "model/base/check.hpp"

namespace sim {

Request* SectorOrder::find(std::uint64_t sector) const {
  const Place place = lower_bound(sector);
  return place != entries_.end() && place->sector == sector ? place->request : nullptr;
}

void SectorOrder::insert(Request& request) {
  const Place place = std::upper_bound(
      entries_.begin(), entries_.end(), request.sector,
      [](std::uint64_t sector, const Entry& entry) { return sector < entry.sector; });
  entries_.insert(place, Entry{request.sector, &request});
}

void SectorOrder::erase(std::uint64_t sector, const Request& request) {
  entries_.erase(place_of(sector, request));
}

Request* SectorOrder::first() const {
  return entries_.empty() ? nullptr : entries_.front().request;
}

Request* SectorOrder::at_or_after(std::uint64_t sector) const {
  const Place place = lower_bound(sector);
  return place == entries_.end() ? nullptr : place->request;
}

Request* SectorOrder::after(const Request& request) const {
  const Place place = std::next(place_of(request.sector, request));
  return place == entries_.end() ? nullptr : place->request;
}

Request* SectorOrder::before(const Request& request) const {
  const Place place = place_of(request.sector, request);
  return place == entries_.begin() ? nullptr : std::prev(place)->request;
}

SectorOrder::Place SectorOrder::lower_bound(std::uint64_t sector) const {
  return std::lower_bound(entries_.begin(), entries_.end(), sector,
                          [](const Entry& entry, std::uint64_t s) { return entry.sector < s; });
}

SectorOrder::Place SectorOrder::place_of(std::uint64_t sector, const Request& request) const {
  Place place = lower_bound(sector);
  while (place != entries_.end() && place->request != &request) ++place;
  KEV_CHECK(place != entries_.end());
  return place;
}

}  // namespace sim
