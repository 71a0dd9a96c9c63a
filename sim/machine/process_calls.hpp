#pragma once
// The system calls of a simulated process that need no device: pipes, signals, timers.
//
// Each pays for entering the kernel and returns what the kernel returned. Process context.

#include <array>
#include <vector>

#include "sim/ipc/pipe.hpp"
#include "sim/machine/queue_file.hpp"

namespace sim {

class ProcessCalls : public QueueCalls {
 public:
  explicit ProcessCalls(SimPlatform& platform)
      : QueueCalls(platform), timers_mutex_(platform.kernel(), "posix timers") {}

  /// pipe(2): the reading and the writing end.
  std::array<int, 2> pipe();
  /// dup2(2): `to`, or -EBADF.
  int dup2(int from, int to);
  /// As PipeEnd::read and write. -EBADF also when not open; -EINVAL: no pipe.
  long read(int descriptor, std::vector<ContentRun>& runs, std::uint32_t max_bytes);
  long write(int descriptor, const ContentRun& run);
  /// kill(2) to this process: 0 or -EINVAL.
  int kill(int number);
  /// timer_create(CLOCK_MONOTONIC) with SIGEV_KEVENT: a timer, or -EBADF, -EINVAL (no queue),
  /// -ENOMEM, -EEXIST. `user` is sival_ptr. Timers belong to this object.
  int timer_create(int queue, std::uint64_t user);
  /// timer_settime, relative; `first` 0 stops it. 0 or -EINVAL (no such timer, a negative time).
  int timer_settime(int timer, kev::Duration first, kev::Duration interval = kev::Duration(0));
  /// timer_delete: 0 or -EINVAL.
  int timer_delete(int timer);
  /// exit_group(2): every thread of the process ends at its next call, this one too.
  void exit();
  /// fcntl(O_NONBLOCK). 0 or -EBADF.
  int set_nonblocking(int descriptor);

 private:
  template <class Body>
  long on_pipe(int descriptor, Body body);
  /// Null when there is none. Requires: timers_mutex_.
  ProcessTimer* find_timer(int timer);

  Mutex timers_mutex_;
  std::vector<std::unique_ptr<ProcessTimer>> timers_;  ///< by number; null: free
};

}  // namespace sim
