#include "sim/vfs/name_space.hpp"

#include <cerrno>

namespace sim {

namespace {

void tell(Inode& inode, std::uint32_t mask) {
  if (inode.listener() != nullptr) inode.listener()->on_activity(mask);
}

}  // namespace

NameSpace::NameSpace(Kernel& kernel, FileSystem& files)
    : kernel_(kernel),
      files_(files),
      names_mutex_(kernel, "directory entries"),
      root_(files.create_at(0, {}, "/")) {
  directories_[root_.id()];
}

/// Requires: names_mutex_.
int NameSpace::check_new(Inode& directory, std::string_view name) {
  if (directory.unlinked()) return -ENOENT;
  const auto entries = directories_.find(directory.id());
  if (entries == directories_.end()) return -ENOTDIR;
  return entries->second.contains(name) ? -EEXIST : 0;
}

/// Requires: names_mutex_.
void NameSpace::add(Inode& directory, std::string_view name, Inode& inode) {
  directories_.at(directory.id()).emplace(name, &inode);
  kernel_.spend(Cost::tree);
  tell(directory, inode_events::create);
}

int NameSpace::create(Inode& directory, std::string_view name, std::uint64_t size_bytes) {
  MutexGuard guard(names_mutex_);
  if (const int error = check_new(directory, name); error != 0) return error;
  const auto inode = files_.create(size_bytes, std::string(name));
  if (!inode.has_value()) return -ENOSPC;
  add(directory, name, **inode);
  return 0;
}

int NameSpace::make_directory(Inode& directory, std::string_view name) {
  MutexGuard guard(names_mutex_);
  if (const int error = check_new(directory, name); error != 0) return error;
  Inode& inode = files_.create_at(0, {}, std::string(name));
  directories_[inode.id()];
  add(directory, name, inode);
  return 0;
}

int NameSpace::remove(Inode& directory, std::string_view name) {
  MutexGuard guard(names_mutex_);
  const auto entries = directories_.find(directory.id());
  if (entries == directories_.end()) return -ENOENT;
  const auto entry = entries->second.find(name);
  if (entry == entries->second.end()) return -ENOENT;
  Inode& inode = *entry->second;
  const auto below = directories_.find(inode.id());
  if (below != directories_.end() && !below->second.empty()) return -ENOTEMPTY;
  entries->second.erase(entry);
  if (below != directories_.end()) directories_.erase(below);
  kernel_.spend(Cost::tree);
  tell(directory, inode_events::remove);
  // Marked first: who begins to watch it from here on finds the mark.
  inode.unlinked_ = true;
  if (inode.listener() != nullptr) inode.listener()->on_close();
  return 0;
}

Inode* NameSpace::find(Inode& directory, std::string_view name) {
  MutexGuard guard(names_mutex_);
  const auto entries = directories_.find(directory.id());
  if (entries == directories_.end()) return nullptr;
  const auto entry = entries->second.find(name);
  return entry == entries->second.end() ? nullptr : entry->second;
}

}  // namespace sim
