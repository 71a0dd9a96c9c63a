#pragma once
// The system calls of a simulated process that need no device: pipes, signals.
//
// Each pays for entering the kernel and returns what the kernel returned. Process context.

#include <array>
#include <vector>

#include "sim/ipc/pipe.hpp"
#include "sim/machine/queue_file.hpp"

namespace sim {

class ProcessCalls : public QueueCalls {
 public:
  explicit ProcessCalls(SimPlatform& platform) : QueueCalls(platform) {}

  /// pipe(2): the reading and the writing end.
  std::array<int, 2> pipe();
  /// As PipeEnd::read and write. -EBADF also when not open; -EINVAL: no pipe.
  long read(int descriptor, std::vector<ContentRun>& runs, std::uint32_t max_bytes);
  long write(int descriptor, const ContentRun& run);
  /// kill(2) to this process: 0 or -EINVAL.
  int kill(int number);
  /// fcntl(O_NONBLOCK). 0 or -EBADF.
  int set_nonblocking(int descriptor);

 private:
  template <class Body>
  long on_pipe(int descriptor, Body body);
};

}  // namespace sim
