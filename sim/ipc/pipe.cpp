#include "sim/ipc/pipe.hpp"

#include <algorithm>
#include <cerrno>

namespace sim {

std::pair<PipeEnd*, PipeEnd*> make_pipe(Kernel& kernel,
                                        std::unique_ptr<kev::OriginListener> listener,
                                        PipeRules rules) {
  const auto pipe = std::make_shared<Pipe>(kernel, std::move(listener), rules);
  auto* reader = new PipeEnd(kernel, pipe, PipeSide::reader);
  auto* writer = new PipeEnd(kernel, pipe, PipeSide::writer);
  return {reader, writer};
}

Pipe::Pipe(Kernel& kernel, std::unique_ptr<kev::OriginListener> listener, PipeRules rules)
    : kernel_(kernel),
      mutex_(kernel, "pipe"),
      waiters_(kernel, "pipe waiters"),
      pollers_(kernel, "poll waiters"),
      write_pollers_(kernel, "poll waiters"),
      listener_(std::move(listener)),
      rules_(rules) {}

long PipeEnd::read(std::vector<ContentRun>& runs, std::uint32_t max_bytes) {
  if (side_ != PipeSide::reader) return -EBADF;
  return pipe_->read(runs, max_bytes, !nonblocking);
}

long PipeEnd::write(const ContentRun& run) {
  if (side_ != PipeSide::writer) return -EBADF;
  return pipe_->write(run, !nonblocking);
}

void Pipe::tell(std::uint32_t mask) {
  waiters_.wake_all();
  if (listener_ != nullptr) listener_->on_activity(mask);
  if (rules_ == PipeRules::linux_2_6_18 && pollers_.active()) pollers_.wake();
}

/// 6.18: that end's waiters only.
void Pipe::wake_pollers(PipeSide side, std::uint32_t key) {
  if (rules_ == PipeRules::linux_6_18 && pollers(side).active()) pollers(side).wake(1, key);
}

int Pipe::wait() {
  Thread& thread = kernel_.current_thread();
  if (thread.signal_pending()) return -EINTR;
  WaitEntry entry(thread);
  waiters_.prepare(entry, ThreadState::interruptible);
  mutex_.unlock();
  kernel_.schedule();
  mutex_.lock();
  waiters_.finish(entry);
  return thread.signal_pending() || kernel_.ending() ? -EINTR : 0;
}

/// Requires: mutex_, a buffer.
std::uint32_t Pipe::take(std::vector<ContentRun>& runs, std::uint32_t max_bytes) {
  Buffer& buffer = buffers_.front();
  ContentRun& first = buffer.runs.front();
  ContentRun part = first;
  part.length = std::min(part.length, max_bytes);
  if (!runs.empty() && runs.back().continues(part))
    runs.back().length += part.length;
  else
    runs.push_back(part);
  buffer.bytes -= part.length;
  first.offset += part.length;
  first.length -= part.length;
  if (first.length == 0) buffer.runs.erase(buffer.runs.begin());
  if (buffer.bytes == 0) buffers_.pop_front();
  kernel_.spend(Cost::copy_byte, part.length);
  return part.length;
}

long Pipe::read(std::vector<ContentRun>& runs, std::uint32_t max_bytes, bool may_wait) {
  if (max_bytes == 0) return 0;
  std::uint32_t done = 0;
  bool made_room = false;
  bool was_full = false;
  {
    MutexGuard guard(mutex_);
    while (buffers_.empty()) {
      if (writers_ == 0) return 0;
      if (!may_wait) return -EAGAIN;
      const int interrupted = wait();
      if (interrupted != 0 && buffers_.empty()) return interrupted;
    }
    const std::size_t before = buffers_.size();
    while (done < max_bytes && !buffers_.empty()) done += take(runs, max_bytes - done);
    made_room = buffers_.size() < before;
    was_full = before == buffers_max;
  }
  if (made_room) tell(pipe_activity::send);
  if (made_room && was_full) wake_pollers(PipeSide::writer, poll_bits::out | poll_bits::wrnorm);
  return static_cast<long>(done);
}

/// The last buffer has room for all of it.
bool Pipe::fits_behind(std::uint32_t length) const {
  if (buffers_.empty() || length > buffer_bytes) return false;
  return buffers_.back().bytes + length <= buffer_bytes;
}

/// Puts bytes into one buffer; how many. Requires: mutex_, room.
std::uint32_t Pipe::append(ContentRun rest) {
  if (fits_behind(rest.length)) {
    buffers_.back().runs.push_back(rest);
    buffers_.back().bytes += rest.length;
  } else {
    rest.length = std::min(rest.length, buffer_bytes);
    buffers_.push_back({{rest}, rest.length});
    kernel_.spend(Cost::page_allocate);
  }
  kernel_.spend(Cost::copy_byte, rest.length);
  return rest.length;
}

long Pipe::write(const ContentRun& run, bool may_wait) {
  std::uint32_t done = 0;
  long error = 0;
  bool untold = false;
  {
    MutexGuard guard(mutex_);
    while (done < run.length) {
      if (readers_ == 0) {
        error = -EPIPE;
        break;
      }
      ContentRun rest = run;
      rest.offset += done;
      rest.length -= done;
      if (buffers_.size() < buffers_max || fits_behind(rest.length)) {
        done += append(rest);
        untold = true;
        continue;
      }
      error = -EAGAIN;
      if (!may_wait) break;
      // Readers that sleep must hear of it before this thread sleeps too.
      if (std::exchange(untold, false)) tell(pipe_activity::receive);
      error = wait();
      if (error != 0) break;
    }
  }
  if (untold) tell(pipe_activity::receive);
  if (error != -EPIPE) wake_pollers(PipeSide::reader, poll_bits::in | poll_bits::rdnorm);
  return done != 0 ? static_cast<long>(done) : error;
}

void Pipe::close(PipeSide side) {
  {
    MutexGuard guard(mutex_);
    --(side == PipeSide::reader ? readers_ : writers_);
  }
  tell(pipe_activity::receive | pipe_activity::send);
  if (readers_ != 0 || writers_ != 0) {
    wake_pollers(PipeSide::reader, 0);
    wake_pollers(PipeSide::writer, 0);
  }
}

std::uint32_t Pipe::poll(PipeSide side) const {
  using namespace poll_bits;
  std::uint32_t mask = 0;
  if (side == PipeSide::reader) {
    if (!buffers_.empty()) mask |= in | rdnorm;
    if (writers_ == 0) mask |= hup;
  } else {
    if (buffers_.size() < buffers_max) mask |= out | wrnorm;
    if (readers_ == 0) mask |= err;
  }
  return mask;
}

}  // namespace sim
