#include "sim/vfs/file_system.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/vfs/file_changes.hpp"

namespace sim {

namespace {
constexpr std::uint64_t group_sectors = 32768ULL * page_sectors;  // ext2: 8 bits x 4096 blocks
}

FileSystem::FileSystem(Kernel& kernel, DiskHost& disk, const FileSystemOptions& options)
    : kernel_(kernel), disk_(disk), options_(options), next_sector_(options.first_sector) {
  KEV_CHECK(options_.first_sector % page_sectors == 0);
  if (options_.placement == FilePlacement::consecutive) return;
  for (std::uint64_t begin = options_.first_sector; begin < disk_.capacity_sectors();
       begin += group_sectors)
    group_next_.push_back(begin);
}

FileSystem::~FileSystem() {
  open_files_.clear_and_dispose([](RegularFile* file) { delete file; });
}

kev::Result<Inode*> FileSystem::create(std::uint64_t size_bytes, std::string path) {
  const std::uint64_t pages = pages_for(size_bytes);
  std::vector<Extent> extents;
  if (pages != 0) {
    const std::uint64_t sector = place(pages);
    if (sector == Inode::hole)
      return kev::fail(fmt::format("a file of {} bytes does not fit on the disk, after {} files",
                                   size_bytes, inodes_.size()));
    extents.push_back({0, pages, sector});
  }
  return &create_at(size_bytes, std::move(extents), std::move(path));
}

kev::Result<Inode*> FileSystem::create_empty(std::uint64_t room_bytes, std::string path) {
  kev::Result<Inode*> made = create(room_bytes, std::move(path));
  if (!made) return made;
  (*made)->set_size(0);
  (*made)->changes().free_blocks(0);
  return made;
}

Inode& FileSystem::create_at(std::uint64_t size_bytes, std::vector<Extent> extents,
                             std::string path) {
  for (const Extent& extent : extents)
    KEV_CHECK(extent.first_sector + extent.pages * page_sectors <= disk_.capacity_sectors());
  const std::uint64_t id = options_.first_id + inodes_.size();
  return inodes_.emplace_back(
      kernel_, disk_,
      InodeSpec{id, std::move(path), size_bytes, std::move(extents), options_.largest_folio},
      options_.origins != nullptr ? options_.origins(options_.machine) : nullptr);
}

std::uint64_t FileSystem::place(std::uint64_t pages) {
  if (options_.placement == FilePlacement::scattered) return place_in_group(pages);
  const std::uint64_t sectors = pages * page_sectors;
  if (next_sector_ + sectors > disk_.capacity_sectors()) return Inode::hole;
  const std::uint64_t sector = next_sector_;
  next_sector_ += sectors + options_.gap_pages * page_sectors;
  return sector;
}

/// Tries a random group and those after it. A file larger than what is left of its group goes on
/// into the next ones, if they are empty.
std::uint64_t FileSystem::place_in_group(std::uint64_t pages) {
  const std::uint64_t groups = group_next_.size();
  if (groups == 0) return Inode::hole;
  const std::uint64_t first = options_.random.below(groups);
  for (std::uint64_t i = 0; i < groups; ++i) {
    const std::uint64_t group = (first + i) % groups;
    const std::uint64_t begin = group_next_[group];
    const std::uint64_t end = begin + pages * page_sectors;
    if (end > disk_.capacity_sectors()) continue;
    const std::uint64_t last = (end - 1 - options_.first_sector) / group_sectors;
    bool fits = true;
    for (std::uint64_t g = group + 1; g <= last && fits; ++g)
      fits = group_next_[g] == options_.first_sector + g * group_sectors;
    // A group that is full points to where the next one begins: that is the next one's space.
    if (!fits || begin >= options_.first_sector + (group + 1) * group_sectors) continue;
    for (std::uint64_t g = group; g <= last; ++g) group_next_[g] = end;
    return begin;
  }
  return Inode::hole;
}

Inode* FileSystem::find(std::uint64_t id) {
  if (id < options_.first_id || id - options_.first_id >= inodes_.size()) return nullptr;
  return &inodes_[id - options_.first_id];
}

Inode* FileSystem::find(std::string_view path) {
  const auto at = std::find_if(inodes_.begin(), inodes_.end(),
                               [&](const Inode& inode) { return inode.path() == path; });
  return at == inodes_.end() ? nullptr : &*at;
}

RegularFile* FileSystem::open(Inode& inode, std::unique_ptr<kev::OriginListener> listener) {
  kernel_.might_sleep("open");
  kernel_.point_of({{"open", object_in(ObjectSpace::inode, static_cast<std::uint64_t>(inode.id()))},
                    Access::write});
  kernel_.spend(Cost::open_file);
  ReadaheadState readahead;
  readahead.ra_pages = options_.ra_pages;
  readahead.io_pages = disk_.max_sectors() / page_sectors;
  auto file = std::make_unique<RegularFile>(kernel_, inode, readahead, std::move(listener));
  open_files_.push_back(*file);
  return file.release();
}

}  // namespace sim
