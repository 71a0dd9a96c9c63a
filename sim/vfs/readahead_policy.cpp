#include "sim/vfs/readahead_policy.hpp"

#include <algorithm>
#include <bit>

namespace sim {

namespace {

class NoReadahead final : public ReadaheadPolicy {
 public:
  std::uint64_t before_lookup(ReadaheadState&, ReadaheadPages&, std::uint64_t,
                              std::uint64_t) override {
    return UINT64_MAX;
  }
  bool on_miss(ReadaheadState&, ReadaheadPages&, std::uint64_t, std::uint64_t) override {
    return false;
  }
  void on_marked(ReadaheadState&, ReadaheadPages&, std::uint64_t, std::uint64_t) override {}
  void on_read_end(ReadaheadState&, std::uint64_t) override {}
  bool on_fault(ReadaheadState&, ReadaheadPages&, std::uint64_t) override { return false; }
  void on_advice(ReadaheadState&, ReadaheadPages&, std::uint64_t, std::uint64_t) override {}
};

std::unique_ptr<ReadaheadPolicy> make_none() {
  return std::make_unique<NoReadahead>();
}

constexpr FileReadRules batches_of_6_1 = {ReadLoop::by_batch, 15};
constexpr FileReadRules batches_of_6_18 = {ReadLoop::by_batch, 31};

constexpr ReadaheadKind kinds[] = {
    {"linux-2.6.18", "two windows, a current and an ahead one (up to 2.6.22)",
     &make_readahead_2_6_18},
    {"linux-2.6.23", "on demand, one window and a marked page, as it stood up to 6.9",
     &make_readahead_2_6_23, batches_of_6_1},
    {"linux-2.6.24", "the same in its first form, without context (2.6.23 to 2.6.30)",
     &make_readahead_2_6_24},
    {"linux-6.10", "on demand with large folios (6.10 to 6.18)", &make_readahead_6_10,
     batches_of_6_18},
    {"linux-ondemand", "another name of linux-2.6.23", &make_readahead_2_6_23, batches_of_6_1},
    {"none", "every page is read when it is missed", &make_none},
};

}  // namespace

std::span<const ReadaheadKind> readahead_kinds() {
  return kinds;
}

const ReadaheadKind* find_readahead_kind(std::string_view name) {
  for (const ReadaheadKind& kind : kinds)
    if (kind.name == name) return &kind;
  return nullptr;
}

std::uint64_t initial_window(std::uint64_t request, std::uint64_t max) {
  const std::uint64_t size = std::bit_ceil(request);
  if (size <= max / 32) return size * 4;
  if (size <= max / 4) return size * 2;
  return max;
}

std::uint64_t next_window(std::uint64_t current, std::uint64_t max) {
  return std::min(current < max / 16 ? current * 4 : current * 2, max);
}

std::uint64_t window_limit(const ReadaheadState& state, std::uint64_t request) {
  const std::uint64_t max = state.ra_pages;
  return request > max && state.io_pages > max ? std::min(request, state.io_pages) : max;
}

void read_forced(ReadaheadPages& pages, std::uint64_t start, std::uint64_t count) {
  while (count != 0) {
    const std::uint64_t chunk = std::min(count, forced_chunk);
    pages.submit(start, chunk, ReadaheadPages::no_marker);
    start += chunk;
    count -= chunk;
  }
}

bool window_around(ReadaheadState& state, std::uint64_t index) {
  if (state.ra_pages == 0) return false;
  if (state.mmap_miss < mmap_lots_of_misses * 10) ++state.mmap_miss;
  if (state.mmap_miss > mmap_lots_of_misses) return false;
  state.start = index - std::min(index, state.ra_pages / 2);
  state.size = state.ra_pages;
  state.async_size = state.ra_pages / 4;
  return true;
}

bool ReadaheadPages::add_folio(std::uint64_t, int, ReadaheadMark) {
  return false;
}

void ReadaheadPolicy::on_fault_hit(ReadaheadState& state, ReadaheadPages& pages,
                                   std::uint64_t index, ReadaheadMark mark) {
  if (state.mmap_miss != 0) --state.mmap_miss;
  if (mark == ReadaheadMark::set) on_marked(state, pages, index, state.ra_pages);
}

}  // namespace sim
