#pragma once
// The files of one disk: where they lie, and opening them.
//
// Placement: `consecutive` puts files one after another with a small gap (a freshly written disk);
// `scattered` puts each into a random block group of 128 MiB, as ext2 and ext3 spread directories,
// at the group's first free block, or into the following groups where it fits.
// Invariants: files do not overlap and lie within the disk; every extent begins on a 4096-byte
// block. Errors: a file that does not fit is the user's mistake (kev::Result).

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"
#include "sim/engine/random.hpp"
#include "sim/vfs/disk_host.hpp"
#include "sim/vfs/inode.hpp"
#include "sim/vfs/regular_file.hpp"

namespace sim {

enum class FilePlacement : std::uint8_t { consecutive, scattered };

struct FileSystemOptions {
  FilePlacement placement = FilePlacement::consecutive;
  std::uint64_t first_sector = 2048;  ///< where the first file may begin; a multiple of 8
  std::uint64_t gap_pages = 1;        ///< consecutive: left between files, for their metadata
  std::uint64_t first_id = 1;         ///< of the first file; the others count on
  std::uint64_t ra_pages = 32;        ///< read_ahead_kb 128
  int largest_folio = 9;              ///< order: 2 MB, as on ext4; 0 with data=journal
  Random random{0};                   ///< scattered: the stream that places files
  /// Makes the event listener of each inode, given `machine`; null: nobody listens.
  kev::OriginFactory origins = nullptr;
  void* machine = nullptr;
};

class FileSystem {
 public:
  FileSystem(Kernel& kernel, DiskHost& disk, const FileSystemOptions& options);
  ~FileSystem();
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;

  /// A new file, in one piece.
  kev::Result<Inode*> create(std::uint64_t size_bytes, std::string path = {});
  /// A new file without any bytes, and room for so many.
  kev::Result<Inode*> create_empty(std::uint64_t room_bytes, std::string path = {});
  /// A new file whose pages lie where the extents say. Requires: they lie within the disk.
  Inode& create_at(std::uint64_t size_bytes, std::vector<Extent> extents, std::string path = {});

  [[nodiscard]] std::size_t count() const { return inodes_.size(); }
  /// In order of creation, from 0.
  [[nodiscard]] Inode& inode(std::size_t index) { return inodes_.at(index); }
  /// The file of that id; null when there is none.
  [[nodiscard]] Inode* find(std::uint64_t id);
  /// The file of that path (linear search); null when there is none.
  [[nodiscard]] Inode* find(std::string_view path);

  /// open(2): process context, pays for the path walk. The caller has the only reference.
  RegularFile* open(Inode& inode, std::unique_ptr<kev::OriginListener> listener = nullptr);
  RegularFile* open(std::size_t index) { return open(inode(index)); }
  [[nodiscard]] DiskHost& disk() { return disk_; }

 private:
  using OpenFiles =
      boost::intrusive::list<RegularFile, boost::intrusive::constant_time_size<false>>;

  /// The first sector for so many pages, or Inode::hole when they fit nowhere.
  std::uint64_t place(std::uint64_t pages);
  std::uint64_t place_in_group(std::uint64_t pages);

  Kernel& kernel_;
  DiskHost& disk_;
  FileSystemOptions options_;
  std::uint64_t next_sector_;
  std::vector<std::uint64_t> group_next_;  ///< scattered: first free sector of each group
  std::deque<Inode> inodes_;
  OpenFiles open_files_;
};

}  // namespace sim
