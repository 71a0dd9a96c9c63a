#include "sim/ipc/pipe.hpp"

#include <algorithm>
#include <cerrno>

#include "sim/vfs/uptodate_page.hpp"

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

long PipeEnd::wait_for_room() {
  if (side_ != PipeSide::writer) return -EBADF;
  return pipe_->wait_for_room(!nonblocking);
}

long PipeEnd::put_page(Page& page, std::uint32_t offset, std::uint32_t length) {
  return pipe_->put_page(page, offset, length);
}

long PipeEnd::move(PipeSink& sink, std::uint64_t max_bytes) {
  if (side_ != PipeSide::reader) return -EBADF;
  return pipe_->move(sink, max_bytes, !nonblocking);
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
  const ContentRun part = first_part(max_bytes).run;
  if (!runs.empty() && runs.back().continues(part))
    runs.back().length += part.length;
  else
    runs.push_back(part);
  consume(part.length);
  kernel_.spend(Cost::copy_byte, part.length);
  return part.length;
}

/// Requires: mutex_, a buffer.
PipePart Pipe::first_part(std::uint64_t max_bytes) const {
  const Buffer& buffer = buffers_.front();
  PipePart part;
  const std::uint32_t all = buffer.page != nullptr ? buffer.bytes : buffer.runs.front().length;
  const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(all, max_bytes));
  if (buffer.page != nullptr) {
    part.page = buffer.page;
    part.offset = buffer.page_offset;
    part.run = buffer.page->content(buffer.page_offset, length);
  } else {
    part.run = buffer.runs.front();
    part.run.length = length;
  }
  part.more = length < max_bytes;
  return part;
}

/// Requires: mutex_, a buffer whose first part has so many bytes.
void Pipe::consume(std::uint32_t bytes) {
  Buffer& buffer = buffers_.front();
  buffer.bytes -= bytes;
  if (buffer.page != nullptr) {
    buffer.page_offset += bytes;
    if (buffer.bytes == 0) buffer.page->cache().put(*buffer.page);
  } else {
    ContentRun& first = buffer.runs.front();
    first.offset += bytes;
    first.length -= bytes;
    if (first.length == 0) buffer.runs.erase(buffer.runs.begin());
  }
  if (buffer.bytes == 0) buffers_.pop_front();
}

int Pipe::confirm_first() {
  Page* page = buffers_.front().page;
  return page == nullptr ? 0 : confirm_page(page->cache(), *page);
}

int Pipe::wait_for_bytes(bool may_wait) {
  while (buffers_.empty()) {
    if (writers_ == 0) return 0;
    if (!may_wait) return -EAGAIN;
    const int interrupted = wait();
    if (interrupted != 0 && buffers_.empty()) return interrupted;
  }
  return 0;
}

/// Requires: not mutex_.
void Pipe::tell_of_room(const FreedBuffers& buffers) {
  if (buffers.freed == 0) return;
  tell(pipe_activity::send);
  if (buffers.before == buffers_max)
    wake_pollers(PipeSide::writer, poll_bits::out | poll_bits::wrnorm);
}

long Pipe::read(std::vector<ContentRun>& runs, std::uint32_t max_bytes, bool may_wait) {
  if (max_bytes == 0) return 0;
  std::uint32_t done = 0;
  int error = 0;
  FreedBuffers buffers;
  {
    MutexGuard guard(mutex_);
    error = wait_for_bytes(may_wait);
    if (error != 0 || buffers_.empty()) return error;
    buffers.before = buffers_.size();
    while (done < max_bytes && !buffers_.empty()) {
      error = confirm_first();
      if (error != 0) break;
      done += take(runs, max_bytes - done);
    }
    buffers.freed = buffers.before - buffers_.size();
  }
  tell_of_room(buffers);
  return done != 0 ? static_cast<long>(done) : error;
}

long Pipe::move(PipeSink& sink, std::uint64_t max_bytes, bool may_wait) {
  if (max_bytes == 0) return 0;
  std::uint64_t done = 0;
  long error = 0;
  FreedBuffers buffers;
  {
    MutexGuard guard(mutex_);
    error = wait_for_bytes(may_wait);
    if (error != 0 || buffers_.empty()) return error;
    buffers.before = buffers_.size();
    while (done < max_bytes && !buffers_.empty()) {
      error = confirm_first();
      if (error != 0) break;
      const PipePart part = first_part(max_bytes - done);
      const long taken = sink.take(part);
      error = std::min(taken, 0L);
      if (taken <= 0) break;
      consume(static_cast<std::uint32_t>(taken));
      done += static_cast<std::uint64_t>(taken);
      if (taken != static_cast<long>(part.run.length)) break;
    }
    buffers.freed = buffers.before - buffers_.size();
  }
  tell_of_room(buffers);
  if (error == -ENODATA) error = 0;
  return done != 0 ? static_cast<long>(done) : error;
}

long Pipe::wait_for_room(bool may_wait) {
  MutexGuard guard(mutex_);
  while (readers_ != 0 && buffers_.size() == buffers_max) {
    if (!may_wait) return -EAGAIN;
    if (const int interrupted = wait(); interrupted != 0) return interrupted;
  }
  if (readers_ == 0) return -EPIPE;
  return static_cast<long>((buffers_max - buffers_.size()) * buffer_bytes);
}

long Pipe::put_page(Page& page, std::uint32_t offset, std::uint32_t length) {
  {
    MutexGuard guard(mutex_);
    if (readers_ == 0) return -EPIPE;
    if (buffers_.size() == buffers_max) return -EAGAIN;
    page.cache().get(page);
    buffers_.push_back({{}, length, &page, offset});
  }
  tell(pipe_activity::receive);
  wake_pollers(PipeSide::reader, poll_bits::in | poll_bits::rdnorm);
  return static_cast<long>(length);
}

/// The last buffer has room for all of it.
bool Pipe::fits_behind(std::uint32_t length) const {
  if (buffers_.empty() || length > buffer_bytes || buffers_.back().page != nullptr) return false;
  return buffers_.back().bytes + length <= buffer_bytes;
}

/// Puts bytes into one buffer; how many. Requires: mutex_, room.
std::uint32_t Pipe::append(ContentRun rest) {
  if (fits_behind(rest.length)) {
    buffers_.back().runs.push_back(rest);
    buffers_.back().bytes += rest.length;
  } else {
    rest.length = std::min(rest.length, buffer_bytes);
    buffers_.push_back({{rest}, rest.length, nullptr, 0});
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
    for (; readers_ == 0 && writers_ == 0 && !buffers_.empty(); buffers_.pop_front())
      if (Page* page = buffers_.front().page; page != nullptr) page->cache().put(*page);
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
