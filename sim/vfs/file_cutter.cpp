#include "sim/vfs/file_cutter.hpp"

#include <algorithm>

#include "sim/vfs/truncate.hpp"

namespace sim {

FileCutter::FileCutter(PageCache& cache)
    : cache_(cache), kernel_(cache.kernel()), wait_(kernel_, "file cutter") {
  kernel_.spawn("truncate", ContextKind::process, [this] { loop(); });
}

void FileCutter::cut(Inode& inode, std::uint64_t size_bytes,
                     std::optional<kev::Duration> restored_after) {
  const auto is_cut = [&](const std::deque<Job>& jobs) {
    return std::any_of(jobs.begin(), jobs.end(),
                       [&](const Job& job) { return job.inode == &inode; });
  };
  if (size_bytes >= inode.size_bytes() || is_cut(to_cut_) || is_cut(to_restore_)) return;
  to_cut_.push_back({&inode, size_bytes, inode.size_bytes(), restored_after});
  wait_.wake();
}

void FileCutter::loop() {
  while (!kernel_.ending()) {
    if (!to_cut_.empty()) {
      const Job job = to_cut_.front();
      to_cut_.pop_front();
      if (job.restored_after) restore_later(job);
      truncate_file(cache_, *job.inode, job.size_bytes);
    } else if (!to_restore_.empty() && to_restore_.front().due <= kernel_.now()) {
      truncate_file(cache_, *to_restore_.front().inode, to_restore_.front().old_size_bytes);
      to_restore_.pop_front();
    } else {
      sleep();
    }
  }
}

void FileCutter::restore_later(Job job) {
  job.due = kernel_.now() + *job.restored_after;
  const auto later =
      std::upper_bound(to_restore_.begin(), to_restore_.end(), job.due,
                       [](kev::Instant due, const Job& other) { return due < other.due; });
  to_restore_.insert(later, job);
}

void FileCutter::sleep() {
  WaitEntry entry(kernel_.current_thread());
  wait_.prepare(entry, ThreadState::uninterruptible);
  if (to_cut_.empty()) {
    if (to_restore_.empty())
      kernel_.schedule();
    else
      kernel_.schedule_timeout(to_restore_.front().due - kernel_.now());
  }
  wait_.finish(entry);
}

}  // namespace sim
