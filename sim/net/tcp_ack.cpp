// Arriving acknowledgements: the send window, the congestion window, and the repair of losses.
//
// Repair follows RFC 6582 (NewReno) in the form Linux 2.6.18 gives it: everything is counted in
// segments; each duplicate acknowledgement says that one more segment has left the network; three
// of them start the repair; during it the window falls little by little (repair_window.hpp), and a
// partial acknowledgement means that the next segment is lost too. With selective acknowledgements
// the segments that have arrived are known instead of counted, and one is lost when three beyond it
// have arrived (RFC 6675). After a timeout all that was in flight is deemed lost and sent again in
// slow start. If the first acknowledgement of something new answers a segment that was sent before
// the repair began, then nothing was lost, only late: the window is given back (RFC 3522, Eifel
// detection).

#include <algorithm>

#include "sim/net/tcp.hpp"

namespace sim {

using kev::Instant;

namespace {

constexpr std::uint32_t duplicates_to_repair = 3;  // tcp_reordering
constexpr std::uint32_t max_burst = 3;

}  // namespace

void TcpEndpoint::process_ack(const Segment& segment) {
  const std::uint64_t before = out_.una;
  // Of something never sent, or older than what is known: says nothing.
  if (segment.ack > out_.next || segment.ack < before) return;
  const std::uint32_t flying = in_flight();
  const bool anything_sent = queue_.sent() != 0;
  const bool window_changed = update_window(segment);
  out_.una = segment.ack;
  probes_ = 0;
  if (!anything_sent) {
    if (!queue_.has_unsent()) return;
    if (queue_.first_unsent().end() <= out_.una + out_.window) {
      backoff_ = 0;
      stop_retransmit();
    } else {
      arm_probe();
    }
    return;
  }

  AckNews news;
  news.delivered_before = delivered_;
  news.lost_before = lost_ever_;
  const std::uint32_t acked = drop_acknowledged(segment);
  const bool advanced = out_.una > before;
  if (advanced) resends_ = 0;
  news.acked = acked;
  news.advanced = advanced;
  const bool reports_early = mark_sacked(segment) != 0;
  news.duplicate = reports_early || (!advanced && segment.payload == 0 && !window_changed);
  news.false_alarm = advanced && is_false_alarm(segment);
  if (acked != 0) {
    const AckSample sample{acked, flying, host_.now(), last_rtt_, out_.una, out_.next};
    if (congestion_->on_sample != nullptr) congestion_->on_sample(window_, sample);
    if (recovery_ != Recovery::repairing) congestion_->on_ack(window_, sample);
  }
  if (news.duplicate || recovery_ != Recovery::open) repair(news);
}

/// True when the segment changed the window; an old segment may not.
bool TcpEndpoint::update_window(const Segment& segment) {
  const bool newer = segment.ack > out_.una || segment.seq > out_.window_seq ||
                     (segment.seq == out_.window_seq && segment.window > out_.window);
  if (!newer) return false;
  out_.window_seq = segment.seq;
  if (segment.window == out_.window) return false;
  out_.window = segment.window;
  out_.max_window = std::max(out_.max_window, out_.window);
  return true;
}

/// Drops the segments that are acknowledged as a whole; returns how many.
std::uint32_t TcpEndpoint::drop_acknowledged(const Segment& segment) {
  last_rtt_ = kev::Duration(0);
  std::uint32_t acked = 0;
  bool never_resent = true;
  Instant sent_at;
  while (queue_.sent() != 0 && queue_[0].end() <= out_.una) {
    const QueuedSegment& first = queue_[0];
    if (first.lost) {
      --lost_;
      if (first.resent) --resent_;
    }
    if (first.sacked)
      --duplicates_;
    else if (options_.sack)
      ++delivered_;
    never_resent = never_resent && !first.ever_resent;
    if (acked == 0) sent_at = first.sent_at;
    queue_.pop_acknowledged();
    ++acked;
  }
  if (acked == 0) return 0;
  // One of them filled a hole; the others were counted as duplicates.
  if (!options_.sack) delivered_ += std::max(acked, duplicates_ + 1) - duplicates_;
  if (!options_.sack) duplicates_ = std::min(duplicates_, queue_.sent() - lost_);
  space_freed_ = true;
  const bool echoed = segment.echo != Segment::no_time;
  if (echoed || never_resent) {
    const Instant since = echoed ? Instant(segment.echo) : sent_at;
    last_rtt_ = host_.now() - since;
    rtt_.sample(last_rtt_, out_.una, out_.next);
    backoff_ = 0;
  }
  if (queue_.sent() == 0)
    stop_retransmit();
  else
    arm_retransmit();
  return acked;
}

// -- repair ---------------------------------------------------------------------------------------

/// What an acknowledgement means that is a duplicate, or comes while not all is well.
void TcpEndpoint::repair(const AckNews& news) {
  if (queue_.sent() == 0) duplicates_ = 0;
  const bool over = recovery_ != Recovery::open && out_.una >= recovery_end_;
  if (over && leave_recovery(news.false_alarm)) return;

  bool next_is_lost = news.duplicate;
  switch (recovery_) {
    case Recovery::loss:
      if (news.false_alarm) {
        undo_loss();
        return;
      }
      moderate_window();
      resend_lost();
      return;
    case Recovery::repairing:
      if (news.advanced) {
        forget_duplicates(news.acked);
        // If the first one was only late, the others probably are too.
        next_is_lost = !news.false_alarm;
        if (news.false_alarm) undo_window(false);
      } else if (news.duplicate) {
        count_duplicate();
      }
      break;
    default:
      if (news.advanced && !options_.sack) duplicates_ = 0;
      if (news.duplicate) count_duplicate();
      if (duplicates_ < duplicates_to_repair) {
        const Recovery now = duplicates_ != 0 ? Recovery::disorder : Recovery::open;
        if (now != recovery_) {
          recovery_ = now;
          recovery_end_ = out_.next;
        }
        moderate_window();
        return;
      }
      start_repair();
      break;
  }
  if (options_.sack)
    mark_lost_below_sacked();
  else if (next_is_lost)
    mark_head_lost();
  reduce_window(news);
  resend_lost();
}

/// Everything up to recovery_end_ has been acknowledged. True: nothing else to do.
bool TcpEndpoint::leave_recovery(bool false_alarm) {
  // Not before something beyond it is: duplicates of the last resent segments would start a false
  // repair (RFC 6582, section 4.1).
  const bool hold = !options_.sack && out_.una == recovery_end_ && recovery_ != Recovery::disorder;
  if (recovery_ == Recovery::repairing && !options_.sack) duplicates_ = 0;
  if (false_alarm) undo_window(true);
  if (hold) {
    moderate_window();
    return true;
  }
  if (recovery_ == Recovery::repairing) {
    const bool exactly = reduces_in_proportion() && undo_.possible;
    window_.size = exactly ? window_.threshold : std::min(window_.size, window_.threshold);
  }
  recovery_ = Recovery::open;
  return false;
}

bool TcpEndpoint::is_false_alarm(const Segment& segment) const {
  return undo_.possible && undo_.resent && segment.echo != Segment::no_time &&
         Instant(segment.echo) < undo_.first_resent;
}

void TcpEndpoint::undo_window(bool completely) {
  if (completely) {
    std::uint32_t before = 2 * window_.threshold;
    if (reduces_in_proportion())
      before = undo_.window;
    else if (congestion_->window_undone != nullptr)
      before = congestion_->window_undone(window_);
    window_.size = std::max(window_.size, before);
    window_.threshold = std::max(window_.threshold, undo_.threshold);
    undo_ = {};
  } else {
    window_.size = std::max(window_.size, window_.threshold);
  }
  moderate_window();
}

/// The timeout came too early. The state stays until all that was in flight then is acknowledged.
void TcpEndpoint::undo_loss() {
  for (std::uint32_t i = 0; i < queue_.sent(); ++i) queue_[i].lost = queue_[i].resent = false;
  lost_ = resent_ = 0;
  undo_window(true);
}

void TcpEndpoint::start_repair() {
  ++stats_.recoveries;
  recovery_ = Recovery::repairing;
  recovery_end_ = out_.next;
  undo_ = {};
  undo_.possible = true;
  undo_.threshold = window_.threshold;
  undo_.window = window_.size;
  reduction_.begin(window_.size);
  window_.threshold = congestion_->threshold_after_loss(window_);
  window_.count = 0;
}

void TcpEndpoint::reduce_window(const AckNews& news) {
  if (!reduces_in_proportion()) return halve_rate(window_, in_flight(), congestion_->floor);
  const auto delivered = static_cast<std::uint32_t>(delivered_ - news.delivered_before);
  const bool progress = news.advanced && lost_ever_ == news.lost_before;
  reduction_.reduce(window_, {in_flight(), delivered, progress});
}

/// tcp_moderate_cwnd, gone since Linux 4.6.
void TcpEndpoint::moderate_window() {
  if (reduces_in_proportion()) return;
  window_.size = std::min(window_.size, in_flight() + max_burst);
}

void TcpEndpoint::mark_head_lost() {
  if (queue_.sent() == 0 || queue_[0].lost) return;
  queue_[0].lost = true;
  ++lost_;
  ++lost_ever_;
  limit_duplicates();
}

/// Notes what the receiver reports; returns how many segments are new in it.
std::uint32_t TcpEndpoint::mark_sacked(const Segment& segment) {
  std::uint32_t news = 0;
  for (std::uint32_t i = 0; i < segment.sack_count && options_.sack; ++i) {
    const SackBlock& block = segment.sack[i];
    std::uint32_t low = 0;
    std::uint32_t high = queue_.sent();
    while (low < high) {
      const std::uint32_t middle = (low + high) / 2;
      if (queue_[middle].seq < block.begin)
        low = middle + 1;
      else
        high = middle;
    }
    for (; low < queue_.sent() && queue_[low].end() <= block.end; ++low) {
      QueuedSegment& early = queue_[low];
      if (early.sacked) continue;
      early.sacked = true;
      if (early.lost) --lost_;
      if (early.lost && early.resent) --resent_;
      early.lost = early.resent = false;
      ++duplicates_;
      ++delivered_;
      ++news;
    }
  }
  return news;
}

void TcpEndpoint::mark_lost_below_sacked() {
  std::uint32_t beyond = 0;
  for (std::uint32_t i = queue_.sent(); i-- != 0;) {
    QueuedSegment& segment = queue_[i];
    if (segment.sacked) {
      ++beyond;
    } else if (beyond >= duplicates_to_repair && !segment.lost) {
      segment.lost = true;
      ++lost_;
      ++lost_ever_;
    }
  }
}

void TcpEndpoint::resend_lost() {
  for (std::uint32_t i = 0; i < queue_.sent() && resent_ < lost_; ++i) {
    QueuedSegment& segment = queue_[i];
    if (!segment.lost || segment.resent) continue;
    if (in_flight() >= window_.size) return;
    // The receiver may have shrunk its window: only the first byte is always welcome.
    if (segment.seq >= out_.una + out_.window && segment.seq != out_.una) return;
    resend(segment, TcpResend::recovery);
  }
}

void TcpEndpoint::count_duplicate() {
  if (options_.sack) return;
  ++duplicates_;
  ++delivered_;
  limit_duplicates();
}

/// At least one of the segments in flight has not arrived, else it would be acknowledged.
void TcpEndpoint::limit_duplicates() {
  if (options_.sack) return;
  const std::uint32_t holes = std::min(std::max(lost_, 1U), queue_.sent());
  duplicates_ = std::min(duplicates_, queue_.sent() - holes);
}

/// Of the acknowledged segments one filled the hole; the others were counted as duplicates.
void TcpEndpoint::forget_duplicates(std::uint32_t acked) {
  if (options_.sack) return;
  if (acked > 1) duplicates_ -= std::min(acked - 1, duplicates_);
  limit_duplicates();
}

void TcpEndpoint::enter_loss() {
  const bool new_loss = recovery_ == Recovery::open || recovery_ == Recovery::disorder ||
                        out_.una == recovery_end_ || (recovery_ == Recovery::loss && resends_ == 0);
  if (new_loss) {
    undo_ = {};
    undo_.possible = true;
    undo_.threshold = window_.threshold;
    undo_.window = window_.size;
    window_.threshold = congestion_->threshold_after_loss(window_);
  }
  window_.size = 1;
  window_.count = 0;
  duplicates_ = resent_ = lost_ = 0;
  for (std::uint32_t i = 0; i < queue_.sent(); ++i) {
    queue_[i].lost = !queue_[i].sacked;
    queue_[i].resent = false;
    ++(queue_[i].sacked ? duplicates_ : lost_);
  }
  recovery_ = Recovery::loss;
  recovery_end_ = out_.next;
  if (congestion_->on_timeout != nullptr) congestion_->on_timeout(window_, host_.now(), out_.next);
}

}  // namespace sim
