#include "sim/block/merge_index.hpp"

#include "model/base/check.hpp"

namespace sim {

namespace {

// Starts and ends are mostly multiples of a page (8 sectors): fold the higher bits in.
std::size_t bucket_of(std::uint64_t sector, std::size_t buckets) {
  const std::uint64_t mixed = (sector >> 3) ^ (sector >> 11) ^ (sector >> 19);
  return static_cast<std::size_t>(mixed) & (buckets - 1);
}

void unchain(Request*& head, Request& request, Request* Request::* next) {
  Request** link = &head;
  while (*link != &request) {
    KEV_CHECK(*link != nullptr);
    link = &((*link)->*next);
  }
  *link = request.*next;
  request.*next = nullptr;
}

}  // namespace

void MergeIndex::add(Request& request) {
  KEV_CHECK(!request.indexed);
  request.indexed = true;
  Request*& end_head = by_end_[bucket_of(request.end_sector(), buckets)];
  request.next_by_end = end_head;
  end_head = &request;
  Request*& start_head = by_start_[bucket_of(request.sector, buckets)];
  request.next_by_start = start_head;
  start_head = &request;
}

void MergeIndex::remove(Request& request) {
  if (!request.indexed) return;
  request.indexed = false;
  unchain(by_end_[bucket_of(request.end_sector(), buckets)], request, &Request::next_by_end);
  unchain(by_start_[bucket_of(request.sector, buckets)], request, &Request::next_by_start);
}

namespace {

bool fits(const Request& request, bool write) {
  return request.mergeable && request.write == write;
}

}  // namespace

Request* MergeIndex::ending_at(std::uint64_t sector, bool write) const {
  Request* request = by_end_[bucket_of(sector, buckets)];
  while (request != nullptr && (request->end_sector() != sector || !fits(*request, write)))
    request = request->next_by_end;
  return request;
}

Request* MergeIndex::starting_at(std::uint64_t sector, bool write) const {
  Request* request = by_start_[bucket_of(sector, buckets)];
  while (request != nullptr && (request->sector != sector || !fits(*request, write)))
    request = request->next_by_start;
  return request;
}

}  // namespace sim
