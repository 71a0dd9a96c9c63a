#pragma once
// Who truncates files for the fault cache.truncate: a thread that cuts a file off where it is told
// to, and gives it its size back some time later. A file that is cut already is left alone.

#include <cstdint>
#include <deque>

#include "sim/kernel/wait_queue.hpp"

namespace sim {

class Inode;
class PageCache;

class FileCutter {
 public:
  /// Process context: starts the thread.
  explicit FileCutter(PageCache& cache);

  /// Any context that holds no locks.
  void cut(Inode& inode, std::uint64_t size_bytes, kev::Duration restored_after);

 private:
  struct Job {
    Inode* inode = nullptr;
    std::uint64_t size_bytes = 0;
    std::uint64_t old_size_bytes = 0;
    kev::Duration restored_after{0};
    kev::Instant due{};  ///< cut already: when its size is restored
  };

  void loop();
  /// Sleeps until there is something to do, and for so long at most.
  void sleep();

  PageCache& cache_;
  Kernel& kernel_;
  WaitQueue wait_;
  std::deque<Job> to_cut_;
  std::deque<Job> to_restore_;  ///< by `due`
};

}  // namespace sim
