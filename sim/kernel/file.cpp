#include "sim/kernel/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace sim {

void FileObject::put() {
  if (kernel_.ending()) return;
  const KernelStepRow& step = row_of(KernelStep::file_put);
  kernel_.point_of({{step.name, id_}, pinned_ ? step.access : Access::write});
  if (references_ <= 0) {
    kernel_.violate("reference_balance", fmt::format("file {} is put once too often", id_));
    return;
  }
  kernel_.release(this);
  if (--references_ != 0) return;
  kernel_.acquire(this);
  release();
  if (listener_ != nullptr) listener_->on_close();
  released_ = true;
  destroy();
}

FileObject::~FileObject() {
  if (table_ != nullptr) std::erase(table_->without_owner_, this);
}

void FileObject::bury() {
  if (!kernel_.bury([this] { delete this; })) delete this;
}

void FileObject::expect_alive(const char* operation) {
  if (!released_) return;
  kernel_.violate("use_after_free", fmt::format("{} of file {}, which is closed", operation, id_));
}

void FileObject::unpin() {
  kernel_.point(KernelStep::file_close, id_);
  pinned_ = false;
  if (kernel_.exploring())
    kernel_.exploration().change_access(row_of(KernelStep::file_put).name, id_, Access::write);
}

void FileTable::abandon() {
  files_.clear();
  // Closed ones, too: what ended the run may have come between the last reference and the end.
  while (!without_owner_.empty()) delete without_owner_.back();
}

namespace {

/// As findings call files, by FileObject::Kind.
constexpr std::array<const char*, 5> kind_names = {"file", "socket", "UNIX socket", "pipe",
                                                   "queue"};

}  // namespace

int FileTable::install(FileObject& file) {
  if (kernel_.exploring())
    kernel_.exploration().name(file.id(), kind_names.at(static_cast<std::size_t>(file.kind())));
  file.pinned_ = true;
  SpinGuard guard(lock_);
  const auto free = std::find(files_.begin(), files_.end(), nullptr);
  const auto descriptor = static_cast<int>(free - files_.begin());
  if (free == files_.end())
    files_.push_back(&file);
  else
    *free = &file;
  const FileObject::Kind kind = file.kind();
  if (kind == FileObject::Kind::queue || kind == FileObject::Kind::pipe ||
      kind == FileObject::Kind::unix_socket) {
    file.table_ = this;
    without_owner_.push_back(&file);
  }
  return descriptor;
}

FileObject* FileTable::get(int descriptor) {
  // Linux has looked descriptors up without a lock since 2.6.14; what that costs is about the same.
  if (kernel_.exploring()) {
    kernel_.point(KernelStep::file_get, lock_.id());
    return find(descriptor);
  }
  SpinGuard guard(lock_);
  return find(descriptor);
}

FileObject* FileTable::find(int descriptor) {
  if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= files_.size()) return nullptr;
  FileObject* file = files_[static_cast<std::size_t>(descriptor)];
  if (file != nullptr) file->get();
  return file;
}

int FileTable::close(int descriptor) {
  FileObject* file = nullptr;
  {
    SpinGuard guard(lock_);
    if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= files_.size()) return -EBADF;
    file = std::exchange(files_[static_cast<std::size_t>(descriptor)], nullptr);
  }
  if (file == nullptr) return -EBADF;
  file->unpin();
  file->put();
  return 0;
}

void FileTable::replace(int descriptor, FileObject& file) {
  FileObject* before = nullptr;
  file.pinned_ = true;
  {
    SpinGuard guard(lock_);
    const auto index = static_cast<std::size_t>(descriptor);
    if (index >= files_.size()) files_.resize(index + 1, nullptr);
    before = std::exchange(files_[index], &file);
  }
  if (before == nullptr) return;
  before->unpin();
  before->put();
}

void FileTable::close_all() {
  for (std::size_t i = 0; i < files_.size() && !kernel_.ending(); ++i)
    if (files_[i] != nullptr) close(static_cast<int>(i));
}

std::size_t FileTable::open_count() const {
  return static_cast<std::size_t>(
      std::count_if(files_.begin(), files_.end(), [](FileObject* f) { return f != nullptr; }));
}

}  // namespace sim
