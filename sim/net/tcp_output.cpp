// Appending, cutting and sending segments.

#include <algorithm>

#include "sim/net/tcp.hpp"

namespace sim {

using kev::Duration;

namespace {

constexpr std::uint16_t ip_tcp_header_bytes = 40;
constexpr std::uint16_t timestamp_option_bytes = 12;
constexpr std::uint16_t syn_option_bytes = 20;  // MSS, SACK permitted, timestamps, window scale
constexpr std::uint32_t largest_unscaled_window = 65535;

}  // namespace

std::uint32_t TcpEndpoint::append_page(const PageFrag& frag, std::uint32_t offset,
                                       std::uint32_t length) {
  return queue_.append_page(frag, offset, length, options_.mss);
}

std::uint32_t TcpEndpoint::append_message(const ContentRun& run) {
  return queue_.append_message(run, options_.mss);
}

void TcpEndpoint::push_full() {
  if (!queue_.has_unsent() || queue_.back().length < options_.mss) return;
  // Half a window without a push: the receiver shall not wait for more.
  if (queue_.write_seq() > out_.pushed + out_.max_window / 2) {
    queue_.back().push = true;
    out_.pushed = queue_.write_seq();
    write_pending(PushMode::now);
  } else if (&queue_.first_unsent() == &queue_.back()) {
    write_pending(PushMode::normal);
  }
}

void TcpEndpoint::push(PushMode mode) {
  if (!queue_.has_unsent()) return;
  if (mode != PushMode::more || queue_.write_seq() > out_.pushed + out_.max_window / 2) {
    queue_.back().push = true;
    out_.pushed = queue_.write_seq();
  }
  write_pending(mode);
}

void TcpEndpoint::set_cork(bool corked) {
  out_.corked = corked;
  if (!corked) write_pending(out_.nodelay ? PushMode::now : PushMode::normal);
}

void TcpEndpoint::set_nodelay(bool nodelay) {
  out_.nodelay = nodelay;
  if (nodelay) write_pending(PushMode::now);
}

/// Nagle's rule with Minshall's change: a small segment waits while another small one is
/// unanswered.
bool TcpEndpoint::held_by_nagle(const QueuedSegment& segment, PushMode mode) const {
  if (mode == PushMode::now || segment.fin || segment.length >= options_.mss) return false;
  const bool is_last = queue_.sent() + 1 == queue_.size();
  if (!is_last) return false;
  if (mode == PushMode::more || out_.corked) return true;
  return !out_.nodelay && queue_.sent() != 0 && out_.last_small > out_.una;
}

/// Sends what the windows and Nagle's rule allow.
void TcpEndpoint::write_pending(PushMode mode) {
  if (state_ == TcpState::closed || state_ == TcpState::syn_sent || state_ == TcpState::syn_recv)
    return;
  while (queue_.has_unsent()) {
    QueuedSegment& segment = queue_.first_unsent();
    // The last FIN is so small that the congestion window does not matter.
    if (in_flight() >= window_.size && !segment.fin) break;
    if (segment.end() > out_.una + out_.window) break;
    if (held_by_nagle(segment, mode)) break;
    transmit_queued(segment);
  }
  check_probe_timer();
}

void TcpEndpoint::transmit_queued(QueuedSegment& segment) {
  const bool first = queue_.sent() == 0;
  if (first && segment.length != 0) restart_after_idle();
  if (segment.length < options_.mss) out_.last_small = segment.end();
  segment.sent_at = host_.now();
  out_.next = segment.end();
  queue_.mark_sent();
  Segment& packet = make_segment(segment.seq, tcp_flags::ack);
  if (segment.push) packet.flags |= tcp_flags::psh;
  if (segment.fin) packet.flags |= tcp_flags::fin;
  queue_.fill(segment, packet);
  transmit(packet);
  if (first) arm_retransmit();
}

void TcpEndpoint::resend(QueuedSegment& segment, TcpResend reason) {
  ++stats_.resent;
  if (segment.lost && !segment.resent) ++resent_;
  segment.resent = segment.lost;
  segment.ever_resent = true;
  segment.sent_at = host_.now();
  if (!undo_.resent) {
    undo_.resent = true;
    undo_.first_resent = segment.sent_at;
  }
  Segment& packet = make_segment(segment.seq, tcp_flags::ack);
  if (segment.push) packet.flags |= tcp_flags::psh;
  if (segment.fin) packet.flags |= tcp_flags::fin;
  queue_.fill(segment, packet);
  host_.resending(packet, reason);
  const bool first = &segment == &queue_[0];
  transmit(packet);
  if (first) arm_retransmit();
}

/// After a pause of more than a timeout nothing is known of the network any more: the window falls
/// by half for each timeout passed, down to its first size (RFC 2861; tcp_slow_start_after_idle).
void TcpEndpoint::restart_after_idle() {
  const Duration timeout = rtt_.timeout();
  Duration idle = host_.now() - out_.last_data;
  if (out_.last_data == kev::Instant() || idle <= timeout) return;
  const std::uint32_t initial = options_.initial_window != 0 ? options_.initial_window
                                : options_.mss > 1460        ? 2
                                : options_.mss > 1095        ? 3
                                                             : 4;
  const std::uint32_t least = std::min(initial, window_.size);
  if (recovery_ != Recovery::repairing)
    window_.threshold = std::max(window_.threshold, window_.size / 2 + window_.size / 4);
  std::uint32_t size = window_.size;
  for (idle -= timeout; idle > Duration(0) && size > least; idle -= timeout) size /= 2;
  window_.size = std::max(size, least);
  window_.count = 0;
}

// -- building segments ----------------------------------------------------------------------------

Segment& TcpEndpoint::make_segment(std::uint64_t seq, std::uint8_t flags) {
  Segment& segment = host_.new_segment();
  segment.seq = seq;
  segment.flags = flags;
  segment.header_bytes = ip_tcp_header_bytes;
  if (options_.timestamps) {
    segment.header_bytes += timestamp_option_bytes;
    segment.timestamp = host_.now().ns();
  }
  if (segment.has(tcp_flags::ack)) {
    segment.ack = in_.next;
    segment.echo = options_.timestamps ? in_.timestamp : Segment::no_time;
    segment.window = announce_window();
  }
  return segment;
}

void TcpEndpoint::transmit(Segment& segment) {
  ++stats_.segments_sent;
  stats_.bytes_sent += segment.payload;
  const kev::Instant now = host_.now();
  if (segment.payload != 0) {
    out_.last_data = now;
    // Answered within the delay: acknowledgements will travel with data.
    if (acking_.delay != Duration(0) && now - acking_.last_data < acking_.delay)
      acking_.interactive = true;
  }
  if (segment.has(tcp_flags::ack)) ack_was_sent();
  host_.transmit(segment);
}

void TcpEndpoint::send_ack() {
  if (state_ == TcpState::closed) return;
  // Never beyond what the receiver takes, even if it shrank its window.
  transmit(make_segment(std::min(out_.next, out_.una + out_.window), tcp_flags::ack));
}

void TcpEndpoint::send_reset() {
  transmit(make_segment(out_.next, tcp_flags::rst | tcp_flags::ack));
}

void TcpEndpoint::send_syn(bool again) {
  Segment& segment = host_.new_segment();
  segment.flags = tcp_flags::syn;
  segment.header_bytes = ip_tcp_header_bytes + syn_option_bytes;
  if (options_.timestamps) segment.timestamp = host_.now().ns();
  if (state_ == TcpState::syn_recv) {
    segment.flags |= tcp_flags::ack;
    segment.ack = in_.next;
    segment.echo = options_.timestamps ? in_.timestamp : Segment::no_time;
  }
  segment.window = std::min(in_.window, largest_unscaled_window);
  if (again) {
    ++stats_.resent;
    host_.resending(segment, TcpResend::handshake);
  }
  transmit(segment);
}

// -- the send buffer ------------------------------------------------------------------------------

void TcpEndpoint::check_space() {
  if (!space_freed_) return;
  space_freed_ = false;
  host_.on_space_freed();
}

void TcpEndpoint::grow_send_buffer() {
  if (queue_.sent() >= window_.size) return;
  const std::uint64_t segments = std::max<std::uint32_t>(window_.size, 4);
  const std::uint64_t wanted = 2 * segments * (options_.mss + segment_overhead_bytes + 16);
  const std::uint64_t limited = std::min<std::uint64_t>(wanted, options_.send_buffer_max);
  send_buffer_ = std::max(send_buffer_, static_cast<std::uint32_t>(limited));
}

}  // namespace sim
