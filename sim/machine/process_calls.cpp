#include "sim/machine/process_calls.hpp"

#include <algorithm>
#include <cerrno>

namespace sim {

std::array<int, 2> ProcessCalls::pipe() {
  enter();
  FileTable& files = platform_.machine().files;
  const auto [reader, writer] = make_pipe(platform_.kernel(), platform_.make_listener());
  const int read_end = files.install(*reader);
  const int write_end = files.install(*writer);
  return {read_end, write_end};
}

int ProcessCalls::dup2(int from, int to) {
  enter();
  FileObject* file = platform_.file_get(from);
  if (file == nullptr) return -EBADF;
  if (to >= 0 && to != from) {
    platform_.machine().files.replace(to, *file);
    return to;
  }
  file->put();
  return to < 0 ? -EBADF : to;
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

int ProcessCalls::timer_create(int queue, std::uint64_t user) {
  enter();
  int error = 0;
  QueueFile* file = look_up(queue, &error);
  if (file == nullptr) return error;
  {
    MutexGuard guard(timers_mutex_);
    const auto free = std::find(timers_.begin(), timers_.end(), nullptr);
    const auto number = static_cast<std::size_t>(free - timers_.begin());
    std::unique_ptr<ProcessTimer> made = platform_.code().make_timer(
        platform_, file->queue(), static_cast<std::uint32_t>(number), user, &error);
    if (made != nullptr) {
      if (number == timers_.size()) timers_.emplace_back();
      timers_[number] = std::move(made);
      error = static_cast<int>(number);
    }
  }
  file->put();
  return error;
}

ProcessTimer* ProcessCalls::find_timer(int timer) {
  const auto number = static_cast<std::size_t>(timer);
  return number < timers_.size() ? timers_[number].get() : nullptr;
}

int ProcessCalls::timer_settime(int timer, kev::Duration first, kev::Duration interval) {
  enter();
  if (first < kev::Duration(0) || interval < kev::Duration(0)) return -EINVAL;
  MutexGuard guard(timers_mutex_);
  ProcessTimer* found = find_timer(timer);
  if (found == nullptr) return -EINVAL;
  found->set(first, interval);
  return 0;
}

int ProcessCalls::timer_delete(int timer) {
  enter();
  MutexGuard guard(timers_mutex_);
  if (find_timer(timer) == nullptr) return -EINVAL;
  // Its number is free at once, and the timer alive while it is being taken down.
  const std::unique_ptr<ProcessTimer> removed = std::move(timers_[static_cast<std::size_t>(timer)]);
  removed->remove();
  return 0;
}

void ProcessCalls::exit() {
  enter();
  platform_.machine().process.kill(kev::Duration(0));
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
