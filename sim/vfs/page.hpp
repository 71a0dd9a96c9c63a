#pragma once
// One page of the page cache, as other code may see it; PageCache (page_cache.hpp) changes it.
//
// Life of a page (Linux 2.6.18, mm/filemap.c): allocated -> added to a file, locked and not
// uptodate
// -> its read completes: uptodate, or error -> unlocked -> evicted.
// Invariants: in a file only while the cache holds a reference; locked while its read is in flight;
// on an LRU list from add() until it is evicted or freed.
// The error flag is advisory: what readers go by is uptodate.
// Units: pages of 4096 bytes, eight sectors of 512. Of a file, 2^32 pages at most.

#include <cstdint>

#include "sim/net/content.hpp"

namespace sim {

class Inode;
class PageCache;

inline constexpr std::uint64_t page_bytes = 4096;
inline constexpr std::uint32_t page_sectors = 8;

/// The page of a file in which a byte lies.
constexpr std::uint64_t page_of(std::uint64_t byte) {
  return byte / page_bytes;
}
/// How many pages hold that many bytes.
constexpr std::uint64_t pages_for(std::uint64_t bytes) {
  return (bytes + page_bytes - 1) / page_bytes;
}

class alignas(64) Page {  // a cache line of the host: sim/vfs/page_frames.hpp
 public:
  /// Content version of a page whose read has not completed.
  static constexpr std::uint32_t never_read = 0xffffffff;

  Page(PageCache& cache, std::uint32_t id) : cache_(cache), id_(id) {}
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  /// The cache that the frame belongs to: who holds a reference gives it back there.
  [[nodiscard]] PageCache& cache() const { return cache_; }
  /// Of the page frame, from 1; also the key of wake-ups for its lock.
  [[nodiscard]] std::uint32_t id() const { return id_; }
  /// The file it caches a part of; null when it is in none (any more).
  [[nodiscard]] Inode* inode() const { return inode_; }
  [[nodiscard]] std::uint64_t index() const { return index_; }
  /// For a page that is in no file yet: where read_pages() shall put it.
  void set_index(std::uint64_t index) {
    if (inode_ == nullptr) index_ = static_cast<std::uint32_t>(index);
  }

  /// It was read as one of 2^order pages that lie in a folio (6.10 and later); 0: on its own. They
  /// carry the readahead mark together; reclaim takes them one by one, where Linux takes the folio.
  [[nodiscard]] int folio_order() const { return folio_order_; }
  void set_folio_order(int order) {
    if (inode_ == nullptr) folio_order_ = static_cast<std::int8_t>(order);
  }

  [[nodiscard]] bool locked() const { return locked_; }
  [[nodiscard]] bool uptodate() const { return uptodate_; }
  [[nodiscard]] bool error() const { return error_; }
  [[nodiscard]] bool referenced() const { return referenced_; }
  [[nodiscard]] bool active() const { return active_; }
  /// Readahead marker: whoever looks this page up starts the next window.
  [[nodiscard]] bool readahead() const { return readahead_; }
  /// A bio for it has been submitted and has not come back.
  [[nodiscard]] bool in_flight() const { return in_flight_; }
  /// It differs from the disk.
  [[nodiscard]] bool dirty() const { return dirty_; }
  /// Its contents are being written; it may be read and written to meanwhile.
  [[nodiscard]] bool writeback() const { return writeback_; }
  [[nodiscard]] std::int32_t references() const { return references_; }

  /// What its bytes are. Requires: within the page.
  [[nodiscard]] ContentRun content(std::uint32_t offset, std::uint32_t length) const {
    return {source_, index() * page_bytes + offset, length, version_};
  }

 private:
  friend class PageCache;
  friend class PageLru;
  friend class WriteBack;

  PageCache& cache_;
  const std::uint32_t id_;
  std::uint32_t owner_ = 0;  ///< the context that locked it; 0: whoever completes its read
  std::int32_t references_ = 0;
  std::uint32_t version_ = never_read;
  Inode* inode_ = nullptr;
  std::uint32_t index_ = 0;
  std::int8_t folio_order_ = 0;
  bool locked_ : 1 = false;
  bool uptodate_ : 1 = false;
  bool error_ : 1 = false;
  bool referenced_ : 1 = false;
  bool active_ : 1 = false;
  bool readahead_ : 1 = false;
  bool in_flight_ : 1 = false;
  bool on_lru_ : 1 = false;
  bool gathered_ : 1 = false;  ///< in a CPU's batch, on its way to a list
  bool dirty_ : 1 = false;
  bool writeback_ : 1 = false;
  bool reclaim_ : 1 = false;  ///< reclaim wants it: evict it first once it is written
  std::uint64_t source_ = 0;
};

}  // namespace sim
