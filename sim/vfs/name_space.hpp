#pragma once
// Directories: which names lead to which inodes, and telling who watches when that changes.
//
// Points of activity, as in the July 2006 kevent patches on Linux' fsnotify: a name that is made
// (fsnotify_create, fsnotify_mkdir) or goes (fsnotify_nameremove) is told to the directory; an
// inode that loses its last name says so itself. There are no hard links: an inode has one name.
// Nothing of this is written to the disk: names are metadata that is always cached.
//
// Invariants: a name is in its directory once; an unlinked inode has no entries and gets none.
// Locks: names_mutex_ (Linux: i_mutex of the directory), held while listeners are told, so that
// they hear of changes in their order. Process context, may sleep. Results: 0 or a negative errno.

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "sim/vfs/file_system.hpp"

namespace sim {

/// What a directory tells its listener. The values equal those of the event queue's interface
/// (model/abi/ukevent.hpp: KEVENT_INODE_CREATE, _REMOVE).
namespace inode_events {
inline constexpr std::uint32_t create = 1;
inline constexpr std::uint32_t remove = 2;
}  // namespace inode_events

class NameSpace {
 public:
  NameSpace(Kernel& kernel, FileSystem& files);
  NameSpace(const NameSpace&) = delete;
  NameSpace& operator=(const NameSpace&) = delete;

  [[nodiscard]] Inode& root() { return root_; }
  /// creat(2): a new file in that directory. -EEXIST, -ENOENT (the directory was removed),
  /// -ENOTDIR, -ENOSPC.
  int create(Inode& directory, std::string_view name, std::uint64_t size_bytes = 0);
  /// mkdir(2). Errors as create().
  int make_directory(Inode& directory, std::string_view name);
  /// unlink(2) and rmdir(2). -ENOENT, -ENOTEMPTY.
  int remove(Inode& directory, std::string_view name);
  /// Null when there is no such name.
  [[nodiscard]] Inode* find(Inode& directory, std::string_view name);

 private:
  using Entries = std::map<std::string, Inode*, std::less<>>;

  int check_new(Inode& directory, std::string_view name);
  void add(Inode& directory, std::string_view name, Inode& inode);

  Kernel& kernel_;
  FileSystem& files_;
  Mutex names_mutex_;
  std::map<std::uint64_t, Entries> directories_;  ///< by inode id; files have none
  Inode& root_;
};

}  // namespace sim
