#include "sim/net/sock.hpp"

#include <cerrno>
#include <utility>

#include "sim/net/notify.hpp"
#include "sim/net/server_stack.hpp"
#include "sim/net/socket.hpp"

namespace sim {

using kev::Duration;
using kev::Instant;

namespace {

// When a timer finds the socket owned it tries again (Linux: HZ/20, and TCP_DELACK_MIN).
constexpr Duration retry_timer(50'000'000);
constexpr Duration retry_delayed_ack(40'000'000);

}  // namespace

void SockList::push_back(Sock& sock) {
  sock.next_ = nullptr;
  sock.previous_ = tail_;
  (tail_ == nullptr ? head_ : tail_->next_) = &sock;
  tail_ = &sock;
  ++size_;
}

void SockList::remove(Sock& sock) {
  (sock.previous_ == nullptr ? head_ : sock.previous_->next_) = sock.next_;
  (sock.next_ == nullptr ? tail_ : sock.next_->previous_) = sock.previous_;
  sock.next_ = sock.previous_ = nullptr;
  --size_;
}

Sock& SockList::pop_front() {
  Sock& first = *head_;
  remove(first);
  return first;
}

Sock::Sock(ServerStack& stack)
    : stack_(stack),
      kernel_(stack.kernel()),
      slock_(kernel_, "slock"),
      owner_wait_(kernel_, "socket owner"),
      sleepers_(kernel_, "sk_sleep"),
      endpoint_(*this, stack.pool()),
      retransmit_timer_(stack.timers(), &Sock::on_soft_timer<TcpTimer::retransmit>, this),
      delayed_ack_timer_(stack.timers(), &Sock::on_soft_timer<TcpTimer::delayed_ack>, this),
      fin_wait2_timer_(stack.timers(), &Sock::on_soft_timer<TcpTimer::fin_wait2>, this) {}

void Sock::begin(const TcpOptions& options) {
  KEV_CHECK(references_ == 0);
  references_ = 1;
  owned_ = connected_ = young_ = no_space_ = connecting_ = false;
  linger_ = Linger::in_background;
  side_ = Side::server;
  local_ = false;
  port_ = 0;
  key_ = {};
  socket_ = nullptr;
  listener_ = nullptr;
  endpoint_.reset(options);
}

void Sock::begin(const TcpOptions& options, ConnectionKey key, Sock& listener) {
  begin(options);
  key_ = key;
  port_ = listener.port_;
  listener_ = &listener;
  connected_ = true;
}

void Sock::put() {
  if (kernel_.ending()) return;
  KEV_CHECK(references_ > 0);
  if (--references_ != 0) return;
  KEV_CHECK(!slock_.held());
  stack_.free_sock(*this);
}

// -- the socket lock ------------------------------------------------------------------------------

void Sock::own() {
  if (kernel_.ending()) return;
  kernel_.might_sleep("lock_sock");
  slock_.lock_bh();
  if (owned_) wait_for_ownership();
  owned_ = true;
  slock_.unlock_bh();
}

void Sock::wait_for_ownership() {
  WaitEntry entry(kernel_.current_thread());
  entry.exclusive = true;
  while (owned_ && !kernel_.ending()) {
    owner_wait_.prepare(entry, ThreadState::uninterruptible);
    slock_.unlock_bh();
    kernel_.schedule();
    slock_.lock_bh();
  }
  owner_wait_.finish(entry);
}

void Sock::disown() {
  if (kernel_.ending()) return;
  slock_.lock_bh();
  while (!backlog_.empty()) {
    SegmentList batch = std::exchange(backlog_, SegmentList());
    slock_.unlock_bh();
    while (!batch.empty()) {
      Segment& segment = batch.pop_front();
      stack_.count_backlog(-1);
      if (Sock* other = process(segment)) {
        other->receive(segment);
        other->put();
      }
    }
    slock_.lock_bh();
  }
  owned_ = false;
  if (owner_wait_.active()) {
    owner_wait_.wake();
    tell(socket_events::receive | socket_events::send);
  }
  slock_.unlock_bh();
}

void Sock::receive(Segment& segment) {
  Sock* other = nullptr;
  {
    BhGuard guard(slock_);
    if (owned_) {
      if (replaces_last_ack(segment)) return;
      backlog_.push_back(segment);
      stack_.count_backlog(+1);
      tell(socket_events::receive);
    } else {
      other = process(segment);
    }
  }
  if (other == nullptr) return;
  other->receive(segment);
  other->put();
}

/// Later kernels keep only the newest of bare acknowledgements in a row (tcp_add_backlog). True:
/// it took the place of the one before, and was given back.
bool Sock::replaces_last_ack(Segment& segment) {
  if (endpoint_.stack().burst_segments == 1 || backlog_.empty()) return false;
  Segment& last = *backlog_.back();
  const auto bare = [](const Segment& each) {
    return each.payload == 0 && each.flags == tcp_flags::ack && each.sack_count == 0;
  };
  if (!bare(last) || !bare(segment) || last.seq != segment.seq) return false;
  if (last.connection != segment.connection || segment.ack < last.ack) return false;
  last.ack = segment.ack;
  last.window = segment.window;
  last.echo = segment.echo;
  recycle(segment);
  return true;
}

Sock* Sock::process(Segment& segment) {
  if (listen_ != nullptr) return process_at_listener(segment);
  endpoint_.receive(segment);
  return nullptr;
}

SoftTimer& Sock::timer(TcpTimer timer) {
  switch (timer) {
    case TcpTimer::delayed_ack:
      return delayed_ack_timer_;
    case TcpTimer::fin_wait2:
      return fin_wait2_timer_;
    default:
      return retransmit_timer_;
  }
}

/// Softirq.
void Sock::run_timer(TcpTimer which) {
  get();
  Sock* guard = &keeper();
  guard->get();
  guard->slock_.lock_bh();
  while (guard != &keeper()) {
    // It left its listener while we waited for the lock.
    guard->slock_.unlock_bh();
    guard->put();
    guard = &keeper();
    guard->get();
    guard->slock_.lock_bh();
  }
  if (guard->owned_) {
    const bool is_ack = which == TcpTimer::delayed_ack;
    if (is_ack) endpoint_.block_delayed_ack();
    timer(which).set(kernel_.now() + (is_ack ? retry_delayed_ack : retry_timer));
  } else {
    endpoint_.on_timer(which);
    if (guard != this) no_longer_young();
  }
  guard->slock_.unlock_bh();
  guard->put();
  put();
}

// -- TcpHost --------------------------------------------------------------------------------------

Instant Sock::now() const {
  return kernel_.now();
}
Segment& Sock::new_segment() {
  return stack_.pool().take();
}
void Sock::recycle(Segment& segment) {
  stack_.pool().give(segment);
}

void Sock::transmit(Segment& segment) {
  segment.connection = key_;
  segment.port = port_;
  if (!local_) {
    stack_.transmit(segment);
    return;
  }
  segment.local = true;
  segment.to_client = side_ == Side::server;
  stack_.transmit_locally(segment);
}

void Sock::arm(TcpTimer which, Instant at) {
  timer(which).set(at);
}
void Sock::cancel(TcpTimer which) {
  timer(which).clear();
}

void Sock::tell(std::uint32_t mask) {
  if (socket_ == nullptr) return;
  kernel_.acquire(socket_);
  socket_->tell(mask);
}

void Sock::notify(std::uint32_t mask, std::uint32_t key) {
  if (socket_ == nullptr) return;
  kernel_.acquire(socket_);
  socket_->notify(mask, key);
}

void Sock::on_readable() {
  if (sleepers_.active()) sleepers_.wake();
  notify(socket_events::receive | socket_events::send, wake_keys::readable);
}

void Sock::on_reordered() {
  tell(socket_events::receive);
}

/// sk_stream_write_space: tells only those who have found no space, and only when there is some.
void Sock::on_space_freed() {
  if (!no_space_ || socket_ == nullptr) return;
  endpoint_.grow_send_buffer();
  if (!endpoint_.writable()) return;
  no_space_ = false;
  if (sleepers_.active()) sleepers_.wake();
  notify(socket_events::receive | socket_events::send, wake_keys::writable);
}

void Sock::on_state_change() {
  if (sleepers_.active()) sleepers_.wake_all();
  notify(socket_events::receive | socket_events::send, wake_keys::any);
}

void Sock::on_error() {
  if (sleepers_.active()) sleepers_.wake();
  notify(socket_events::receive | socket_events::send, wake_keys::error);
}

void Sock::entered(TcpState state) {
  kernel_.recorder().emit(Ev::tcp_state, key_.serial, static_cast<std::int64_t>(state));
  if (state == TcpState::time_wait)
    stack_.connections().begin_time_wait(key_, side_, endpoint_.send_next(),
                                         endpoint_.receive_next());
  if (state != TcpState::closed || !connected_) return;
  connected_ = false;
  if (endpoint_.error() == ETIMEDOUT) stack_.count_given_up();
  stack_.connections().remove(key_, side_);
  if (listener_ != nullptr) listener_->end_request(*this);
  put();  // the protocol's reference; whoever is at work here has another one
}

void Sock::resending(const Segment& segment, TcpResend reason) {
  kernel_.recorder().emit(Ev::tcp_retransmit, key_.serial, static_cast<std::int64_t>(segment.seq),
                          segment.payload, static_cast<std::int64_t>(reason));
}

}  // namespace sim
