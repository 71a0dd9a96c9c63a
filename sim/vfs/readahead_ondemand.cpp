// On-demand readahead (Fengguang Wu, Linux 2.6.23, mm/readahead.c): one window and a marked page in
// it, whose lookup starts the next window; a miss starts a window too.
//
// Two versions, by their rules:
//   2.6.23 to 2.6.30  as 2.6.24 does it
//   2.6.31 to 6.9     with context readahead, as 6.1 does it
// The previous position is kept as the original does: 2.6.2x the last page of the previous
// read; 6.1 the page after the bytes copied last, also within a read.

#include <algorithm>

#include "sim/vfs/page.hpp"
#include "sim/vfs/readahead_policy.hpp"

namespace sim {

namespace {

struct OnDemandRules {
  bool context;          ///< looks for a cached history before it takes a read for a random one
  bool join_own_marker;  ///< a window whose first page is its marker gets the next one added
  bool zero_is_start;    ///< reading page 0 always starts anew
  bool grow_oversize;    ///< a request above the window may use what the disk can take at once
  bool never_shrink;     ///< the next window is not below the last
  bool forced_reads;     ///< FADV_RANDOM, and no readahead at all: exactly what is asked
  bool position_is_end;  ///< see above
  bool marker_from_end;  ///< of what the file's end leaves of a window, not of the whole
};

constexpr OnDemandRules rules_2_6_24 = {};
constexpr OnDemandRules rules_6_1 = {.context = true,
                                     .join_own_marker = true,
                                     .zero_is_start = true,
                                     .grow_oversize = true,
                                     .never_shrink = true,
                                     .forced_reads = true,
                                     .position_is_end = true,
                                     .marker_from_end = true};

enum class Cause : std::uint8_t { miss, marker };

class OnDemand final : public ReadaheadPolicy {
 public:
  explicit OnDemand(const OnDemandRules& rules) : rules_(rules) {}

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

 private:
  void read_ahead(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                  std::uint64_t request, Cause cause) const;
  [[nodiscard]] bool next_expected(const ReadaheadState& state, std::uint64_t index) const;
  void initial(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
               std::uint64_t request, std::uint64_t max) const;
  void after_hole(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                  std::uint64_t request, std::uint64_t max) const;
  void by_context(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                  std::uint64_t request, std::uint64_t max) const;
  void submit(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
              std::uint64_t max) const;
  void submit_window(const ReadaheadState& state, ReadaheadPages& pages) const;

