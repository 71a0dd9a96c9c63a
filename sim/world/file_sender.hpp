#pragma once
// The ways in which a thread that may sleep sends a part of a file over a connection: what the
// blocking server (blocking_server.cpp) does once the header is out. One row of designs() each.
//
// Sources of the buffer's size: Apache 2.2 reads files in pieces of 8 KB, Samba and nginx in 32 to
// 64 KB; here 64 KB, what a pipe of 16 pages holds, so that the ways differ in their calls only.

#include <cstdint>
#include <memory>

namespace sim {

class SystemCalls;

/// Belongs to one thread.
class FileSender {
 public:
  virtual ~FileSender() = default;
  /// All of file[offset, offset + length). False: the connection is of no more use.
  virtual bool send(int connection, int file, std::int64_t offset, std::int64_t length) = 0;
};

using MakeFileSender = std::unique_ptr<FileSender> (*)(SystemCalls& calls);

/// sendfile(2).
std::unique_ptr<FileSender> make_sendfile_sender(SystemCalls& calls);
/// posix_fadvise(POSIX_FADV_WILLNEED) of all that will be sent, then sendfile(2).
std::unique_ptr<FileSender> make_advising_sender(SystemCalls& calls);
/// pread(2) into a buffer, send(2) from it.
std::unique_ptr<FileSender> make_read_sender(SystemCalls& calls);
/// mmap(2), send(2) from the mapping, munmap(2).
std::unique_ptr<FileSender> make_mmap_sender(SystemCalls& calls);
/// splice(2) into a pipe that the thread keeps, splice(2) out of it.
std::unique_ptr<FileSender> make_splice_sender(SystemCalls& calls);

}  // namespace sim
