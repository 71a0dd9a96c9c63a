// Appending, cutting and sending segments.

#include <algorithm>
#include <bit>

#include "sim/net/tcp.hpp"

namespace sim {

using kev::Duration;

namespace {

constexpr std::uint16_t ip_tcp_header_bytes = 40;
constexpr std::uint16_t timestamp_option_bytes = 12;
constexpr std::uint16_t sack_option_bytes = 4;  // and 8 for each block
constexpr std::uint16_t sack_block_bytes = 8;
constexpr std::uint16_t syn_option_bytes = 20;  // MSS, SACK permitted, timestamps, window scale
constexpr std::uint32_t largest_unscaled_window = 65535;
constexpr std::uint32_t largest_burst_bytes = 65535 - ip_tcp_header_bytes;

}  // namespace

std::uint32_t TcpEndpoint::append_page(const PageFrag& frag, std::uint32_t offset,
                                       std::uint32_t length) {
  return queue_.append_page(frag, offset, length, mss(), size_goal());
}

std::uint32_t TcpEndpoint::append_message(const ContentRun& run) {
  return queue_.append_message(run, mss(), size_goal());
}

void TcpEndpoint::push_full() {
  if (!queue_.has_unsent() || queue_.back().length < mss()) return;
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
  if (mode == PushMode::now || segment.fin || segment.length >= mss()) return false;
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
    if (stack_->burst_segments > 1) merge_unsent();
    QueuedSegment& segment = queue_.first_unsent();
    // The last FIN is so small that the congestion window does not matter.
    if (in_flight() >= window_.size && !segment.fin) break;
    if (segment.end() > out_.una + out_.window) break;
    if (held_by_nagle(segment, mode)) break;
    transmit_queued(burst_length(mode));
  }
  check_probe_timer();
}

/// Joins the buffers of what would go out as one, were it not held back.
void TcpEndpoint::merge_unsent() {
  const std::uint32_t quota = window_.size - std::min(window_.size, in_flight());
  const std::uint64_t limit = std::uint64_t{mss()} * std::min(quota, stack_->burst_segments);
  std::uint64_t bytes = queue_.first_unsent().length;
  for (std::size_t i = queue_.sent() + 1; i < queue_.size(); ++i) {
    bytes += queue_[i].length;
    if (bytes > limit) return;
    queue_.merge(i);
  }
}

/// What a buffer of several segments may hold (tcp_xmit_size_goal).
std::uint32_t TcpEndpoint::size_goal() const {
  if (stack_->burst_segments == 1) return UINT32_MAX;
  const std::uint32_t most = out_.max_window > 536
                                 ? std::min(largest_burst_bytes, out_.max_window / 2)
                                 : largest_burst_bytes;
  return std::max(most / mss(), 1U) * mss();
}

/// How many of the unsent segments go to the device in one piece, at least 1. What the window cuts
/// off from the last one waits as a segment of its own (tcp_mss_split_point).
std::uint32_t TcpEndpoint::burst_length(PushMode mode) {
  std::uint32_t count = 1;
  const std::uint64_t edge = out_.una + out_.window;
  std::uint32_t bytes = queue_.first_unsent().length;
  std::size_t fragments = queue_.first_unsent().fragments;
  while (count < stack_->burst_segments && queue_.sent() + count < queue_.size()) {
    if (in_flight() + count >= window_.size) break;
    const std::uint32_t at = queue_.sent() + count;
    if (queue_[at].seq >= edge || held_by_nagle(queue_[at], mode)) break;
    const bool cut = queue_[at].end() > edge;
    // Only a whole segment before it makes a piece of one worth sending.
    if (cut && queue_[at - 1].length < mss()) break;
    const auto room = static_cast<std::uint32_t>(edge - queue_[at].seq);
    if (bytes + (cut ? room : queue_[at].length) > largest_burst_bytes) break;
    fragments += queue_[at].fragments;
    if (fragments > Segment::max_runs) break;
    if (cut) queue_.split(at, room);
    bytes += queue_[at].length;
    ++count;
  }
  return count;
}

