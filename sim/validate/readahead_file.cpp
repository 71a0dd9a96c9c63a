#include "sim/validate/readahead_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim {

ReadaheadFile::ReadaheadFile(std::uint64_t pages, int max_folio_order, Log log)
    : max_folio_order_(max_folio_order),
      log_(log),
      order_(pages, absent),
      marked_(pages),
      mapped_(pages) {}

std::uint64_t ReadaheadFile::head(std::uint64_t index) {
  const int order = std::max(folio_order(index), 0);
  return index >> order << order;
}

void ReadaheadFile::add(std::uint64_t index) {
  order_[index] = 0;
  marked_[index] = false;
  new_.push_back(index);
}

std::uint64_t ReadaheadFile::submit(std::uint64_t start, std::uint64_t count,
                                    std::uint64_t marker) {
  if (log_ == Log::windows) lines_.push_back(fmt::format("RA off={} n={}", start, count));
  std::uint64_t added = 0;
  for (std::uint64_t i = start; i < std::min(start + count, page_count()); ++i) {
    if (present(i)) continue;
    add(i);
    marked_[i] = i == marker;
    ++added;
  }
  return added;
}

bool ReadaheadFile::add_folio(std::uint64_t index, int order, ReadaheadMark mark) {
  const std::uint64_t end = index + (1ULL << order);
  for (std::uint64_t i = index; i < end; ++i)
    if (present(i)) return false;
  for (std::uint64_t i = index; i < end; ++i) {
    add(i);
    order_[i] = static_cast<std::int8_t>(order);
  }
  marked_[index] = mark == ReadaheadMark::set;
  return true;
}

void ReadaheadFile::decided(const ReadaheadDecision& step, const ReadaheadState& before) {
  using Kind = ReadaheadDecision::Kind;
  if (log_ != Log::tracepoints) return;
  if (step.kind == Kind::pages) {
    lines_.push_back(fmt::format("page_cache_ra_unbounded index={} nr_to_read={} lookahead_size={}",
                                 step.index, step.count, step.lookahead));
    return;
  }
  const std::string state = fmt::format("order={} size={} async_size={} ra_pages={}", before.order,
                                        before.size, before.async_size, before.ra_pages);
  if (step.kind == Kind::window) {
    lines_.push_back(fmt::format("page_cache_ra_order index={} {}", step.index, state));
    return;
  }
  lines_.push_back(fmt::format("page_cache_{}_ra index={} req_count={} {} mmap_miss={} prev_pos={}",
                               step.kind == Kind::sync_miss ? "sync" : "async", step.index,
                               step.count, state, before.mmap_miss, before.prev_pos));
}

void ReadaheadFile::log_miss(std::uint64_t index) {
  if (log_ == Log::windows) lines_.push_back(fmt::format("MISS {}", index));
}

void ReadaheadFile::drop(std::uint64_t begin, std::uint64_t end) {
  end = std::min(end, page_count());
  for (std::uint64_t i = begin; i < end;) {
    const std::uint64_t first = head(i);
    const std::uint64_t after = first + (1ULL << std::max(folio_order(i), 0));
    if (first >= begin && after <= end) {
      std::fill(order_.begin() + static_cast<std::ptrdiff_t>(first),
                order_.begin() + static_cast<std::ptrdiff_t>(after), absent);
      marked_[first] = false;
    }
    i = after;
  }
}

std::vector<std::string> ReadaheadFile::take_log() {
  std::vector<std::string> out;
  out.swap(lines_);
  return out;
}

std::string ReadaheadFile::take_new() {
  std::sort(new_.begin(), new_.end());
  std::string out;
  for (std::size_t i = 0; i < new_.size();) {
    std::size_t end = i + 1;
    while (end < new_.size() && new_[end] == new_[end - 1] + 1) ++end;
    out += fmt::format("{}[{},{})", out.empty() ? "" : " ", new_[i], new_[end - 1] + 1);
    i = end;
  }
  new_.clear();
  return out.empty() ? "-" : out;
}

}  // namespace sim
