#pragma once
// A descriptor's file for the time of a call.

#include <cerrno>

#include "sim/net/socket.hpp"
#include "sim/world/devices.hpp"
#include "sim/world/system_calls.hpp"

namespace sim {

class SystemCalls::FileReference {
 public:
  FileReference(SimPlatform& platform, int descriptor) : file_(platform.file_get(descriptor)) {}
  ~FileReference() noexcept(false) {
    if (file_ != nullptr) file_->put();
  }
  FileReference(const FileReference&) = delete;
  FileReference& operator=(const FileReference&) = delete;

  [[nodiscard]] FileObject* get() const { return file_; }
  /// 0, -EBADF or -ENOTSOCK.
  [[nodiscard]] int socket_error() const {
    if (file_ == nullptr) return -EBADF;
    return file_->kind() == FileObject::Kind::socket ? 0 : -ENOTSOCK;
  }
  [[nodiscard]] Socket& socket() const { return static_cast<Socket&>(*file_); }

 private:
  FileObject* file_;
};

template <class Call>
auto SystemCalls::restarted(Call call) {
  for (;;) {
    const auto result = call();
    if (result != -EINTR || platform_.ending()) return result;
    if (platform_.machine().process.dying()) return result;
    run_handlers();
  }
}

template <class Call>
long SystemCalls::on_file(int file, Call call) {
  enter();
  const FileReference reference(platform_, file);
  if (reference.get() == nullptr) return -EBADF;
  if (reference.get()->kind() != FileObject::Kind::regular) return -EINVAL;
  return call(*platform_.machine().devices, static_cast<RegularFile&>(*reference.get()));
}

}  // namespace sim
