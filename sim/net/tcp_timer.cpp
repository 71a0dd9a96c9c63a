// Timers: retransmission, window probes, delayed acknowledgements, the wait for the last FIN.

#include <algorithm>
#include <cerrno>

#include "sim/net/tcp.hpp"

namespace sim {

using kev::Duration;

namespace {

constexpr int max_backoff = 15;  // tcp_retries2: from there on probes keep their distance

}  // namespace

Duration TcpEndpoint::backed_off_timeout() const {
  const Duration max = rtt_.max();
  Duration timeout = rtt_.timeout();
  for (int i = 0; i < backoff_ && timeout < max; ++i) timeout = timeout * 2;
  return std::min(timeout, max);
}

void TcpEndpoint::arm_retransmit() {
  retransmit_armed_ = true;
  probe_armed_ = false;
  host_.arm(TcpTimer::retransmit, host_.now() + backed_off_timeout());
}

void TcpEndpoint::arm_probe() {
  probe_armed_ = true;
  retransmit_armed_ = false;
  host_.arm(TcpTimer::retransmit, host_.now() + backed_off_timeout());
}

void TcpEndpoint::stop_retransmit() {
  if (!retransmit_armed_ && !probe_armed_) return;
  retransmit_armed_ = probe_armed_ = false;
  host_.cancel(TcpTimer::retransmit);
}

/// Something waits and nothing is on its way that an answer could come from: the window is closed,
/// or a small segment is corked. The probe timer sees to it (it also ends a forgotten cork).
void TcpEndpoint::check_probe_timer() {
  if (queue_.sent() == 0 && queue_.has_unsent() && !retransmit_armed_ && !probe_armed_) arm_probe();
}

void TcpEndpoint::on_timer(TcpTimer timer) {
  if (state_ == TcpState::closed) return;
  switch (timer) {
    case TcpTimer::delayed_ack:
      on_delayed_ack_timer();
      break;
    case TcpTimer::fin_wait2:
      if (state_ == TcpState::fin_wait2) finish();
      break;
    case TcpTimer::retransmit:
      if (probe_armed_) {
        probe_armed_ = false;
        on_probe_timer();
      } else if (retransmit_armed_) {
        retransmit_armed_ = false;
        on_retransmit_timer();
      }
      break;
  }
}

void TcpEndpoint::on_delayed_ack_timer() {
  if (!acking_.timer) return;
  acking_.timer = false;
  if (!acking_.scheduled) return;
  if (acking_.interactive) {
    // No data went out to carry it after all.
    acking_.interactive = false;
    acking_.delay = options_.delayed_ack_min;
  } else {
    acking_.delay = std::min(acking_.delay * 2, rtt_.timeout());
  }
  send_ack();
}

void TcpEndpoint::resend_handshake() {
  const int limit = state_ == TcpState::syn_sent ? options_.syn_retries : options_.syn_ack_retries;
  if (resends_ >= limit) {
    fail(ETIMEDOUT);
    return;
  }
  ++resends_;
  ++backoff_;
  send_syn(true);
  arm_retransmit();
}

void TcpEndpoint::on_retransmit_timer() {
  if (state_ == TcpState::syn_sent || state_ == TcpState::syn_recv) {
    resend_handshake();
    return;
  }
  if (queue_.sent() == 0) return;
  if (resends_ >= (orphaned_ ? options_.orphan_retries : options_.retries)) {
    fail(ETIMEDOUT);
    return;
  }
  ++stats_.timeouts;
  enter_loss();
  ++backoff_;
  ++resends_;
  resend(queue_[0], TcpResend::timeout);
  arm_retransmit();
}

void TcpEndpoint::on_probe_timer() {
  if (queue_.sent() != 0 || !queue_.has_unsent()) {
    probes_ = 0;
    return;
  }
  if (probes_ > (orphaned_ ? options_.orphan_retries : options_.retries)) {
    fail(ETIMEDOUT);
    return;
  }
  wake_window();
  if (queue_.sent() != 0 || !queue_.has_unsent()) {
    probes_ = backoff_ = 0;
    return;
  }
  if (backoff_ < max_backoff) ++backoff_;
  ++probes_;
  arm_probe();
}

/// Sends what fits into the window, however little; if nothing does, an old byte number whose only
/// purpose is to be answered.
void TcpEndpoint::wake_window() {
  const QueuedSegment& head = queue_.first_unsent();
  const std::uint64_t edge = out_.una + out_.window;
  if (head.seq < edge) {
    const std::uint64_t room = edge - head.seq;
    if (head.length > room) queue_.split(queue_.sent(), static_cast<std::uint32_t>(room));
    queue_.first_unsent().push = true;
    transmit_queued(queue_.first_unsent());
    return;
  }
  ++stats_.probes;
  transmit(make_segment(out_.una - 1, tcp_flags::ack));
}

}  // namespace sim
