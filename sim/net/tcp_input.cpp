// Arriving data, the receive window, and when to acknowledge.

#include <algorithm>
#include <utility>

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

/// How much window fits into so much memory (tcp_win_from_space).
std::uint32_t TcpEndpoint::window_of(std::uint64_t memory) const {
  switch (stack_->window_share) {
    case WindowShare::three_quarters:
      return static_cast<std::uint32_t>(memory - memory / 4);
    case WindowShare::half:
      return static_cast<std::uint32_t>(memory / 2);
    default:
      return static_cast<std::uint32_t>(memory * in_.share_256 / 256);
  }
}

std::uint32_t TcpEndpoint::receive_memory() const {
  return received_.charged_bytes() + early_.bytes() + early_.segments() * stack_->receive_overhead;
}

/// tcp_space: window that the free part of the buffer is worth.
std::uint32_t TcpEndpoint::window_space() const {
  const std::uint32_t used = receive_memory();
  return in_.buffer > used ? window_of(in_.buffer - used) : 0;
}

std::uint32_t TcpEndpoint::full_window_space() const {
  return window_of(in_.buffer);
}

/// What could be announced now. Nothing rather than less than a segment (silly window avoidance).
std::uint32_t TcpEndpoint::usable_receive_window() const {
  const std::uint32_t full = std::min(in_.window_clamp, full_window_space());
  const std::uint32_t segment = std::min(in_.segment_size, full);
  std::uint32_t free = window_space();
  if (free < full / 2) {
    // Later kernels do not announce parts of the window's unit here, nor less than 1/16.
    if (stack_->first_window == FirstWindow::whole) {
      free = free >> in_.scale << in_.scale;
      if (free < full / 16) return 0;
    }
    if (free < segment) return 0;
  }
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
  if (window_space() < std::min(in_.window_clamp, full_window_space()) / 2) acking_.quick = 0;
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
  note_urgent(segment);
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
    if (options_.sack) early_blocks_.add({segment.seq, segment.end()});
    early_.insert(segment);
    return;
  }
  take_in_order(segment);
  if (state_ == TcpState::closed) return;
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
  early_blocks_.advance(in_.next);
  if (!orphaned_ && (worth_reading() || done_)) host_.on_readable();
}

/// Takes over a segment that begins at or before the next expected byte and ends after it.
void TcpEndpoint::take_in_order(Segment& segment) {
  const std::uint32_t known = static_cast<std::uint32_t>(in_.next - segment.seq);
  if (known != 0) segment.trim_front(std::min(known, segment.payload));
  const bool fin = segment.has(tcp_flags::fin);
  const std::uint32_t bytes = segment.payload;
  const std::uint32_t piece = segment.piece;
  measure_receive_rtt(segment);
  // Later kernels join segments in the queue. On one host the segment before may still be the
  // sender's too; then it stays as it is.
  const bool shared = segment.local && segment.freed < in_.next;
  const bool joined = stack_->burst_segments > 1 && !shared;
  received_.push(segment.runs(), stack_->receive_overhead,
                 joined ? RunQueue::Charge::joined : RunQueue::Charge::alone);
  take_urgent(segment);
  in_.next = segment.end();
  host_.recycle(segment);
  if (bytes != 0) {
    measure_segment_size(piece != 0 ? std::min(piece, bytes) : bytes);
    on_data(bytes);
  }
  if (fin) on_fin();
}

void TcpEndpoint::on_data(std::uint32_t bytes) {
  const Instant now = host_.now();
  schedule_ack();
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
  open_window(bytes);
}

/// The window opens by two segments for each that comes, as long as the buffer keeps up.
void TcpEndpoint::open_window(std::uint32_t bytes) {
  if (bytes < 128) return;
  if (stack_->first_window == FirstWindow::four_segments) {
    if (in_.window_limit >= in_.window_clamp) return;
    in_.window_limit = std::min(in_.window_limit + 2 * options_.mss, in_.window_clamp);
  } else {
    const std::uint32_t room = std::min(in_.window_clamp, window_space());
    if (room <= in_.window_limit) return;
    const std::uint32_t step = std::max(2 * options_.mss, 2 * bytes);
    in_.window_limit += std::min(room - in_.window_limit, step);
  }
  acking_.quick |= 1;
}

/// How much of the memory a full segment takes is payload (tcp_measure_rcv_mss).
void TcpEndpoint::measure_share(std::uint32_t bytes) {
  if (stack_->window_share != WindowShare::measured) return;
  in_.share_256 = std::max(bytes * 256 / (bytes + stack_->receive_overhead), 1U);
  in_.window_clamp = full_window_space();
}

