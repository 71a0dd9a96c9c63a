#pragma once
// How Linux looks for the end of a run of cached pages (6.10 to 6.18: page_cache_next_miss() and
// page_cache_prev_miss() over the XArray), with its quirk about large folios.
//
// A folio of 2^order pages takes 2^order slots of a node of 64; from order 6 on, slots of the level
// above, of 64 pages each. The search keeps a page number and a slot. It begins at the slot of the
// folio's first page, whatever page of the folio it was asked about, and then moves both by one:
// the slot lags behind, and the hole is told off by that distance. Crossing into another node sets
// the slot right again. So a search that begins inside a large folio finds its end too late (or,
// going back, a hole too early), which is why interleaved streams leave single pages unread. Units:
// pages. A search looks at `max` pages at most.

#include <cstdint>

#include "sim/vfs/readahead_policy.hpp"

namespace sim {

/// The first absent page at or after index; index + max when there is none among those looked at.
std::uint64_t next_miss(ReadaheadPages& pages, std::uint64_t index, std::uint64_t max);
/// The last absent page at or before index; UINT64_MAX when the search came to the file's start;
/// when all that it may look at are present, the last of these.
std::uint64_t previous_miss(ReadaheadPages& pages, std::uint64_t index, std::uint64_t max);

}  // namespace sim
