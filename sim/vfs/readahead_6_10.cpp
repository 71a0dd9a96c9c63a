// Readahead of Linux 6.10 to 6.18 (mm/readahead.c): on-demand readahead whose windows are filled
// with large folios, growing by two orders a window; a window that a marker starts ends where a
// folio of the next order would. On files without large folios only that last rule shows.
//
// The mark is on a folio: whoever finds any page of it starts the next window.

#include <algorithm>
#include <bit>

#include "sim/vfs/folio_cursor.hpp"
#include "sim/vfs/page.hpp"
#include "sim/vfs/readahead_policy.hpp"

namespace sim {

namespace {

using Kind = ReadaheadDecision::Kind;

constexpr int order_step = 2;

class LargeFolios final : public ReadaheadPolicy {
 public:
  std::uint64_t before_lookup(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                              std::uint64_t remaining) override;
  bool on_miss(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
               std::uint64_t remaining) override;
  void on_marked(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                 std::uint64_t remaining) override;
  void on_read_end(ReadaheadState& state, std::uint64_t position) override;
  bool on_fault(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index) override;
  void on_advice(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t start,
                 std::uint64_t count) override;
};

/// do_page_cache_ra: single pages, to the end of the file.
void read_pages_from(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                     std::uint64_t count, std::uint64_t lookahead) {
  if (index >= pages.page_count()) return;
  count = std::min(count, pages.page_count() - index);
  pages.decided({Kind::pages, index, count, lookahead}, state);
  const bool marks = lookahead != 0 && lookahead <= count;
  pages.submit(index, count, marks ? index + count - lookahead : ReadaheadPages::no_marker);
}

/// The largest folio that may begin at index, not above `order` and not past `last`.
int fitting_order(std::uint64_t index, std::uint64_t last, int order) {
  if (index % (1ULL << order) != 0) order = std::countr_zero(index);
  while (order > 0 && index + (1ULL << order) - 1 > last) --order;
  return order;
}

/// page_cache_ra_order: fills the current window.
void read_window(ReadaheadState& state, ReadaheadPages& pages) {
  const std::uint64_t start = state.start;
  const std::uint64_t marked = start + state.size - state.async_size;
  pages.decided({Kind::window, start, 0, 0}, state);
  std::uint64_t index = start;
  if (pages.max_folio_order() == 0) {
    state.order = 0;
  } else {
    const auto limit = static_cast<std::uint64_t>(pages.max_folio_order());
    const auto of_size = static_cast<std::uint64_t>(std::bit_width(state.size)) - 1;
    state.order = std::min({limit, state.order, of_size});
    const std::uint64_t end = std::min(pages.page_count(), start + state.size);
    while (index < end) {
      const int order = fitting_order(index, end - 1, static_cast<int>(state.order));
      const bool holds_mark = index == (marked >> order << order);
      if (!pages.add_folio(index, order, holds_mark ? ReadaheadMark::set : ReadaheadMark::none))
        break;
      index += 1ULL << order;
    }
    pages.read_folios();
    if (index >= end) return;
  }
  // A page was there already, or the file has no large folios: the rest as single pages.
  read_pages_from(state, pages, index, state.size - (index - start), state.async_size);
}

std::uint64_t LargeFolios::before_lookup(ReadaheadState& state, ReadaheadPages&,
                                         std::uint64_t index, std::uint64_t) {
  if (state.splice && state.at_index != UINT64_MAX && index == state.at_index + 1)
    state.prev_pos = static_cast<std::int64_t>(index * page_bytes);
  state.at_index = index;
  return index + 1;
}

void LargeFolios::on_read_end(ReadaheadState& state, std::uint64_t position) {
  if (state.at_index != UINT64_MAX) state.prev_pos = static_cast<std::int64_t>(position);
  state.at_index = UINT64_MAX;
}

/// page_cache_sync_ra.
bool LargeFolios::on_miss(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                          std::uint64_t remaining) {
  pages.decided({Kind::sync_miss, index, remaining, 0}, state);
  if (state.random || state.ra_pages == 0) {
    on_advice(state, pages, index, state.ra_pages == 0 ? 1 : remaining);
    return true;
  }
  const std::uint64_t max = window_limit(state, remaining);
  // Unsigned, as in the original: -1 at first, and a step back is not sequential.
  const std::uint64_t previous = page_of(static_cast<std::uint64_t>(state.prev_pos));
  if (index == 0 || remaining > max || index - previous <= 1) {
    state.start = index;
    state.size = initial_window(remaining, max);
    state.async_size = state.size > remaining ? state.size - remaining : state.size / 2;
  } else {
    const std::uint64_t miss = previous_miss(pages, index - 1, max);
    const std::uint64_t history = index - miss - 1;
    if (history <= remaining) {
      read_pages_from(state, pages, index, remaining, 0);
      return true;
    }
    // Read since the start of the file: surely sequential.
    const std::uint64_t seen = miss == UINT64_MAX ? history * 2 : history;
    state.start = index;
    state.size = std::min(seen + remaining, max);
    state.async_size = 1;
  }
  state.order = 0;
  read_window(state, pages);
  return true;
}

/// page_cache_async_ra.
void LargeFolios::on_marked(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                            std::uint64_t remaining) {
  if (state.ra_pages == 0) return;
  pages.decided({Kind::async_marker, index, remaining, 0}, state);
  if (pages.congested()) return;
  const std::uint64_t max = window_limit(state, remaining);
  const int folio_order = std::max(pages.folio_order(index), 0);
  const std::uint64_t marked = state.start + state.size - state.async_size;
  if (index == (marked >> folio_order << folio_order)) {
    state.start += state.size;
    state.size = std::max(state.size, next_window(state.size, max));
  } else {
    const std::uint64_t start = next_miss(pages, index + 1, max);
    if (start - index > max) return;
    state.start = start;
    state.size = next_window(start - index + remaining, max);
  }
  state.order += order_step;
  const auto max_order = static_cast<std::uint64_t>(std::countr_zero(max));
  const std::uint64_t align = 1ULL << std::min(state.order, max_order);
  const std::uint64_t end = state.start + state.size;
  const std::uint64_t aligned_end = end / align * align;
  if (aligned_end > state.start) state.size = aligned_end - state.start;
  state.async_size = state.size;
  read_window(state, pages);
}

bool LargeFolios::on_fault(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index) {
  if (!window_around(state, index)) return false;
  state.order = 0;
  read_window(state, pages);
  return true;
}

/// force_page_cache_ra.
void LargeFolios::on_advice(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t start,
                            std::uint64_t count) {
  std::uint64_t left = std::min(count, std::max(state.io_pages, state.ra_pages));
  while (left != 0) {
    const std::uint64_t chunk = std::min(left, forced_chunk);
    read_pages_from(state, pages, start, chunk, 0);
    start += chunk;
    left -= chunk;
  }
}

}  // namespace

std::unique_ptr<ReadaheadPolicy> make_readahead_6_10() {
  return std::make_unique<LargeFolios>();
}

}  // namespace sim
