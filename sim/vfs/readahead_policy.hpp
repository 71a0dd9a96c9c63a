#pragma once
// Readahead decisions, apart from any cache: functions of a file's readahead state and of which
// pages are present. Table of algorithms.
//
// A read loop goes through the pages of one request. At the index it was told (at first: the
// request's first page) it calls before_lookup(); when a page is absent, on_miss(); when it finds a
// marked page, on_marked(), with the mark cleared. `remaining` counts the pages from index to the
// end of the request. Page faults and advice have calls of their own. Invariants: no hidden state;
// two files with equal states and equal pages get equal decisions. Units: pages of 4096 bytes,
// except positions, which are bytes.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace sim {

/// What an open file remembers between reads (struct file_ra_state), the fields of all generations.
struct ReadaheadState {
  std::uint64_t ra_pages = 32;  ///< largest window; 0 turns readahead off
  std::uint64_t io_pages = 0;   ///< largest request the disk takes (6.x oversize reads)
  std::uint64_t start = 0;      ///< the current window
  std::uint64_t size = 0;

  // Two windows (2.6.18)
  bool miss = false;                     ///< RA_FLAG_MISS: a page read ahead was gone when needed
  bool incache = false;                  ///< RA_FLAG_INCACHE: everything is cached, do nothing
  std::uint64_t cache_hit = 0;           ///< pages found present in a row
  std::uint64_t prev_page = UINT64_MAX;  ///< the last page asked for: -1 at first, and counts on
  std::uint64_t ahead_start = 0;         ///< the window after the current one
  std::uint64_t ahead_size = 0;

  // On demand (2.6.23 and later)
  bool random = false;                    ///< POSIX_FADV_RANDOM: read what is asked for, no more
  std::uint64_t mmap_miss = 0;            ///< page faults that missed, less those that hit
  std::uint64_t mmap_hit = 0;             ///< 2.6.18 counts them apart
  std::uint64_t async_size = 0;           ///< the marker is so many pages before the window's end
  std::uint64_t prev_index = UINT64_MAX;  ///< page of the last position read; -1 at first
  std::uint64_t at_index = UINT64_MAX;    ///< the page the read loop is at; -1 between reads
  std::uint64_t at_remaining = 0;

  // Large folios (6.10 and later)
  std::uint64_t order = 0;     ///< of the folios of the last window
  std::int64_t prev_pos = -1;  ///< the byte after the last one read
  bool splice = false;         ///< the reader is a splice: prev_pos follows it page by page
};

/// A step of a decision, as the kernel's tracepoints tell it (readahead:page_cache_*).
struct ReadaheadDecision {
  enum class Kind : std::uint8_t { sync_miss, async_marker, window, pages };
  Kind kind = Kind::pages;
  std::uint64_t index = 0;
  std::uint64_t count = 0;      ///< sync_miss, async_marker: pages requested; pages: to read
  std::uint64_t lookahead = 0;  ///< pages: so many before the end is the marker
};

/// Pages that forced readahead asks for at once: 2 MiB.
inline constexpr std::uint64_t forced_chunk = 512;

/// Whether a folio is added with readahead's mark.
enum class ReadaheadMark : std::uint8_t { none, set };

/// What a decision may ask about the pages of the file, and how it acts.
class ReadaheadPages {
 public:
  static constexpr std::uint64_t no_marker = UINT64_MAX;

  virtual ~ReadaheadPages() = default;
  [[nodiscard]] virtual bool present(std::uint64_t index) = 0;
  /// Starts reading those of [start, start+count) that are absent and within the file; marks the
  /// page `marker` if it is one of them. How many pages were absent.
  virtual std::uint64_t submit(std::uint64_t start, std::uint64_t count, std::uint64_t marker) = 0;
  /// The disk has all the reads it should have.
  [[nodiscard]] virtual bool congested() = 0;
  /// Pages of the file.
  [[nodiscard]] virtual std::uint64_t page_count() = 0;