void TcpEndpoint::measure_segment_size(std::uint32_t bytes) {
  if (bytes >= in_.segment_size) {
    if (bytes != in_.segment_size) measure_share(bytes);
    in_.segment_size = bytes;
    return;
  }
  // A sender that has a smaller segment size now sends two of the same.
  if (bytes >= min_mss && bytes == std::exchange(in_.last_small_segment, bytes)) {
    in_.segment_size = bytes;
    return;
  }
  acking_.small_segments = std::min(acking_.small_segments + 1, 2U);
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

// -- the size of the buffer -----------------------------------------------------------------------

/// The receiver's round trip: from what we sent to what came in answer (tcp_rcv_rtt_measure_ts).
void TcpEndpoint::measure_receive_rtt(const Segment& segment) {
  if (options_.receive_buffer_max == 0 || segment.echo == Segment::no_time) return;
  if (segment.echo == reading_.last_echo || segment.payload < in_.segment_size) return;
  reading_.last_echo = segment.echo;
  const std::int64_t rtt = std::max<std::int64_t>(host_.now().ns() - segment.echo, 1);
  reading_.rtt8 = reading_.rtt8 == 0 ? rtt * 8 : reading_.rtt8 + rtt - reading_.rtt8 / 8;
}

/// Memory for a window of so many bytes, in full segments.
std::uint64_t TcpEndpoint::memory_of_window(std::uint64_t window) const {
  const std::uint64_t mss = options_.mss;
  std::uint64_t memory = stack_->right_sizing == RightSizing::doubled
                             ? segment_memory()
                             : mss + std::uint64_t{2} * stack_->receive_overhead;
  while (window_of(memory) < mss) memory += 128;
  return std::max<std::uint64_t>(window / mss, 1) * memory;
}

/// Dynamic right-sizing (Fisk and Feng 2001; tcp_rcv_space_adjust of Linux): room for twice of what
/// was read in the last round trip, if that is more than ever before.
void TcpEndpoint::tune_receive_buffer() {
  const Instant now = host_.now();
  if (reading_.rtt8 == 0 || (now - reading_.since).ns() < reading_.rtt8 / 8) return;
  const std::uint64_t copied = in_.copied - reading_.from;
  const bool doubled = stack_->right_sizing == RightSizing::doubled;
  const std::uint64_t pace = doubled ? 2 * copied : copied;
  if (pace > reading_.bytes && options_.receive_buffer_max != 0) {
    std::uint64_t window = 2 * copied;
    if (!doubled) {
      window += std::uint64_t{16} * options_.mss;
      window += 2 * (window * (copied - reading_.bytes) / reading_.bytes);
    }
    const std::uint64_t wanted =
        std::min<std::uint64_t>(memory_of_window(window), options_.receive_buffer_max);
    if (wanted > in_.buffer) {
      in_.buffer = static_cast<std::uint32_t>(wanted);
      in_.window_clamp = doubled ? static_cast<std::uint32_t>(window) : full_window_space();
    }
    reading_.bytes = static_cast<std::uint32_t>(pace);
  }
  reading_.since = now;
  reading_.from = in_.copied;
}

// -- reading --------------------------------------------------------------------------------------

std::uint32_t TcpEndpoint::read(std::vector<ContentRun>& runs, std::uint32_t max_bytes) {
  if (urgent_.state != Urgent::State::none && urgent_.seq >= in_.copied) {
    if (urgent_.seq == in_.copied && readable_bytes() != 0 && max_bytes != 0) {
      std::vector<ContentRun> left_out;
      in_.copied += received_.read(left_out, 1);
      urgent_ = {};
    } else {
      max_bytes =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(max_bytes, urgent_.seq - in_.copied));
    }
  }
  const std::uint32_t bytes = received_.read(runs, max_bytes);
  in_.copied += bytes;
  return bytes;
}

bool TcpEndpoint::read_urgent(std::vector<ContentRun>& runs) {
  if (!has_urgent()) return false;
  runs.push_back(urgent_.content);
  urgent_.state = Urgent::State::read;
  return true;
}

bool TcpEndpoint::worth_reading() const {
  const bool heeded = stack_->low_water_marks == LowWaterMarks::heeded;
  std::uint32_t target = heeded ? options_.receive_low_water : 1;
  if (urgent_.state != Urgent::State::none && urgent_.seq == in_.copied) ++target;
  return readable_bytes() >= target;
}

/// An urgent byte is announced: earlier ones are forgotten.
void TcpEndpoint::note_urgent(const Segment& segment) {
  if (!segment.has(tcp_flags::urg) || segment.urgent < in_.copied) return;
  if (urgent_.state != Urgent::State::none && segment.urgent <= urgent_.seq) return;
  urgent_ = {Urgent::State::awaited, segment.urgent, {}};
}

/// Whether this segment, whose turn it is, brings the urgent byte.
void TcpEndpoint::take_urgent(const Segment& segment) {
  if (urgent_.state != Urgent::State::awaited) return;
  if (urgent_.seq < segment.seq || urgent_.seq >= segment.seq + segment.payload) return;
  std::uint64_t skip = urgent_.seq - segment.seq;
  for (const ContentRun& run : segment.runs()) {
    if (skip < run.length) {
      urgent_.content = {run.source, run.offset + skip, 1, run.version};
      break;
    }
    skip -= run.length;
  }
  urgent_.state = Urgent::State::valid;
}

// -- after reading --------------------------------------------------------------------------------

void TcpEndpoint::after_read(std::uint32_t bytes) {
  if (state_ == TcpState::closed) return;
  if (bytes != 0) tune_receive_buffer();
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
