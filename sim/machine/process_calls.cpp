#include "sim/machine/process_calls.hpp"

#include <cerrno>

#include "model/kevent/storage.hpp"

namespace sim {

std::array<int, 2> ProcessCalls::pipe() {
  enter();
  FileTable& files = platform_.machine().files;
  const auto [reader, writer] =
      make_pipe(platform_.kernel(), std::make_unique<kev::Storage<SimPlatform>>(platform_));
  const int read_end = files.install(*reader);
  const int write_end = files.install(*writer);
  return {read_end, write_end};
}

template <class Body>
long ProcessCalls::on_pipe(int descriptor, Body body) {
  enter();
  FileObject* file = platform_.file_get(descriptor);
  if (file == nullptr) return -EBADF;
  const bool is_pipe = file->kind() == FileObject::Kind::pipe;
  const long result = is_pipe ? body(static_cast<PipeEnd&>(*file)) : -EINVAL;
  file->put();
  return result;
}

long ProcessCalls::read(int descriptor, std::vector<ContentRun>& runs, std::uint32_t max_bytes) {
  return on_pipe(descriptor, [&](PipeEnd& end) { return end.read(runs, max_bytes); });
}

long ProcessCalls::write(int descriptor, const ContentRun& run) {
  return on_pipe(descriptor, [&](PipeEnd& end) { return end.write(run); });
}

int ProcessCalls::kill(int number) {
  enter();
  return platform_.machine().signals.send(number);
}

int ProcessCalls::set_nonblocking(int descriptor) {
  enter();
  FileObject* file = platform_.file_get(descriptor);
  if (file == nullptr) return -EBADF;
  file->nonblocking = true;
  file->put();
  return 0;
}

}  // namespace sim
