#pragma once
// The system calls that simulated server programs make on devices: sockets and files by
// descriptor. Each pays for entering the kernel and returns what the kernel returned. Signals have
// handlers that do nothing, installed with SA_RESTART: a call that had done nothing yet is
// restarted.

#include <optional>
#include <vector>

#include "sim/machine/process_calls.hpp"
#include "sim/net/socket.hpp"
#include "sim/trace/replay_plan.hpp"
#include "sim/vfs/file_advice.hpp"
#include "sim/vfs/file_map.hpp"
#include "sim/world/aio_code.hpp"

namespace sim {

/// TCP_CORK on and off, TCP_NODELAY on.
enum class TcpSetting : std::uint8_t { cork, uncork, nodelay };

class SystemCalls;

/// mmap(2) of a whole file, for reading, until munmap(2) or the end of the process.
class MappedFile {
 public:
  MappedFile(SystemCalls& calls, int file);
  ~MappedFile() noexcept(false);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  /// False: the descriptor was no file.
  [[nodiscard]] bool mapped() const { return mapping_.has_value(); }
  /// As FileMapping::touch().
  Page* touch(std::uint64_t index) { return mapping_->touch(index); }

 private:
  friend class SystemCalls;
  void release();

  RegularFile* file_ = nullptr;  ///< with a reference
  std::optional<FileMapping> mapping_;
};

class SystemCalls : public ProcessCalls {
 public:
  explicit SystemCalls(SimPlatform& platform) : ProcessCalls(platform) {}

  /// socket, bind and listen in one. A descriptor.
  int listen_on(std::uint16_t port, std::uint32_t backlog);
  /// A descriptor, or -EAGAIN. `nonblocking` as accept4's SOCK_NONBLOCK.
  int accept(int listener, bool nonblocking);
  /// As Socket::receive. -EBADF, -ENOTSOCK.
  long receive(int socket, std::vector<ContentRun>& runs, std::uint32_t max_bytes);
  long send_message(int socket, const ContentRun& run, kev::SendFlags flags);
  /// Opens the file of that index for reading and writing.
  int open(std::size_t file);
  long sendfile(int socket, int file, std::int64_t offset, std::int64_t count);
  /// read(2) at the file's position, pread(2) elsewhere: appends what it reads to `runs`. Bytes; 0
  /// at the end. As read_file() (sim/vfs/file_read.hpp), -EBADF, -EINVAL: no file.
  long read_file(int file, std::vector<ContentRun>& runs, std::int64_t count);
  long pread(int file, std::vector<ContentRun>& runs, std::int64_t offset, std::int64_t count);
  /// posix_fadvise(2), readahead(2): 0, -EBADF, -EINVAL.
  int fadvise(int file, std::int64_t offset, std::int64_t count, FileAdvice advice);
  int readahead(int file, std::int64_t offset, std::int64_t count);
  /// The one of the two that was recorded.
  int advise(int file, const ReplayAdvice& recorded);
  /// splice(2) from a file to a pipe, or from a pipe (`offset` 0) to a socket; flags:
  /// SPLICE_F_MORE. Bytes moved, as splice_file() or PipeEnd::move(); -EBADF, -EINVAL: other kinds.
  long splice(int from, std::int64_t offset, int to, std::int64_t count, kev::SendFlags flags = {});
  void munmap(MappedFile& mapping);
  /// send(2) of bytes that are mapped: page faults come on the way. -EFAULT: SIGBUS for the
  /// program.
  long send_mapped(int socket, MappedFile& mapping, std::int64_t offset, std::int64_t count,
                   kev::SendFlags flags);
  /// write(2) at the file's position, pwrite(2) elsewhere: bytes written, or as write_file(). There
  /// is no buffer: what is written is a new version of the file's bytes. -EBADF, -EINVAL: no file.
  long write_file(int file, std::int64_t count);
  long pwrite(int file, std::int64_t offset, std::int64_t count);
  /// 0; -EIO: something that was written since the last call did not get to the disk.
  int fsync(int file);
  int ftruncate(int file, std::int64_t size_bytes);
  long aio_sendfile(AioSendfile& aio, int queue, int socket, int file, std::int64_t offset,
                    std::int64_t count, std::uint64_t user, const ContentRun& header = {});
  /// setsockopt(SOL_TCP): 0, -EBADF, -ENOTSOCK.
  int set_tcp(int socket, TcpSetting setting);
  /// setsockopt(SO_ASYNC_SOCK): 0, -EBADF, -ENOTSOCK.
  int set_async(int socket);
  /// aio_send and aio_recv, as Naio::submit. -EBADF, -EINVAL: of the queue's descriptor.
  int aio_send(NetworkAio& aio, int queue, int socket, kev::UserAddress buffer,
               std::uint32_t bytes);
  int aio_recv(NetworkAio& aio, int queue, int socket, kev::UserAddress buffer,
               std::uint32_t bytes);
  /// After -EINTR of a call that is not restarted.
  void run_handlers() { platform_.machine().signals.take(); }

 private:
  int naio(NetworkAio& aio, int queue, int socket, kev::UserAddress buffer, std::uint32_t bytes,
           kev::NaioDirection direction);
  friend class MappedFile;
  class FileReference;
  template <class Call>
  long on_file(int file, Call call);
  template <class Call>
  auto restarted(Call call);
};

}  // namespace sim
