// Opening, closing, and what an arriving segment means in each state.

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/net/tcp.hpp"

namespace sim {

void TcpEndpoint::reset(const TcpOptions& options) {
  KEV_CHECK(state_ == TcpState::closed);
  options_ = options;
  stack_ = options.stack != nullptr ? options.stack : &net_stacks().front();
  congestion_ = options.congestion != nullptr ? options.congestion : &congestion_controls().front();
  send_shutdown_ = receive_shutdown_ = done_ = orphaned_ = false;
  error_ = 0;
  out_ = {};
  in_ = {};
  acking_ = {};
  urgent_ = {};
  reading_ = {};
  queue_.start(1, stack_->send_overhead);
  received_.clear();
  early_.clear();
  early_blocks_.clear();
  send_buffer_ = options.send_buffer;
  space_freed_ = false;
  window_ = {};
  rtt_ = RttEstimator(options.rtt);
  recovery_ = Recovery::open;
  undo_ = {};
  recovery_end_ = 0;
  duplicates_ = lost_ = resent_ = 0;
  delivered_ = lost_ever_ = 0;
  reduction_ = {};
  retransmit_armed_ = probe_armed_ = tail_probe_armed_ = false;
  tail_probed_ = 0;
  backoff_ = resends_ = probes_ = 0;
  stats_ = {};
  start_receive_window();
}

void TcpEndpoint::purge() {
  queue_.purge();
  received_.clear();
  early_.clear();
}

int TcpEndpoint::take_error() {
  return std::exchange(error_, 0);
}

void TcpEndpoint::set_state(TcpState state) {
  state_ = state;
  host_.entered(state);
}

// -- opening --------------------------------------------------------------------------------------

void TcpEndpoint::connect() {
  KEV_CHECK(state_ == TcpState::closed);
  set_state(TcpState::syn_sent);
  out_.next = 1;
  send_syn(false);
  arm_retransmit();
}

void TcpEndpoint::accept(const Segment& syn) {
  KEV_CHECK(state_ == TcpState::closed);
  in_.next = in_.window_base = in_.copied = syn.seq + 1;
  in_.timestamp = syn.timestamp;
  out_.window = out_.max_window = syn.window;
  out_.window_seq = syn.seq;
  out_.next = 1;
  set_state(TcpState::syn_recv);
  send_syn(false);
  arm_retransmit();
}

/// The first window is four segments at most (RFC 3390's counterpart at the receiver); it opens as
/// full segments come. One segment of the buffer stays in reserve (tcp_init_buffer_space).
void TcpEndpoint::start_receive_window() {
  const std::uint32_t mss = options_.mss;
  in_.buffer = options_.receive_buffer;
  const std::uint32_t full = full_window_space();
  in_.window_clamp = full > 2 * mss ? std::max(2 * mss, full - mss) : full;
  const std::uint32_t largest = std::max(full, options_.receive_buffer_max);
  while ((largest >> in_.scale) > 65535 && in_.scale < 14) ++in_.scale;
  std::uint32_t window = full > mss ? full / mss * mss : full;
  if (stack_->first_window == FirstWindow::four_segments)
    window = std::min(window, (mss > 1460 ? 3 : 4) * mss);
  in_.window = window;
  in_.window_limit = std::min(window, in_.window_clamp);
}

void TcpEndpoint::establish() {
  const std::uint32_t mss = options_.mss;
  const std::uint32_t rfc3390 = mss > 1460 ? 2 : mss > 1095 ? 3 : 4;
  window_.size = options_.initial_window != 0 ? options_.initial_window : rfc3390;
  const std::uint32_t guess = std::min({mss, in_.window / 2, 536U});
  in_.segment_size = std::max(guess, 88U);
  const std::uint32_t least = stack_->burst_segments == 1
                                  ? 3 * (mss + stack_->send_overhead)
                                  : 2 * stack_->least_buffered * segment_memory();
  if (send_buffer_ < least)
    send_buffer_ = std::min(least, std::max(options_.send_buffer_max, send_buffer_));
  backoff_ = resends_ = 0;
  acking_.last_data = host_.now();
  reading_.since = host_.now();
  reading_.from = in_.copied;
  reading_.bytes = stack_->right_sizing == RightSizing::doubled
                       ? in_.window
                       : std::min({in_.window_limit, in_.window, 10 * mss});
  set_state(TcpState::established);
}

void TcpEndpoint::receive_syn_sent(Segment& segment) {
  const bool ours = segment.has(tcp_flags::ack) && segment.ack == out_.next;
  if (segment.has(tcp_flags::rst)) {
    if (ours) fail(ECONNREFUSED);
    return;
  }
  // A SYN without acknowledgement would be a simultaneous open, which no host here attempts.
  if (!ours || !segment.has(tcp_flags::syn)) return;
  out_.una = segment.ack;
  out_.window = out_.max_window = segment.window;
  out_.window_seq = segment.seq;
  in_.next = in_.window_base = in_.copied = segment.seq + 1;
  in_.timestamp = segment.timestamp;
  stop_retransmit();
  if (segment.echo != Segment::no_time)
    rtt_.sample(host_.now() - kev::Instant(segment.echo), out_.una, out_.next);
  establish();
  host_.on_state_change();
  send_ack();
  write_pending(PushMode::normal);
}

/// The last part of the handshake. False when the segment is not to be looked at further.
bool TcpEndpoint::receive_handshake_ack(const Segment& segment) {
  if (segment.ack != out_.next) {
    send_reset();
    return false;
  }
  out_.una = segment.ack;
  out_.window = out_.max_window = segment.window;
  out_.window_seq = segment.seq;
  stop_retransmit();
  if (segment.echo != Segment::no_time)
    rtt_.sample(host_.now() - kev::Instant(segment.echo), out_.una, out_.next);
  establish();
  host_.on_state_change();
  return true;
}

// -- segments -------------------------------------------------------------------------------------

void TcpEndpoint::receive(Segment& segment) {
  ++stats_.segments_received;
  switch (state_) {
    case TcpState::closed:
      host_.recycle(segment);
      return;
    case TcpState::syn_sent:
      receive_syn_sent(segment);
      host_.recycle(segment);
      return;
    default:
      receive_connected(segment);
  }
}

/// The order of RFC 793, section 3.9: sequence, RST, SYN, ACK, data, FIN.
void TcpEndpoint::receive_connected(Segment& segment) {
  const bool resent_syn =
      state_ == TcpState::syn_recv && segment.has(tcp_flags::syn) && !segment.has(tcp_flags::ack);
  if (resent_syn) {
    send_syn(true);
    host_.recycle(segment);
    return;
  }
  if (!acceptable(segment)) {
    if (!segment.has(tcp_flags::rst)) acknowledge_stray(segment);
    host_.recycle(segment);
    return;
  }
  if (segment.timestamp != Segment::no_time && segment.seq <= in_.window_base)
    in_.timestamp = std::max(in_.timestamp, segment.timestamp);

  const bool fatal =
      segment.has(tcp_flags::rst) || (segment.has(tcp_flags::syn) && segment.seq >= in_.next);
  if (fatal || !segment.has(tcp_flags::ack)) {
    if (fatal) on_reset();
    host_.recycle(segment);
    return;
  }
  if (state_ == TcpState::syn_recv) {
    if (!receive_handshake_ack(segment)) {
      host_.recycle(segment);
      return;
    }
  } else {
    process_ack(segment);
  }
  if (queue_.size() == 0) after_fin_acknowledged();
  if (state_ == TcpState::closed || !takes_data(segment)) {
    host_.recycle(segment);
  } else {
    queue_data(segment);
  }
  if (state_ == TcpState::closed) return;
  write_pending(PushMode::normal);
  check_space();
  check_ack();
}

void TcpEndpoint::after_fin_acknowledged() {
  switch (state_) {
    case TcpState::fin_wait1:
      set_state(TcpState::fin_wait2);
      if (orphaned_)
        host_.arm(TcpTimer::fin_wait2, host_.now() + options_.fin_timeout);
      else
        host_.on_state_change();
      return;
    case TcpState::closing:
      enter_time_wait();
      return;
    case TcpState::last_ack:
      finish();
      return;
    default:
      return;
  }
}

void TcpEndpoint::on_fin() {
  receive_shutdown_ = true;
  done_ = true;
  schedule_ack();
  early_.clear();
  switch (state_) {
    case TcpState::established:
      set_state(TcpState::close_wait);
      acking_.interactive = true;
      break;
    case TcpState::fin_wait1:
      send_ack();
      set_state(TcpState::closing);
      break;
    case TcpState::fin_wait2:
      send_ack();
      enter_time_wait();
      return;
    default:
      break;
  }
  if (!orphaned_) host_.on_state_change();
}

void TcpEndpoint::on_reset() {
  if (state_ == TcpState::closed) return;
  fail(state_ == TcpState::close_wait ? EPIPE : ECONNRESET);
}

// -- closing --------------------------------------------------------------------------------------

void TcpEndpoint::queue_fin() {
  queue_.append_fin();
  write_pending(PushMode::now);
}

void TcpEndpoint::shutdown_send() {
  send_shutdown_ = true;
  if (state_ == TcpState::established)
    set_state(TcpState::fin_wait1);
  else if (state_ == TcpState::close_wait)
    set_state(TcpState::last_ack);
  else
    return;
  queue_fin();
}

void TcpEndpoint::close() {
  const bool unread = received_.bytes() != 0;
  received_.clear();
  send_shutdown_ = receive_shutdown_ = true;
  orphaned_ = true;
  switch (state_) {
    case TcpState::closed:
      return;
    case TcpState::syn_sent:
    case TcpState::syn_recv:
      abort();
      return;
    default:
      break;
  }
  // RFC 2525, 2.17: what the other side sent will never be read, and it should know.
  if (unread) {
    abort();
    return;
  }
  if (state_ == TcpState::fin_wait2)
    host_.arm(TcpTimer::fin_wait2, host_.now() + options_.fin_timeout);
  else
    shutdown_send();
}

void TcpEndpoint::abort() {
  if (state_ == TcpState::closed) return;
  if (state_ != TcpState::syn_sent) send_reset();
  finish();
}

void TcpEndpoint::close_with_reset() {
  received_.clear();
  send_shutdown_ = receive_shutdown_ = true;
  orphaned_ = true;
  abort();
}

void TcpEndpoint::drop() {
  orphaned_ = true;
  finish();
}

void TcpEndpoint::fail(int error) {
  error_ = error;
  if (!orphaned_) host_.on_error();
  finish();
}

void TcpEndpoint::finish() {
  if (state_ == TcpState::closed) return;
  stop_retransmit();
  host_.cancel(TcpTimer::delayed_ack);
  host_.cancel(TcpTimer::fin_wait2);
  acking_ = {};
  send_shutdown_ = receive_shutdown_ = true;
  set_state(TcpState::closed);
  if (!orphaned_) host_.on_state_change();
}

void TcpEndpoint::enter_time_wait() {
  set_state(TcpState::time_wait);
  finish();
}

}  // namespace sim
