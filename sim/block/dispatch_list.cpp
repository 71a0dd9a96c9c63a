#include "sim/block/dispatch_list.hpp"

#include <iterator>

namespace sim {

namespace {

/// Whether `b` is served after `a` when the arm stands at `boundary`.
bool in_order(const Request& a, const Request& b, std::uint64_t boundary) {
  const bool a_ahead = a.sector >= boundary;
  const bool b_ahead = b.sector >= boundary;
  return a_ahead == b_ahead ? a.sector <= b.sector : a_ahead;
}

}  // namespace

void DispatchList::add_sorted(Request& request) {
  request.mergeable = false;
  auto place = list_.end();
  while (place != list_.begin() && !in_order(*std::prev(place), request, boundary_)) --place;
  list_.insert(place, request);
}

void DispatchList::add_last(Request& request) {
  request.mergeable = false;
  list_.push_back(request);
}

Request& DispatchList::take() {
  Request& request = list_.front();
  list_.pop_front();
  boundary_ = request.end_sector();
  return request;
}

}  // namespace sim
