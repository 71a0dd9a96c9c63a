#pragma once
// A file on the disk: its size, where its pages lie, and which of them are cached.
//
// Invariants: extents are in order of pages and do not overlap; a page that no extent covers is a
// hole and reads as zeros. The cached pages are found in a table of two levels by index (a radix
// tree in the original); it is changed with tree_lock held, which is taken with interrupts off
// (2.6.18: an irq-safe rwlock). A slot of the table holds the number of a page frame or, in the
// place of an evicted page, its age (a shadow entry; mm/workingset.c). All pages of a file are in
// one cache. Units: bytes, pages of 4096 bytes, sectors of 512 bytes.
// An inode is an origin of events: what happens to its entries and to itself is told to its
// listener (sim/vfs/name_space.hpp). It lives as long as its file system, also without a name.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/platform/origin.hpp"
#include "sim/kernel/lock.hpp"
#include "sim/vfs/page.hpp"
#include "sim/vfs/page_frames.hpp"

namespace sim {

class DiskHost;
class FileChanges;

/// When a page was evicted, counted in pages evicted or activated before. It runs over: 31 bits are
/// kept (eviction_mask in the original).
struct PageAge {
  static constexpr std::uint32_t mask = 0x7fff'ffff;
  std::uint32_t value = 0;

  [[nodiscard]] std::uint32_t since(PageAge earlier) const {
    return (value - earlier.value) & mask;
  }
  PageAge& operator++() {
    value = (value + 1) & mask;
    return *this;
  }
};

/// Pages of a file that are contiguous on the disk.
struct Extent {
  std::uint64_t first_page = 0;
  std::uint64_t pages = 0;
  std::uint64_t first_sector = 0;
};

/// What to make a file of.
struct InodeSpec {
  std::uint64_t id = 0;  ///< the `source` of its bytes (sim/net/content.hpp)
  std::string path;
  std::uint64_t size_bytes = 0;
  std::vector<Extent> extents;
  int largest_folio = 9;  ///< order of the largest folio the file system takes: 2 MB on ext4
};

class Inode {
 public:
  /// Answer of sector_of() for a hole.
  static constexpr std::uint64_t hole = UINT64_MAX;

  Inode(Kernel& kernel, DiskHost& disk, InodeSpec spec,
        std::unique_ptr<kev::OriginListener> listener = nullptr);
  ~Inode();
  Inode(const Inode&) = delete;
  Inode& operator=(const Inode&) = delete;

  [[nodiscard]] std::uint64_t id() const { return spec_.id; }
  [[nodiscard]] const std::string& path() const { return spec_.path; }
  [[nodiscard]] std::uint64_t size_bytes() const { return spec_.size_bytes; }
  [[nodiscard]] std::uint64_t page_count() const { return pages_for(spec_.size_bytes); }
  [[nodiscard]] DiskHost& disk() const { return disk_; }
  [[nodiscard]] const std::vector<Extent>& extents() const { return spec_.extents; }
  [[nodiscard]] int largest_folio() const { return spec_.largest_folio; }
  /// The first sector of a page, or `hole`, as are pages beyond the end.
  [[nodiscard]] std::uint64_t sector_of(std::uint64_t index) const;
  /// Where on the disk the page lies or would lie; `hole` when no place is reserved for it.
  [[nodiscard]] std::uint64_t place_of(std::uint64_t index) const;

  /// The cached page, if any; takes no reference. Without tree_lock the answer may be old.
  [[nodiscard]] Page* cached(std::uint64_t index) const {
    const std::uint64_t node = index / node_slots;
    if (node >= nodes_.size() || nodes_[node] == nullptr) return nullptr;
    const std::uint32_t slot = nodes_[node]->slots[index % node_slots];
    return slot == 0 || (slot & shadow) != 0 ? nullptr : &frames_->at(slot / 2);
  }
  /// The page will be looked up soon: the host brings the memory where its slot lies. (Always
  /// inline: g++ takes calls of functions that only fetch for calls that do nothing.)
  [[gnu::always_inline]] void fetch(std::uint64_t index) const {
    const std::uint64_t node = index / node_slots;
    if (node < nodes_.size() && nodes_[node] != nullptr)
      __builtin_prefetch(&nodes_[node]->slots[index % node_slots]);
  }
  [[nodiscard]] std::uint64_t cached_pages() const { return cached_pages_; }
  /// The first cached page at or after index; `hole` when there is none.
  [[nodiscard]] std::uint64_t next_cached(std::uint64_t index) const;

  // -- changing it (sim/vfs/truncate.hpp, file_changes.hpp) ---------------------------------------
  /// Its mutex and its history, made when first asked for.
  FileChanges& changes();
  /// Null when it has never changed.
  [[nodiscard]] FileChanges* changed() const { return changes_.get(); }
  /// Requires: its mutex.
  void set_size(std::uint64_t bytes) { spec_.size_bytes = bytes; }
  /// What a read of that page brings: from the disk, or zeros of a hole.
  [[nodiscard]] std::uint32_t version_on_disk(std::uint64_t index) const;
  [[nodiscard]] std::uint32_t version_of_hole(std::uint64_t index) const;
  /// Whether who began when `since` was the newest version may get this version of the page.
  [[nodiscard]] bool may_show(std::uint64_t index, std::uint32_t shown, std::uint32_t since) const;

  /// Who listens to it; null when nobody can.
  [[nodiscard]] kev::OriginListener* listener() const { return listener_.get(); }
  /// Its last name is gone.
  [[nodiscard]] bool unlinked() const { return unlinked_; }

  /// The newest of its contents: a page remembers the version it was read with.
  std::uint32_t version = 1;
  SpinLock tree_lock;

 private:
  friend class NameSpace;
  friend class PageCache;
  static constexpr std::uint64_t radix_pages = 64;  // RADIX_TREE_MAP_SIZE
  static constexpr std::uint64_t node_slots = 4 * radix_pages;
  static constexpr std::uint32_t shadow = 1;
  struct Node {
    std::array<std::uint32_t, node_slots> slots{};  ///< twice a number, or twice an age and shadow
  };

  /// Putting a page there needs a new node of the original's size, which may fail.
  [[nodiscard]] bool needs_node(std::uint64_t index) const;
  /// The age of the page that was evicted from there, if it is remembered.
  std::optional<PageAge> insert(std::uint64_t index, Page& page, const PageFrames& frames);
  void erase(std::uint64_t index);
  /// The same, and remembers its age.
  void erase(std::uint64_t index, PageAge age);
  /// Evicted pages from there on are not remembered any more.
  void forget_ages(std::uint64_t first);

  InodeSpec spec_;
  DiskHost& disk_;
  std::unique_ptr<kev::OriginListener> listener_;
  bool unlinked_ = false;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::uint8_t> made_;      ///< for each, which of the original's nodes there are
  const PageFrames* frames_ = nullptr;  ///< of the cache its pages are in
  std::uint64_t cached_pages_ = 0;
  std::unique_ptr<FileChanges> changes_;
};

}  // namespace sim
