// Readahead of Linux 2.6.18 (mm/readahead.c): a current window, which the reader is in, and an
// ahead window, which is submitted when the reader enters the current one. Constants:
// VM_MIN_READAHEAD 16 KB, VM_MAX_CACHE_HIT 256 pages.

#include <algorithm>

#include "sim/vfs/readahead_policy.hpp"

namespace sim {

namespace {

constexpr std::uint64_t min_readahead = 4;
constexpr std::uint64_t max_cache_hit = 256;

enum class Blocking : std::uint8_t { yes, no };

class TwoWindows final : public ReadaheadPolicy {
 public:
  std::uint64_t before_lookup(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                              std::uint64_t remaining) override;
  bool on_miss(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
               std::uint64_t remaining) override;
  void on_marked(ReadaheadState&, ReadaheadPages&, std::uint64_t, std::uint64_t) override {}
  void on_read_end(ReadaheadState&, std::uint64_t) override {}
  bool on_fault(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index) override;
  void on_fault_hit(ReadaheadState& state, ReadaheadPages&, std::uint64_t, ReadaheadMark) override {
    ++state.mmap_hit;
  }
  void on_advice(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t start,
                 std::uint64_t count) override {
    pages.decided({ReadaheadDecision::Kind::pages, start, count, 0}, state);
    read_forced(pages, start, count);
  }
};

void reset_ahead_window(ReadaheadState& state) {
  // Keeps the sum: the end of the ahead window still limits prev_page.
  state.ahead_size += state.ahead_start;
  state.ahead_start = 0;
}

void turn_off(ReadaheadState& state) {
  state.start = state.size = 0;
  state.miss = state.incache = false;
  reset_ahead_window(state);
}

std::uint64_t next_size(ReadaheadState& state) {
  if (!state.miss) return next_window(state.size, state.ra_pages);
  state.miss = false;
  // Wraps around below 2, as the original does; the limit then decides.
  return std::min(std::max(state.size - 2, min_readahead), state.ra_pages);
}

/// False when it was not worth trying: the disk is congested, or all is cached anyway.
bool submit(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t start, std::uint64_t size,
            Blocking blocking) {
  if (blocking == Blocking::no && pages.congested()) return false;
  pages.decided({ReadaheadDecision::Kind::pages, start, size, 0}, state);
  if (pages.submit(start, size, ReadaheadPages::no_marker) != 0) {
    state.cache_hit = 0;
    return true;
  }
  state.cache_hit += size;
  if (state.cache_hit < max_cache_hit) return true;
  turn_off(state);
  state.incache = true;
  return false;
}

enum class Force : std::uint8_t { yes, no };

bool make_ahead_window(ReadaheadState& state, ReadaheadPages& pages, Force force) {
  state.ahead_size = next_size(state);
  state.ahead_start = state.start + state.size;
  const bool needed = force == Force::yes || state.prev_page >= state.ahead_start;
  const bool done = submit(state, pages, state.ahead_start, state.ahead_size,
                           needed ? Blocking::yes : Blocking::no);
  if (!done && force == Force::no) reset_ahead_window(state);
  return done;
}

/// Sequential, with a current window.
void advance(ReadaheadState& state, ReadaheadPages& pages) {
  const bool ahead = state.ahead_start != 0 || make_ahead_window(state, pages, Force::no);
  if (ahead) {
    if (state.prev_page < state.ahead_start) return;
    state.start = state.ahead_start;
    state.size = state.ahead_size;
    make_ahead_window(state, pages, Force::no);
  }
  state.prev_page = std::min(state.prev_page, state.ahead_start + state.ahead_size - 1);
}

std::uint64_t TwoWindows::before_lookup(ReadaheadState& state, ReadaheadPages& pages,
                                        std::uint64_t index, std::uint64_t remaining) {
  if (index == state.prev_page && --remaining != 0) ++index;  // the same page again
  const bool sequential = index == state.prev_page + 1;
  state.prev_page = index;
  const std::uint64_t max = state.ra_pages;
  const std::uint64_t size = std::min(remaining, max);
  if (size == 0 || state.incache) return state.prev_page + 1;
  state.prev_page += size - 1;

  if (!sequential) {
    turn_off(state);
    submit(state, pages, index, size, Blocking::yes);
  } else if (state.size == 0) {
    state.size = initial_window(size, max);
    state.start = index;
    if (submit(state, pages, state.start, state.size, Blocking::yes) && remaining >= max)
      make_ahead_window(state, pages, Force::yes);
  } else {
    advance(state, pages);
  }
  return state.prev_page + 1;
}

/// handle_ra_miss: thrashing. The next window is smaller.
bool TwoWindows::on_miss(ReadaheadState& state, ReadaheadPages&, std::uint64_t, std::uint64_t) {
  state.miss = true;
  state.incache = false;
  state.cache_hit = 0;
  return false;
}

/// filemap_nopage: reads around, without touching the windows.
bool TwoWindows::on_fault(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index) {
  ++state.mmap_miss;
  if (state.mmap_miss > state.mmap_hit + mmap_lots_of_misses) return false;
  if (state.ra_pages == 0 || pages.congested()) return true;
  const std::uint64_t start = index - std::min(index, state.ra_pages / 2);
  pages.decided({ReadaheadDecision::Kind::pages, start, state.ra_pages, 0}, state);
  pages.submit(start, state.ra_pages, ReadaheadPages::no_marker);
  return true;
}

}  // namespace

std::unique_ptr<ReadaheadPolicy> make_readahead_2_6_18() {
  return std::make_unique<TwoWindows>();
}

}  // namespace sim
