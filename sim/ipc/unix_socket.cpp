#include "sim/ipc/unix_socket.hpp"

#include <algorithm>
#include <cerrno>

namespace sim {

namespace {

// Values of the event queue's interface (model/abi/ukevent.hpp: KEVENT_SOCKET_RECV, _SEND).
constexpr std::uint32_t both_ways = 1 | 4;
constexpr std::uint32_t readable_key = poll_bits::in | poll_bits::rdnorm;
constexpr std::uint32_t writable_key = poll_bits::out | poll_bits::wrnorm;

}  // namespace

std::pair<UnixSocket*, UnixSocket*> make_unix_pair(Kernel& kernel,
                                                   std::unique_ptr<kev::OriginListener> first,
                                                   std::unique_ptr<kev::OriginListener> second) {
  const auto mutex = std::make_shared<Mutex>(kernel, "unix sockets");
  auto* a = new UnixSocket(kernel, mutex, std::move(first));
  auto* b = new UnixSocket(kernel, mutex, std::move(second));
  a->peer_ = b;
  b->peer_ = a;
  return {a, b};
}

UnixSocket::UnixSocket(Kernel& kernel, std::shared_ptr<Mutex> mutex,
                       std::unique_ptr<kev::OriginListener> listener)
    : FileObject(kernel, Kind::unix_socket, std::move(listener)),
      mutex_(std::move(mutex)),
      waiters_(kernel, "unix socket waiters"),
      pollers_(kernel, "poll waiters") {}

void UnixSocket::changed(std::uint32_t key) {
  waiters_.wake_all();
  notify(both_ways, key);
}

/// Gives the mutex back, sleeps, takes it again. 0 or -EINTR.
int UnixSocket::wait() {
  Thread& thread = kernel_.current_thread();
  if (thread.signal_pending()) return -EINTR;
  WaitEntry entry(thread);
  waiters_.prepare(entry, ThreadState::interruptible);
  mutex_->unlock();
  kernel_.schedule();
  mutex_->lock();
  waiters_.finish(entry);
  return thread.signal_pending() || kernel_.ending() ? -EINTR : 0;
}

/// The pending error goes first; it is told once.
long UnixSocket::send_error() {
  const int error = take_error();
  return error != 0 ? -error : -EPIPE;
}

long UnixSocket::send(const ContentRun& run) {
  std::uint32_t sent = 0;
  {
    MutexGuard guard(*mutex_);
    while (sent < run.length) {
      if (peer_ == nullptr || (shut_ & sending) != 0 || error_ != 0) {
        if (sent == 0) return send_error();
        break;
      }
      if (charged_ >= send_buffer) {
        if (sent != 0 || nonblocking) break;
        const int interrupted = wait();
        if (interrupted != 0) return interrupted;
        continue;
      }
      ContentRun part = run;
      part.offset += sent;
      part.length = std::min(run.length - sent, send_buffer / 2 - 64);
      kernel_.spend(Cost::copy_byte, part.length);
      peer_->queue_.push_back({part, part.length + overhead});
      peer_->bytes_ += part.length;
      charged_ += part.length + overhead;
      sent += part.length;
    }
  }
  if (sent == 0) return -EAGAIN;
  peer_->changed(readable_key);
  return static_cast<long>(sent);
}

long UnixSocket::receive(std::vector<ContentRun>& runs, std::uint32_t max_bytes) {
  std::uint32_t done = 0;
  bool freed = false;
  {
    MutexGuard guard(*mutex_);
    while (queue_.empty()) {
      if (error_ != 0) return -take_error();
      if (peer_ == nullptr || (shut_ & receiving) != 0) return 0;
      if (nonblocking) return -EAGAIN;
      const int interrupted = wait();
      if (interrupted != 0) return interrupted;
    }
    while (done < max_bytes && !queue_.empty()) {
      Message& first = queue_.front();
      ContentRun part = first.run;
      part.length = std::min(part.length, max_bytes - done);
      runs.push_back(part);
      done += part.length;
      first.run.offset += part.length;
      first.run.length -= part.length;
      if (first.run.length != 0) break;
      if (peer_ != nullptr) peer_->charged_ -= first.charge;
      freed = true;
      queue_.pop_front();
    }
    bytes_ -= done;
    kernel_.spend(Cost::copy_byte, done);
  }
  if (freed && peer_ != nullptr && peer_->writable()) peer_->changed(writable_key);
  return static_cast<long>(done);
}

int UnixSocket::shutdown(unsigned halves) {
  UnixSocket* other = nullptr;
  {
    MutexGuard guard(*mutex_);
    shut_ |= halves;
    other = peer_;
    if (other != nullptr) {
      if ((halves & receiving) != 0) other->shut_ |= sending;
      if ((halves & sending) != 0) other->shut_ |= receiving;
    }
  }
  changed(0);
  if (other != nullptr) other->changed(0);
  return 0;
}

void UnixSocket::release() {
  UnixSocket* other = nullptr;
  {
    MutexGuard guard(*mutex_);
    other = std::exchange(peer_, nullptr);
    if (other != nullptr) {
      other->peer_ = nullptr;
      other->shut_ = receiving | sending;
      if (!queue_.empty()) other->error_ = ECONNRESET;
    }
    queue_.clear();
  }
  if (other != nullptr) other->changed(0);
}

std::uint32_t UnixSocket::poll() {
  using namespace poll_bits;
  std::uint32_t mask = 0;
  if (error_ != 0) mask |= err;
  if (shut_ == (receiving | sending)) mask |= hup;
  if ((shut_ & receiving) != 0) mask |= rdhup | in | rdnorm;
  if (!queue_.empty()) mask |= in | rdnorm;
  if (writable()) mask |= out | wrnorm;
  return mask;
}

}  // namespace sim
