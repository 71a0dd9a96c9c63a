// Arriving data, the receive window, and when to acknowledge.

#include <algorithm>

#include "sim/net/tcp.hpp"

namespace sim {

using kev::Duration;
using kev::Instant;

namespace {

constexpr std::uint32_t max_quick_acks = 16;
constexpr std::uint32_t min_mss = 536;  // what every host must take: smaller data is "small"

}  // namespace

// -- the receive window ---------------------------------------------------------------------------

std::uint32_t TcpEndpoint::receive_window() const {
  const std::uint64_t edge = in_.window_base + in_.window;
  return edge > in_.next ? static_cast<std::uint32_t>(edge - in_.next) : 0;
}

/// What could be announced now. Nothing rather than less than a segment (silly window avoidance).
std::uint32_t TcpEndpoint::usable_receive_window() const {
  const std::uint32_t buffer = options_.receive_buffer - options_.receive_buffer / 4;
  const std::uint32_t used = received_.bytes() + early_.bytes();
  const std::uint32_t full = std::min(in_.window_clamp, buffer);
  const std::uint32_t segment = std::min(in_.segment_size, full);
  std::uint32_t free = buffer > used ? buffer - used : 0;
  if (free < full / 2 && free < segment) return 0;
  free = std::min(free, in_.window_limit);
  if (in_.scale != 0) {
    const std::uint32_t unit = 1U << in_.scale;
    return (free + unit - 1) / unit * unit;
  }
  // Unscaled windows move by whole segments.
  if (in_.window + segment <= free || in_.window > free) return free / segment * segment;
  return in_.window;
}

/// The window for a segment that is about to be sent. A window once announced is never taken back.
std::uint32_t TcpEndpoint::announce_window() {
  const std::uint32_t buffer = options_.receive_buffer - options_.receive_buffer / 4;
  if (received_.bytes() + early_.bytes() > buffer / 2) acking_.quick = 0;
  in_.window = std::max(usable_receive_window(), receive_window());
  in_.window_base = in_.next;
  return in_.window;
}

bool TcpEndpoint::acceptable(const Segment& segment) const {
  return segment.end() >= in_.window_base && segment.seq <= in_.next + receive_window();
}

/// Outside the window: an old duplicate, a window probe, or a stranger. The answer says where we
/// are.
void TcpEndpoint::acknowledge_stray(const Segment& segment) {
  if (segment.payload != 0 && segment.seq < in_.next) be_quick();
  send_ack();
}

// -- data -----------------------------------------------------------------------------------------

/// Whether this segment's data may be queued. Ends the connection if nobody will ever read it.
bool TcpEndpoint::takes_data(const Segment& segment) {
  if (segment.end() == segment.seq) return false;
  switch (state_) {
    case TcpState::established:
      return true;
    case TcpState::fin_wait1:
    case TcpState::fin_wait2:
      if (receive_shutdown_ && segment.payload != 0 && segment.seq + segment.payload > in_.next) {
        send_reset();
        finish();
        return false;
      }
      return true;
    default:
      // Its stream has ended: only resent segments are expected, and acknowledged.
      return segment.seq < in_.next;
  }
}

/// Takes over the segment.
void TcpEndpoint::queue_data(Segment& segment) {
  const bool old = segment.end() <= in_.next;
  const bool beyond =
      segment.seq > in_.next ? segment.seq >= in_.next + receive_window() : receive_window() == 0;
  if (old || beyond) {
    be_quick();
    schedule_ack();
    host_.recycle(segment);
    return;
  }
  if (segment.seq > in_.next) {
    ++stats_.out_of_order;
    schedule_ack();
    early_.insert(segment);
    return;
  }
  take_in_order(segment);
  bool filled = false;
  while (Segment* early = early_.take_ready(in_.next)) {
    if (early->end() <= in_.next) {
      host_.recycle(*early);
      continue;
    }
    filled = true;
    take_in_order(*early);
    host_.on_reordered();
  }
  if (filled && early_.empty()) acking_.interactive = false;
  if (!orphaned_) host_.on_readable();
}

/// Takes over a segment that begins at or before the next expected byte and ends after it.
void TcpEndpoint::take_in_order(Segment& segment) {
  const std::uint32_t known = static_cast<std::uint32_t>(in_.next - segment.seq);
  if (known != 0) segment.trim_front(std::min(known, segment.payload));
  const bool fin = segment.has(tcp_flags::fin);
  const std::uint32_t bytes = segment.payload;
  received_.push(segment.runs());
  in_.next = segment.end();
  host_.recycle(segment);
  if (bytes != 0) on_data(bytes);
  if (fin) on_fin();
}

void TcpEndpoint::on_data(std::uint32_t bytes) {
  const Instant now = host_.now();
  schedule_ack();
  measure_segment_size(bytes);
  if (acking_.delay == Duration(0)) {
    // The first data of the connection.
    quick_acks();
    acking_.delay = options_.delayed_ack_min;
  } else {
    const Duration gap = now - acking_.last_data;
    const Duration timeout = rtt_.timeout();
    if (gap <= options_.delayed_ack_min / 2) {
      acking_.delay = acking_.delay / 2 + options_.delayed_ack_min / 2;
    } else if (gap < acking_.delay) {
      acking_.delay = std::min(acking_.delay / 2 + gap, timeout);
    } else if (gap > timeout) {
      // The sender paused for so long that its window will have restarted: help it to grow again.
      quick_acks();
    }
  }
  acking_.last_data = now;
  // The window opens by two segments for each that comes: the buffer does keep up.
  if (bytes >= 128 && in_.window_limit < in_.window_clamp) {
    in_.window_limit = std::min(in_.window_limit + 2 * options_.mss, in_.window_clamp);
    acking_.quick |= 1;
  }
}

void TcpEndpoint::measure_segment_size(std::uint32_t bytes) {
  if (bytes >= in_.segment_size) {
    in_.segment_size = bytes;
  } else if (bytes < min_mss) {
    acking_.small_segments = std::min(acking_.small_segments + 1, 2U);
  }
}

// -- acknowledging --------------------------------------------------------------------------------

/// While the sender is in slow start each of its segments should be acknowledged: so many more.
void TcpEndpoint::quick_acks() {
  std::uint32_t count = in_.window / (2 * in_.segment_size);
  if (count == 0) count = 2;
  if (count > acking_.quick) acking_.quick = std::min(count, max_quick_acks);
}

void TcpEndpoint::be_quick() {
  quick_acks();
  acking_.interactive = false;
  acking_.delay = options_.delayed_ack_min;
}

/// Now, or later: at once for the second segment in a row, out of order data, or in quick mode.
void TcpEndpoint::check_ack() {
  if (!acking_.scheduled) return;
  const bool two_segments =
      in_.next - in_.window_base > in_.segment_size && usable_receive_window() >= in_.window;
  const bool quick = acking_.quick != 0 && !acking_.interactive;
  if (two_segments || quick || !early_.empty())
    send_ack();
  else
    delay_ack();
}

void TcpEndpoint::delay_ack() {
  const Instant now = host_.now();
  Duration delay = acking_.delay;
  if (delay > options_.delayed_ack_min) {
    Duration most(500'000'000);
    if (acking_.interactive || acking_.small_segments != 0) most = options_.delayed_ack_max;
    if (rtt_.measured()) most = std::min(most, std::max(rtt_.mean(), options_.delayed_ack_min));
    delay = std::min(delay, most);
  }
  Instant due = now + delay;
  if (acking_.timer) {
    // One is waiting already. If it is about to be due, there is no point in waiting on.
    if (acking_.blocked || acking_.due <= now + delay / 4) {
      send_ack();
      return;
    }
    due = std::min(due, acking_.due);
  }
  acking_.timer = true;
  acking_.due = due;
  host_.arm(TcpTimer::delayed_ack, due);
}

void TcpEndpoint::ack_was_sent() {
  if (acking_.quick == 1) acking_.delay = options_.delayed_ack_min;
  if (acking_.quick != 0) --acking_.quick;
  if (acking_.timer) host_.cancel(TcpTimer::delayed_ack);
  acking_.scheduled = acking_.timer = acking_.blocked = false;
  acking_.small_segments = 0;
}

void TcpEndpoint::after_read(std::uint32_t bytes) {
  if (state_ == TcpState::closed) return;
  bool now = false;
  if (acking_.scheduled) {
    const bool small =
        acking_.small_segments == 2 || (acking_.small_segments == 1 && !acking_.interactive);
    now = acking_.blocked || in_.next - in_.window_base > in_.segment_size ||
          (bytes != 0 && small && received_.bytes() == 0);
  }
  // A window that has at least doubled is worth a segment of its own.
  if (!now && bytes != 0 && !receive_shutdown_) {
    const std::uint32_t window = receive_window();
    if (2 * window <= in_.window_clamp) {
      const std::uint32_t usable = usable_receive_window();
      now = usable != 0 && usable >= 2 * window;
    }
  }
  if (now) send_ack();
}

}  // namespace sim
