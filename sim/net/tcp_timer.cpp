// Timers: retransmission, window probes, delayed acknowledgements, the wait for the last FIN.

#include <algorithm>
#include <cerrno>
#include <utility>

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
  tail_probe_armed_ = wants_tail_probe();
  const Duration timeout = tail_probe_armed_ ? tail_probe_timeout() : backed_off_timeout();
  host_.arm(TcpTimer::retransmit, host_.now() + timeout);
}

/// Once for what is in flight, while all is well, if the receiver can tell what it has.
bool TcpEndpoint::wants_tail_probe() const {
  return stack_->tail_probe == TailProbe::sent && options_.sack && can_send() &&
         recovery_ == Recovery::open && duplicates_ == 0 && backoff_ == 0 && queue_.sent() != 0 &&
         rtt_.measured() && tail_probed_ != out_.next;
}

/// Two round trips; with one segment in flight, its acknowledgement may be delayed.
Duration TcpEndpoint::tail_probe_timeout() const {
  constexpr Duration delayed_acknowledgement(200'000'000);
  constexpr Duration granularity(2'000'000);
  const bool only_one = out_.next - out_.una <= mss();
  const Duration more = only_one ? delayed_acknowledgement : granularity;
  return std::min(rtt_.mean() * 2 + more, rtt_.timeout());
}

/// Sends one segment that is new, whatever the congestion window says, or the last one again.
void TcpEndpoint::on_tail_probe_timer() {
  if (queue_.sent() == 0) return;
  const bool more = queue_.has_unsent() && queue_.first_unsent().end() <= out_.una + out_.window;
  if (more)
    transmit_queued(1);
  else
    resend(queue_[queue_.sent() - 1], TcpResend::tail_probe);
  tail_probed_ = out_.next;
  arm_retransmit();
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
        if (std::exchange(tail_probe_armed_, false))
          on_tail_probe_timer();
        else
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
    transmit_queued(1);
    return;
  }
  ++stats_.probes;
  transmit(make_segment(out_.una - 1, tcp_flags::ack));
}

}  // namespace sim
