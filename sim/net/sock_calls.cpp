// What threads ask of a socket. Results and error numbers: Linux 2.6.18, net/ipv4/tcp.c.

#include <algorithm>
#include <cerrno>

#include "sim/net/server_stack.hpp"
#include "sim/net/sock.hpp"

namespace sim {

/// Gives the socket up, sleeps unless the condition holds by then, and owns it again.
template <class Condition>
int Sock::wait_for(bool exclusive, Condition condition) {
  Thread& thread = kernel_.current_thread();
  if (thread.signal_pending()) return -EINTR;
  WaitEntry entry(thread);
  entry.exclusive = exclusive;
  sleepers_.prepare(entry, ThreadState::interruptible);
  disown();
  if (!condition()) kernel_.schedule();
  own();
  sleepers_.finish(entry);
  return thread.signal_pending() || kernel_.ending() ? -EINTR : 0;
}

// -- sending --------------------------------------------------------------------------------------

/// The pending error goes first; it is told once.
int Sock::send_error(int error) {
  if (error != -EPIPE) return error;
  const int pending = endpoint_.take_error();
  return pending != 0 ? -pending : -EPIPE;
}

/// Waits until less than the send buffer is charged. Woken only when a third of it is free.
int Sock::wait_for_space(bool may_wait) {
  for (;;) {
    if (endpoint_.error() != 0 || endpoint_.send_is_shut()) return -EPIPE;
    if (!may_wait) return -EAGAIN;
    if (endpoint_.has_memory()) return 0;
    no_space_ = true;
    const int interrupted = wait_for(false, [] { return false; });
    if (interrupted != 0) return interrupted;
  }
}

template <class Append>
long Sock::send(std::uint32_t length, bool may_wait, bool more, Append append) {
  if (!endpoint_.can_send() || endpoint_.error() != 0 || endpoint_.send_is_shut())
    return send_error(-EPIPE);
  std::uint32_t sent = 0;
  while (sent < length) {
    if (endpoint_.needs_segment() && !endpoint_.has_memory()) {
      no_space_ = true;
      if (sent != 0) endpoint_.push(PushMode::now);
      const int error = wait_for_space(may_wait);
      if (error == 0) continue;
      if (sent == 0) return send_error(error);
      break;
    }
    sent += append(sent);
    if (sent < length) endpoint_.push_full();
  }
  if (sent != 0) endpoint_.push(more ? PushMode::more : PushMode::normal);
  return static_cast<long>(sent);
}

long Sock::send_page(const PageFrag& frag, std::uint32_t offset, std::uint32_t length,
                     bool may_wait, bool more) {
  Owner owner(*this);
  return send(length, may_wait, more, [&](std::uint32_t done) {
    return endpoint_.append_page(frag, offset + done, length - done);
  });
}

long Sock::send_message(const ContentRun& run, bool may_wait, bool more) {
  Owner owner(*this);
  return send(run.length, may_wait, more, [&](std::uint32_t done) {
    ContentRun rest = run;
    rest.offset += done;
    rest.length -= done;
    const std::uint32_t taken = endpoint_.append_message(rest);
    kernel_.spend(Cost::copy_byte, taken);
    return taken;
  });
}

long Sock::send_urgent(const ContentRun& run, bool may_wait) {
  Owner owner(*this);
  return send(run.length, may_wait, false, [&](std::uint32_t done) {
    ContentRun rest = run;
    rest.offset += done;
    rest.length -= done;
    const std::uint32_t taken = endpoint_.append_message(rest);
    if (done + taken == run.length) endpoint_.mark_urgent();
    return taken;
  });
}

// -- receiving ------------------------------------------------------------------------------------

long Sock::receive_urgent(std::vector<ContentRun>& runs) {
  return endpoint_.read_urgent(runs) ? 1 : -EINVAL;
}

long Sock::receive_data(std::vector<ContentRun>& runs, std::uint32_t max_bytes, bool may_wait,
                        ReceiveMode mode) {
  Owner owner(*this);
  if (listening()) return -ENOTCONN;
  if (mode == ReceiveMode::urgent) return receive_urgent(runs);
  std::uint32_t copied = 0;
  long result = 0;
  for (;;) {
    const std::uint32_t taken = mode == ReceiveMode::peek
                                    ? endpoint_.peek(runs, max_bytes)
                                    : endpoint_.read(runs, max_bytes - copied);
    kernel_.spend(Cost::copy_byte, taken);
    copied += taken;
    if (copied == max_bytes || (copied != 0 && backlog_.empty())) break;
    if (copied != 0 && mode == ReceiveMode::peek) break;
    if (copied != 0) {
      // More came while we copied.
      disown();
      own();
      if (endpoint_.readable_bytes() == 0) break;
      continue;
    }
    if (endpoint_.stream_ended()) break;
    if (endpoint_.error() != 0) {
      result = -endpoint_.take_error();
      break;
    }
    if (endpoint_.receive_is_shut()) break;
    if (endpoint_.state() == TcpState::closed) {
      result = -ENOTCONN;
      break;
    }
    if (!may_wait) {
      result = -EAGAIN;
      break;
    }
    endpoint_.after_read(0);
    const int interrupted = wait_for(false, [this] { return endpoint_.readable_bytes() != 0; });
    if (interrupted != 0 && endpoint_.readable_bytes() == 0) {
      result = interrupted;
      break;
    }
  }
  endpoint_.after_read(mode == ReceiveMode::peek ? 0 : copied);
  return copied != 0 ? static_cast<long>(copied) : result;
}

// -- the rest -------------------------------------------------------------------------------------

/// What connect() returns once the attempt is over.
int Sock::end_of_connect() {
  connecting_ = false;
  if (endpoint_.state() != TcpState::closed) return 0;
  const int error = endpoint_.take_error();
  // tcp_disconnect: a new socket, and whoever waits looks again.
  endpoint_.purge();
  endpoint_.reset(endpoint_.options());
  on_error();
  return error != 0 ? -error : -ECONNABORTED;
}

int Sock::connect(std::uint16_t port, bool may_wait) {
  Owner owner(*this);
  if (listening()) return -EINVAL;
  if (!connecting_ && connected_) return -EISCONN;
  if (connecting_ && endpoint_.state() == TcpState::syn_sent && !may_wait) return -EALREADY;
  if (!connecting_) {
    TcpOptions options = endpoint_.options();
    options.mss = Loopback::mss;
    endpoint_.reset(options);
    key_ = stack_.connections().open(*this);
    port_ = port;
    side_ = Side::client;
    local_ = connected_ = connecting_ = true;
    get();  // the protocol's
    endpoint_.connect();
    if (!may_wait) return -EINPROGRESS;
  }
  while (endpoint_.state() == TcpState::syn_sent) {
    const int interrupted =
        wait_for(false, [this] { return endpoint_.state() != TcpState::syn_sent; });
    if (interrupted != 0) return interrupted;
  }
  return end_of_connect();
}

Sock* Sock::accept(bool may_wait, int& error) {
  Owner owner(*this);
  error = -EINVAL;
  if (!listening()) return nullptr;
  while (listen_->accepted.empty()) {
    error = -EAGAIN;
    if (!may_wait) return nullptr;
    error = wait_for(true, [this] { return !listening() || !listen_->accepted.empty(); });
    if (!listening()) error = -EINVAL;
    if (error != 0 && (!listening() || listen_->accepted.empty())) return nullptr;
  }
  error = 0;
  return &listen_->accepted.pop_front();
}

int Sock::shutdown(Shutdown how) {
  Owner owner(*this);
  const auto bits = static_cast<unsigned>(how);
  const bool receive = (bits & static_cast<unsigned>(Shutdown::receive)) != 0;
  const bool send = (bits & static_cast<unsigned>(Shutdown::send)) != 0;
  int result = 0;
  if (listening()) {
    if (receive) stop_listening();
  } else {
    if (endpoint_.state() == TcpState::closed) result = -ENOTCONN;
    if (receive) endpoint_.shutdown_receive();
    if (send) endpoint_.shutdown_send();
  }
  on_state_change();
  return result;
}

void Sock::set_cork(bool corked) {
  Owner owner(*this);
  endpoint_.set_cork(corked);
}

void Sock::set_nodelay(bool nodelay) {
  Owner owner(*this);
  endpoint_.set_nodelay(nodelay);
}

int Sock::take_error() {
  return endpoint_.take_error();
}

void Sock::close() {
  own();
  if (listening())
    stop_listening();
  else if (linger_ == Linger::reset)
    endpoint_.close_with_reset();
  else
    endpoint_.close();
  {
    // Under slock: a softirq may be telling the file's listener of its backlog right now.
    BhGuard guard(slock_);
    socket_ = nullptr;
  }
  disown();
  put();
}

std::uint32_t Sock::poll() {
  using namespace poll_bits;
  if (listening()) return listen_->accepted.empty() ? 0 : in | rdnorm;
  const TcpState state = endpoint_.state();
  const bool receive_shut = endpoint_.receive_is_shut();
  const bool send_shut = endpoint_.send_is_shut();
  std::uint32_t mask = 0;
  if (endpoint_.error() != 0) mask |= err;
  if ((receive_shut && send_shut) || state == TcpState::closed) mask |= hup;
  if (receive_shut) mask |= in | rdnorm | rdhup;
  if (state == TcpState::syn_sent || state == TcpState::syn_recv) return mask;
  if (endpoint_.worth_reading()) mask |= in | rdnorm;
  if (endpoint_.has_urgent()) mask |= pri;
  if (send_shut) {
    if (endpoint_.stack().after_shutdown == AfterShutdown::writable) mask |= out | wrnorm;
    return mask;
  }
  if (!endpoint_.writable()) {
    // Space may come between the look and the mark; nobody would tell. So look again.
    no_space_ = true;
    kernel_.point_of({{"socket poll", object_in(ObjectSpace::socket, key_.serial)}, Access::write});
  }
  if (endpoint_.writable()) mask |= out | wrnorm;
  return mask;
}

}  // namespace sim