  // Large folios: 2^order pages, aligned to their size, cached as one (6.10 and later).
  /// The largest there may be; 0: the file has single pages only.
  [[nodiscard]] virtual int max_folio_order() { return 0; }
  /// Of the cached folio that holds the page; -1 when it is absent.
  [[nodiscard]] virtual int folio_order(std::uint64_t index) { return present(index) ? 0 : -1; }
  /// A new folio for [index, index + 2^order); read_folios() starts reading all that were added.
  /// False when a page of the range is there already, or memory is short.
  virtual bool add_folio(std::uint64_t index, int order, ReadaheadMark mark);
  virtual void read_folios() {}
  /// For observers.
  virtual void decided(const ReadaheadDecision& /*step*/, const ReadaheadState& /*before*/) {}
};

class ReadaheadPolicy {
 public:
  virtual ~ReadaheadPolicy() = default;

  /// Returns the next index at which to call again.
  virtual std::uint64_t before_lookup(ReadaheadState& state, ReadaheadPages& pages,
                                      std::uint64_t index, std::uint64_t remaining) = 0;
  /// True when the page may be present now: look again. Else read it alone.
  virtual bool on_miss(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                       std::uint64_t remaining) = 0;
  virtual void on_marked(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                         std::uint64_t remaining) = 0;
  /// The read ended at this byte position of the file (what was read lies before it).
  virtual void on_read_end(ReadaheadState& state, std::uint64_t position) = 0;
  /// A page fault found the page absent. False: so many do that there is no reading around.
  virtual bool on_fault(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index) = 0;
  /// A page fault found the page. `mark` was on it, and is cleared.
  virtual void on_fault_hit(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t index,
                            ReadaheadMark mark);
  /// A page fault mapped so many cached pages at once (fault-around, 3.15 and later).
  void on_fault_around(ReadaheadState& state, std::uint64_t mapped) const {
    state.mmap_miss -= mapped < state.mmap_miss ? mapped : state.mmap_miss;
  }
  /// posix_fadvise(WILLNEED) or readahead(2).
  virtual void on_advice(ReadaheadState& state, ReadaheadPages& pages, std::uint64_t start,
                         std::uint64_t count) = 0;
  /// A page that was waited for came with an error (shrink_readahead_size_eio).
  void on_io_error(ReadaheadState& state) const { state.ra_pages /= 4; }
};

/// How the kernels of a generation go through a file, around its readahead (file_read.hpp).
enum class ReadLoop : std::uint8_t {
  by_page,   ///< each page by itself (do_generic_mapping_read, filemap_nopage)
  by_batch,  ///< cached folios up to a gap or a mark (filemap_get_pages, filemap_map_pages)
};
struct FileReadRules {
  ReadLoop loop = ReadLoop::by_page;
  std::uint64_t batch_folios = 1;  ///< by_batch: so many at most (PAGEVEC_SIZE)
};

struct ReadaheadKind {
  std::string_view name;
  std::string_view description;
  std::unique_ptr<ReadaheadPolicy> (*make)();
  FileReadRules reads{};
};

/// All algorithms. A new one is a row here and a file.
std::span<const ReadaheadKind> readahead_kinds();
/// Null when there is none of that name.
const ReadaheadKind* find_readahead_kind(std::string_view name);

/// The first window for a request (get_init_ra_size), the same in all generations.
std::uint64_t initial_window(std::uint64_t request, std::uint64_t max);
/// The window after one of `current` pages (get_next_ra_size).
std::uint64_t next_window(std::uint64_t current, std::uint64_t max);

/// The largest window for a request (2.6.23 and later): one above ra_pages may use what the disk
/// takes at once.
std::uint64_t window_limit(const ReadaheadState& state, std::uint64_t request);
/// Reads exactly that range, 2 MiB at a time (force_page_cache_readahead).
void read_forced(ReadaheadPages& pages, std::uint64_t start, std::uint64_t count);
/// A page fault missed (2.6.23 and later, do_sync_mmap_readahead): makes the window around it the
/// current one. False when faults of this file miss too often, or readahead is off.
bool window_around(ReadaheadState& state, std::uint64_t index);
/// Faults that missed above those that hit, at which reading around stops (MMAP_LOTSAMISS).
inline constexpr std::uint64_t mmap_lots_of_misses = 100;

// The makers, one file each.
std::unique_ptr<ReadaheadPolicy> make_readahead_2_6_18();
std::unique_ptr<ReadaheadPolicy> make_readahead_2_6_24();
std::unique_ptr<ReadaheadPolicy> make_readahead_2_6_23();
std::unique_ptr<ReadaheadPolicy> make_readahead_6_10();

}  // namespace sim
