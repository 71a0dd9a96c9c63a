#include "sim/world/system_calls.hpp"

#include <cerrno>

#include "sim/vfs/file_write.hpp"
#include "sim/vfs/truncate.hpp"
#include "sim/vfs/write_back.hpp"
#include "sim/world/devices.hpp"
#include "sim/world/file_reference.hpp"

namespace sim {

int SystemCalls::listen_on(std::uint16_t port, std::uint32_t backlog) {
  enter();
  Machine& machine = platform_.machine();
  Socket& socket = machine.devices->network.server().create_socket();
  const int error = socket.listen(port, backlog);
  if (error == 0) return machine.files.install(socket);
  socket.put();
  return error;
}

int SystemCalls::accept(int listener, bool nonblocking) {
  enter();
  const FileReference file(platform_, listener);
  if (const int error = file.socket_error(); error != 0) return error;
  AcceptResult result;
  restarted([&] {
    result = file.socket().accept();
    return result.socket == nullptr ? result.error : 0;
  });
  if (result.socket == nullptr) return result.error;
  result.socket->nonblocking = nonblocking;
  return platform_.machine().files.install(*result.socket);
}

long SystemCalls::receive(int socket, std::vector<ContentRun>& runs, std::uint32_t max_bytes) {
  enter();
  const FileReference file(platform_, socket);
  if (const int error = file.socket_error(); error != 0) return error;
  return restarted([&] { return file.socket().receive(runs, max_bytes); });
}

long SystemCalls::send_message(int socket, const ContentRun& run, kev::SendFlags flags) {
  enter();
  const FileReference file(platform_, socket);
  if (const int error = file.socket_error(); error != 0) return error;
  return restarted([&] { return file.socket().send_message(run, flags); });
}

int SystemCalls::open(std::size_t file) {
  enter();
  Machine& machine = platform_.machine();
  return machine.files.install(*machine.devices->files.open(file));
}

long SystemCalls::sendfile(int socket, int file, std::int64_t offset, std::int64_t count) {
  enter();
  const FileReference in(platform_, file);
  const FileReference out(platform_, socket);
  if (in.get() == nullptr) return -EBADF;
  if (const int error = out.socket_error(); error != 0) return error == -ENOTSOCK ? -EINVAL : error;
  return restarted([&] {
    return aio_code(platform_).sendfile(platform_, *out.get(), *in.get(), offset, count);
  });
}

long SystemCalls::pwrite(int file, std::int64_t offset, std::int64_t count) {
  return on_file(file, [&](Devices& devices, RegularFile& target) -> long {
    if (offset < 0 || count < 0) return -EINVAL;
    return sim::write_file(devices.cache, target.inode(), static_cast<std::uint64_t>(offset),
                           static_cast<std::uint64_t>(count));
  });
}

long SystemCalls::write_file(int file, std::int64_t count) {
  return on_file(file, [&](Devices& devices, RegularFile& target) -> long {
    if (count < 0) return -EINVAL;
    const std::int64_t written = sim::write_file(devices.cache, target.inode(), target.position,
                                                 static_cast<std::uint64_t>(count));
    if (written > 0) target.position += static_cast<std::uint64_t>(written);
    return written;
  });
}

int SystemCalls::fsync(int file) {
  return static_cast<int>(on_file(file, [](Devices& devices, RegularFile& target) -> long {
    return devices.cache.write_back().sync(target.inode());
  }));
}

int SystemCalls::ftruncate(int file, std::int64_t size_bytes) {
  return static_cast<int>(on_file(file, [&](Devices& devices, RegularFile& target) -> long {
    if (size_bytes < 0) return -EINVAL;
    truncate_file(devices.cache, target.inode(), static_cast<std::uint64_t>(size_bytes));
    return 0;
  }));
}

long SystemCalls::aio_sendfile(AioSendfile& aio, int queue, int socket, int file,
                               std::int64_t offset, std::int64_t count, std::uint64_t user,
                               const ContentRun& header) {
  enter();
  int error = 0;
  QueueFile* queue_file = look_up(queue, &error);
  if (queue_file == nullptr) return error;
  const long result = aio.submit(queue_file->queue(), socket, file, offset, count, user, header);
  queue_file->put();
  return result;
}

int SystemCalls::set_tcp(int socket, TcpSetting setting) {
  enter();
  const FileReference file(platform_, socket);
  if (const int error = file.socket_error(); error != 0) return error;
  if (setting == TcpSetting::nodelay)
    file.socket().set_nodelay(true);
  else
    file.socket().set_cork(setting == TcpSetting::cork);
  return 0;
}

int SystemCalls::set_async(int socket) {
  enter();
  const FileReference file(platform_, socket);
  if (const int error = file.socket_error(); error != 0) return error;
  file.socket().async = true;
  return 0;
}

int SystemCalls::naio(NetworkAio& aio, int queue, int socket, kev::UserAddress buffer,
                      std::uint32_t bytes, kev::NaioDirection direction) {
  enter();
  int error = 0;
  QueueFile* queue_file = look_up(queue, &error);
  if (queue_file == nullptr) return error;
  const int result = aio.submit(queue_file->queue(), socket, buffer, bytes, direction);
  queue_file->put();
  return result;
}

int SystemCalls::aio_send(NetworkAio& aio, int queue, int socket, kev::UserAddress buffer,
                          std::uint32_t bytes) {
  return naio(aio, queue, socket, buffer, bytes, kev::NaioDirection::send);
}

int SystemCalls::aio_recv(NetworkAio& aio, int queue, int socket, kev::UserAddress buffer,
                          std::uint32_t bytes) {
  return naio(aio, queue, socket, buffer, bytes, kev::NaioDirection::receive);
}

}  // namespace sim
