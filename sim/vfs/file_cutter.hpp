#pragma once
// Who truncates files for the faults cache.truncate and cache.cut: a thread that cuts a file off
// where it is told to, and gives it its size back some time later, or never. A file whose size is
// to be given back is left alone.

#include <cstdint>
#include <deque>
#include <optional>

#include "sim/kernel/wait_queue.hpp"

namespace sim {

class Inode;
class PageCache;

class FileCutter {
 public:
  /// Process context: starts the thread.
  explicit FileCutter(PageCache& cache);

  /// Any context that holds no locks. Without a time it is for good.
  void cut(Inode& inode, std::uint64_t size_bytes, std::optional<kev::Duration> restored_after);

 private:
  struct Job {
    Inode* inode = nullptr;
    std::uint64_t size_bytes = 0;
    std::uint64_t old_size_bytes = 0;
    std::optional<kev::Duration> restored_after;
    kev::Instant due{};  ///< cut already: when its size is restored
  };

  void loop();
  void restore_later(Job job);
  /// Sleeps until there is something to do, and for so long at most.
  void sleep();

  PageCache& cache_;
  Kernel& kernel_;
  WaitQueue wait_;
  std::deque<Job> to_cut_;
  std::deque<Job> to_restore_;  ///< by `due`
};

}  // namespace sim