  const OnDemandRules rules_;
};

/// Follows the read loop, to know the previous position at each miss.
std::uint64_t OnDemand::before_lookup(ReadaheadState& state, ReadaheadPages&, std::uint64_t index,
                                      std::uint64_t remaining) {
  const std::uint64_t last = state.at_index;
  const bool same_read = last != UINT64_MAX && index == last + 1 && state.at_remaining > 1 &&
                         remaining == state.at_remaining - 1;
  if (rules_.position_is_end) {
    if (last != UINT64_MAX) state.prev_index = index == last ? last : last + 1;
  } else if (last != UINT64_MAX && !same_read) {
    state.prev_index = last;
  }
  state.at_index = index;
  state.at_remaining = remaining;
  return index + 1;
}

void OnDemand::on_read_end(ReadaheadState& state, std::uint64_t position) {
  if (state.at_index == UINT64_MAX) return;
  if (rules_.position_is_end)
    state.prev_index = page_of(position);
  else if (position != 0)
    state.prev_index = page_of(position - 1);
  state.at_index = UINT64_MAX;
}

bool OnDemand::on_miss(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                       std::uint64_t remaining) {
  const bool off = state.ra_pages == 0;
  if (!rules_.forced_reads && off) return false;
  if (!rules_.forced_reads || (!state.random && !off)) {
    read_ahead(state, pages, index, remaining, Cause::miss);
    return true;
  }
  on_advice(state, pages, index, off ? 1 : remaining);
  return true;
}

void OnDemand::on_advice(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t start,
                         std::uint64_t count) {
  // Later kernels force no more than the disk takes at once, or a window.
  const std::uint64_t most =
      rules_.forced_reads ? std::max(state.io_pages, state.ra_pages) : UINT64_MAX;
  read_forced(pages, start, std::min(count, most));
}

bool OnDemand::on_fault(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index) {
  if (!window_around(state, index)) return false;
  submit_window(state, pages);
  return true;
}

void OnDemand::on_marked(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                         std::uint64_t remaining) {
  if (state.ra_pages == 0 || pages.congested()) return;
  read_ahead(state, pages, index, remaining, Cause::marker);
}

bool OnDemand::next_expected(const ReadaheadState& state, std::uint64_t index) const {
  const std::uint64_t end = state.start + state.size;
  return index != 0 && (index == end - state.async_size || index == end);
}

void OnDemand::read_ahead(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                          std::uint64_t request, Cause cause) const {
  const std::uint64_t max = rules_.grow_oversize ? window_limit(state, request) : state.ra_pages;
  if (rules_.zero_is_start && index == 0) return initial(state, pages, index, request, max);
  if (next_expected(state, index)) {
    state.start += state.size;
    const std::uint64_t next = next_window(state.size, max);
    state.size = rules_.never_shrink ? std::max(state.size, next) : next;
    state.async_size = state.size;
    return submit(state, pages, index, max);
  }
  if (cause == Cause::marker) return after_hole(state, pages, index, request, max);
  // Unsigned, as in the original: a step back is not sequential.
  if (request > max || index - state.prev_index <= 1)
    return initial(state, pages, index, request, max);
  if (rules_.context) return by_context(state, pages, index, request, max);
  pages.submit(index, request, ReadaheadPages::no_marker);
}

void OnDemand::initial(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                       std::uint64_t request, std::uint64_t max) const {
  state.start = index;
  state.size = initial_window(request, max);
  state.async_size = state.size > request ? state.size - request : state.size;
  submit(state, pages, index, max);
}

/// A marked page that this file's state knows nothing of: another reader's, or an older window's.
void OnDemand::after_hole(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                          std::uint64_t request, std::uint64_t max) const {
  std::uint64_t hole = index + 1;
  while (hole - index <= max && pages.present(hole)) ++hole;
  if (hole - index > max) return;
  state.start = hole;
  const std::uint64_t covered = hole - index + (rules_.context ? request : 0);
  state.size = next_window(covered, max);
  state.async_size = state.size;
  submit(state, pages, index, max);
}

/// A miss out of the blue: if the pages before it are cached, somebody reads sequentially here.
void OnDemand::by_context(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                          std::uint64_t request, std::uint64_t max) const {
  std::uint64_t history = 0;
  while (history < max && history < index && pages.present(index - 1 - history)) ++history;
  // The search (page_cache_prev_miss) takes the last page that it may look at for the hole.
  if (history == max) --history;
  if (history <= request) {
    pages.submit(index, request, ReadaheadPages::no_marker);
    return;
  }
  if (history >= index) history *= 2;  // since the start of the file: surely sequential
  state.start = index;
  state.size = std::min(history + request, max);
  state.async_size = 1;
  submit(state, pages, index, max);
}

void OnDemand::submit(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                      std::uint64_t max) const {
  if (rules_.join_own_marker && index == state.start && state.size == state.async_size) {
    const std::uint64_t next = next_window(state.size, max);
    if (state.size + next <= max) {
      state.async_size = next;
      state.size += next;
    } else {
      state.size = max;
      state.async_size = max / 2;
    }
  }
  submit_window(state, pages);
}

void OnDemand::submit_window(const ReadaheadState& state, ReadaheadPages& pages) const {
  std::uint64_t size = state.size;
  if (rules_.marker_from_end) {
    if (state.start >= pages.page_count()) return;
    size = std::min(size, pages.page_count() - state.start);
  }
  const bool marks = state.async_size <= size;
  pages.submit(state.start, size,
               marks ? state.start + size - state.async_size : ReadaheadPages::no_marker);
}

}  // namespace

std::unique_ptr<ReadaheadPolicy> make_readahead_2_6_24() {
  return std::make_unique<OnDemand>(rules_2_6_24);
}

std::unique_ptr<ReadaheadPolicy> make_readahead_2_6_23() {
  return std::make_unique<OnDemand>(rules_6_1);
}

}  // namespace sim