/// Sends the first `count` unsent segments, as one.
void TcpEndpoint::transmit_queued(std::uint32_t count) {
  const bool first = queue_.sent() == 0;
  if (first && queue_.first_unsent().length != 0) restart_after_idle();
  if (recovery_ == Recovery::repairing) reduction_.sent(count);
  Segment& packet = make_segment(queue_.first_unsent().seq, tcp_flags::ack);
  if (count > 1) {
    packet.flags |= tcp_flags::psh;
    packet.piece = static_cast<std::uint16_t>(mss());
  }
  for (; count != 0; --count) {
    QueuedSegment& segment = queue_.first_unsent();
    if (segment.length < mss()) out_.last_small = segment.end();
    segment.sent_at = host_.now();
    out_.next = segment.end();
    queue_.mark_sent();
    if (segment.push) packet.flags |= tcp_flags::psh;
    if (segment.fin) packet.flags |= tcp_flags::fin;
    queue_.fill(segment, packet);
  }
  mark_urgent_byte(packet);
  transmit(packet);
  // A tail loss probe waits from the last segment on.
  if (first || tail_probe_armed_) arm_retransmit();
}

/// The urgent pointer, as long as its byte is not acknowledged and within reach.
void TcpEndpoint::mark_urgent_byte(Segment& packet) const {
  if (out_.urgent_end <= packet.seq || out_.urgent_end > packet.seq + 65535) return;
  packet.flags |= tcp_flags::urg;
  packet.urgent = out_.urgent_end - 1;
}

void TcpEndpoint::resend(QueuedSegment& segment, TcpResend reason) {
  ++stats_.resent;
  if (recovery_ == Recovery::repairing) reduction_.sent(1);
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
  mark_urgent_byte(packet);
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

void TcpEndpoint::add_sack_blocks(Segment& segment) const {
  const auto most = static_cast<std::uint32_t>(segment.sack.size());
  const std::uint32_t count = std::min(early_blocks_.count(), most);
  if (count == 0) return;
  for (std::uint32_t i = 0; i < count; ++i) segment.sack[i] = early_blocks_[i];
  segment.sack_count = static_cast<std::uint8_t>(count);
  segment.header_bytes += static_cast<std::uint16_t>(sack_option_bytes + count * sack_block_bytes);
}

Segment& TcpEndpoint::make_segment(std::uint64_t seq, std::uint8_t flags) {
  Segment& segment = host_.new_segment();
  segment.seq = seq;
  segment.flags = flags;
  segment.freed = out_.una;
  segment.header_bytes = ip_tcp_header_bytes;
  if (options_.timestamps) {
    segment.header_bytes += timestamp_option_bytes;
    segment.timestamp = host_.now().ns();
  }
  if (segment.has(tcp_flags::ack)) {
    segment.ack = in_.next;
    segment.echo = options_.timestamps ? in_.timestamp : Segment::no_time;
    segment.window = announce_window();
    add_sack_blocks(segment);
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

void TcpEndpoint::fix_send_buffer(std::uint32_t bytes) {
  send_buffer_ = options_.send_buffer = options_.send_buffer_max = bytes;
}

void TcpEndpoint::fix_receive_buffer(std::uint32_t bytes) {
  options_.receive_buffer = bytes;
  options_.receive_buffer_max = 0;
  in_.buffer = bytes;
  if (state_ == TcpState::closed) {
    in_.scale = 0;
    start_receive_window();
  } else if (stack_->window_share == WindowShare::measured) {
    in_.window_clamp = full_window_space();
  }
}

/// Memory reckoned for a full segment when the send buffer grows.
std::uint32_t TcpEndpoint::segment_memory() const {
  const std::uint32_t plain = options_.mss + stack_->send_overhead + 16;
  if (stack_->burst_segments == 1) return plain;
  // tcp_sndbuf_expand: head and shared information as a power of two, and struct sk_buff.
  return std::bit_ceil(plain - 256) + 256;
}

void TcpEndpoint::grow_send_buffer() {
  if (queue_.sent() >= window_.size) return;
  const std::uint64_t segments = std::max<std::uint32_t>(window_.size, stack_->least_buffered);
  const std::uint64_t wanted = 2 * segments * segment_memory();
  const std::uint64_t limited = std::min<std::uint64_t>(wanted, options_.send_buffer_max);
  send_buffer_ = std::max(send_buffer_, static_cast<std::uint32_t>(limited));
}

}  // namespace sim
