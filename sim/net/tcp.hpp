#pragma once
// One end of a TCP connection: the protocol machine of Linux 2.6.18, without the kernel around it.
//
// Modelled: three-way handshake, segmentation by MSS with Nagle's rule and corking, delayed and
// quick acknowledgements, receive window with silly window avoidance and slow opening, zero-window
// probes, timestamps, slow start, congestion avoidance, fast retransmit, NewReno recovery with rate
// halving or reduction in proportion (repair_window.hpp), limited transmit, false repairs found by
// timestamps and undone (Eifel), retransmission timeout with backoff, idle restart, FIN and RST,
// half-close. Selective acknowledgements with loss recovery by counting (RFC 6675), tail loss
// probes (RFC 8985, section 7), urgent data, bursts for segmentation offload, receive buffer
// autotuning. What differs between kernels: net_stack.hpp. Not modelled: ECN, F-RTO, RACK,
// keepalive. RFCs 793, 1122, 1323, 2018, 2861, 2988, 3042, 3390, 3522, 5681, 6298, 6582, 6675,
// 6937.
//
// Sequence numbers start at 0 for the SYN; the first byte of a stream is number 1.
// Requires: one caller at a time; the host serialises (by the socket lock, or by being the engine).
// Errors: a broken connection leaves a positive errno in error(), as sk_err.
//
// Code: tcp_state.cpp (opening, closing), tcp_input.cpp (arriving data, acknowledging it),
// tcp_ack.cpp (arriving acknowledgements, loss recovery), tcp_output.cpp, tcp_timer.cpp.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/net/receive_queue.hpp"
#include "sim/net/repair_window.hpp"
#include "sim/net/send_queue.hpp"
#include "sim/net/tcp_host.hpp"

namespace sim {

/// What to do with a last segment that is not full.
enum class PushMode : std::uint8_t {
  normal,  ///< Nagle's rule, unless corked
  more,    ///< more data follows at once: wait for it (MSG_MORE)
  now,     ///< send it
};

class TcpEndpoint {
 public:
  TcpEndpoint(TcpHost& host, SegmentPool& pool) : host_(host), early_(pool) {}
  TcpEndpoint(const TcpEndpoint&) = delete;
  TcpEndpoint& operator=(const TcpEndpoint&) = delete;

  /// Becomes a new, closed endpoint. Requires: closed, purged.
  void reset(const TcpOptions& options);
  /// Gives back everything it holds: page references and segments.
  void purge();

  // -- opening and closing ------------------------------------------------------------------------
  void connect();
  /// Answers a SYN.
  void accept(const Segment& syn);
  /// Ends our stream, after what is queued (shutdown(SHUT_WR)).
  void shutdown_send();
  /// What still arrives stays readable, but reading says end of stream (shutdown(SHUT_RD)).
  void shutdown_receive() { receive_shutdown_ = true; }
  /// No process has it any more (close): FIN, or RST when something was left unread.
  void close();
  /// RST.
  void abort();
  /// No process has it any more, and the other side is told so by RST (SO_LINGER of 0).
  void close_with_reset();
  /// Ends without telling anybody: what comes later finds no connection.
  void drop();

  // -- events -------------------------------------------------------------------------------------
  /// Takes over the segment.
  void receive(Segment& segment);
  void on_timer(TcpTimer timer);
  /// The delayed acknowledgement's time came while the owner was busy: at the next occasion.
  void block_delayed_ack() { acking_.blocked = true; }

  // -- sending ------------------------------------------------------------------------------------
  [[nodiscard]] bool can_send() const {
    return state_ == TcpState::established || state_ == TcpState::close_wait;
  }
  /// The next append begins a new segment: the moment to ask has_memory().
  [[nodiscard]] bool needs_segment() const { return queue_.needs_segment(mss(), size_goal()); }
  /// sk_stream_memory_free: less than the buffer is charged, and not too much waits to be sent; the
  /// last segment may exceed it.
  [[nodiscard]] bool has_memory() const {
    return queue_.charged_bytes() < send_buffer_ && unsent_bytes() < options_.unsent_low_water;
  }
  /// Not more than half of the largest window the receiver ever had: it would wait for the rest.
  [[nodiscard]] std::uint32_t mss() const {
    const bool bound = out_.max_window > 536 && options_.mss > out_.max_window / 2;
    return bound ? out_.max_window / 2 : options_.mss;
  }
  /// The last byte appended is urgent (MSG_OOB).
  void mark_urgent() { out_.urgent_end = queue_.write_seq(); }
  /// Appends to at most one segment, sends nothing; returns how many bytes it took.
  std::uint32_t append_page(const PageFrag& frag, std::uint32_t offset, std::uint32_t length);
  std::uint32_t append_message(const ContentRun& run);
  /// After an append that is not the last: sends a segment that became full.
  void push_full();
  /// After the last append.
  void push(PushMode mode);
  void set_cork(bool corked);
  void set_nodelay(bool nodelay);

  /// The 1/3 rule of sk_stream_write_space: what is free is at least half of what is used.
  [[nodiscard]] bool writable() const {
    const std::uint32_t used = queue_.charged_bytes();
    return used <= send_buffer_ && send_buffer_ - used >= used / 2 &&
           unsent_bytes() < options_.unsent_low_water;
  }
  [[nodiscard]] std::uint32_t unsent_bytes() const {
    return static_cast<std::uint32_t>(queue_.write_seq() - std::min(queue_.write_seq(), out_.next));
  }
  /// Appended and not acknowledged (SIOCOUTQ).
  [[nodiscard]] std::uint32_t unacknowledged_bytes() const {
    return static_cast<std::uint32_t>(queue_.write_seq() - std::min(queue_.write_seq(), out_.una));
  }
  /// Grows with the congestion window, unless that is what holds the sender (tcp_new_space).
  void grow_send_buffer();

  // -- receiving ----------------------------------------------------------------------------------
  [[nodiscard]] std::uint32_t readable_bytes() const { return received_.bytes(); }
  /// Takes up to `max_bytes` out, not beyond an urgent byte, which is left out of the stream.
  std::uint32_t read(std::vector<ContentRun>& runs, std::uint32_t max_bytes);
  /// The same bytes, left where they are (MSG_PEEK).
  std::uint32_t peek(std::vector<ContentRun>& runs, std::uint32_t max_bytes) const {
    return received_.peek(runs, max_bytes);
  }
  /// There is an urgent byte to be taken (POLLPRI).
  [[nodiscard]] bool has_urgent() const { return urgent_.state == Urgent::State::valid; }
  /// Takes the urgent byte (MSG_OOB); false when there is none.
  bool read_urgent(std::vector<ContentRun>& runs);
  /// Enough to say "readable": the low-water mark, not counting an urgent byte.
  [[nodiscard]] bool worth_reading() const;
  /// The reader took `bytes`, perhaps none: acknowledges what was held back, announces a window
  /// that has opened (tcp_cleanup_rbuf).
  void after_read(std::uint32_t bytes);

  // -- state --------------------------------------------------------------------------------------
  [[nodiscard]] TcpState state() const { return state_; }
  /// Positive errno, 0 when there is none.
  [[nodiscard]] int error() const { return error_; }
  int take_error();
  [[nodiscard]] bool send_is_shut() const { return send_shutdown_; }
  [[nodiscard]] bool receive_is_shut() const { return receive_shutdown_; }
  /// The other side's stream has ended (SOCK_DONE).
  [[nodiscard]] bool stream_ended() const { return done_; }
  [[nodiscard]] bool orphaned() const { return orphaned_; }
  /// Next to be sent, next expected: what answers in TIME_WAIT need.
  [[nodiscard]] std::uint64_t send_next() const { return out_.next; }
  [[nodiscard]] std::uint64_t receive_next() const { return in_.next; }
  [[nodiscard]] std::uint64_t unacknowledged() const { return out_.una; }

  [[nodiscard]] const TcpOptions& options() const { return options_; }
  [[nodiscard]] const NetStack& stack() const { return *stack_; }
  [[nodiscard]] const TcpStats& stats() const { return stats_; }
  [[nodiscard]] const SendQueue& send_queue() const { return queue_; }
  [[nodiscard]] const CongestionWindow& congestion_window() const { return window_; }
  [[nodiscard]] const RttEstimator& rtt() const { return rtt_; }
  [[nodiscard]] std::uint32_t send_buffer() const { return send_buffer_; }
  [[nodiscard]] std::uint32_t receive_buffer() const { return in_.buffer; }
  /// SO_SNDBUF, SO_RCVBUF: the size, already doubled, from now on fixed.
  void fix_send_buffer(std::uint32_t bytes);
  void fix_receive_buffer(std::uint32_t bytes);
  void set_receive_low_water(std::uint32_t bytes) { options_.receive_low_water = bytes; }
  void set_unsent_low_water(std::uint32_t bytes) { options_.unsent_low_water = bytes; }
  [[nodiscard]] std::uint32_t peer_window() const { return out_.window; }
  [[nodiscard]] int syn_ack_resends() const { return state_ == TcpState::syn_recv ? resends_ : 0; }

 private:
  /// Our stream.
  struct Outgoing {
    std::uint64_t una = 0;         ///< first byte not acknowledged
    std::uint64_t next = 0;        ///< first byte not sent
    std::uint64_t window_seq = 0;  ///< segment that last changed the window (SND.WL1)
    std::uint64_t last_small = 0;  ///< end of the last small segment (Minshall's Nagle)
    std::uint64_t pushed = 0;      ///< stream was marked for pushing up to here
    std::uint64_t urgent_end = 0;  ///< after the last urgent byte (snd_up)
    std::uint32_t window = 0;      ///< what the receiver takes, from una
    std::uint32_t max_window = 0;
    kev::Instant last_data;  ///< when data was last sent
    bool nodelay = false;
    bool corked = false;
  };
  /// The other side's stream.
  struct Incoming {
    std::uint64_t next = 0;            ///< first byte not received
    std::uint64_t copied = 0;          ///< first byte not read
    std::uint32_t buffer = 0;          ///< bytes that may be charged (sk_rcvbuf)
    std::uint32_t share_256 = 128;     ///< of the buffer that is window, in 1/256 (scaling_ratio)
    std::uint64_t window_base = 0;     ///< next, when the window was last announced (rcv_wup)
    std::uint32_t window = 0;          ///< announced then
    std::uint32_t window_limit = 0;    ///< slowly opened (rcv_ssthresh)
    std::uint32_t window_clamp = 0;    ///< never more
    unsigned scale = 0;                ///< the window is announced in units of 2^scale
    std::uint32_t segment_size = 536;  ///< estimate of the sender's MSS (rcv_mss)
    std::uint32_t last_small_segment = 0;
    std::int64_t timestamp = Segment::no_time;  ///< to be echoed
  };
  /// Acknowledgements that we owe.
  struct Acking {
    bool scheduled = false;
    bool timer = false;
    bool blocked = false;              ///< the timer ran out while the owner was busy
    bool interactive = false;          ///< data flows both ways (pingpong)
    std::uint32_t quick = 0;           ///< so many are sent at once
    std::uint32_t small_segments = 0;  ///< received since the last one, counted to 2
    kev::Duration delay{0};            ///< estimated (ato)
    kev::Instant due;
    kev::Instant last_data;  ///< when data last came
  };
  /// The urgent byte that was announced last (tcp_urg).
  struct Urgent {
    enum class State : std::uint8_t { none, awaited, valid, read } state = State::none;
    std::uint64_t seq = 0;
    ContentRun content;
  };
  /// How fast the reader reads, for the size of the buffer (rcvq_space, rcv_rtt_est).
  struct Reading {
    kev::Instant since;
    std::uint64_t from = 0;   ///< first byte of this round trip
    std::uint32_t bytes = 0;  ///< read in the best one so far; twice of it if RightSizing::doubled
    std::int64_t rtt8 = 0;    ///< 8 times the round trip as the receiver sees it, ns
    std::int64_t last_echo = Segment::no_time;
  };
  enum class Recovery : std::uint8_t { open, disorder, repairing, loss };
  /// What to go back to when the repair turns out to have been for nothing.
  struct Undo {
    bool possible = false;
    bool resent = false;  ///< something has been sent again
    kev::Instant first_resent;
    std::uint32_t threshold = 0;
    std::uint32_t window = 0;
  };

  // tcp_state.cpp
  void set_state(TcpState state);
  void establish();
  void start_receive_window();
  void receive_syn_sent(Segment& segment);
  void receive_connected(Segment& segment);
  bool receive_handshake_ack(const Segment& segment);
  void after_fin_acknowledged();
  void on_fin();
  void on_reset();
  void fail(int error);
  void finish();
  void enter_time_wait();
  void queue_fin();

  // tcp_input.cpp
  [[nodiscard]] bool acceptable(const Segment& segment) const;
  [[nodiscard]] std::uint32_t receive_window() const;
  [[nodiscard]] std::uint32_t usable_receive_window() const;
  [[nodiscard]] std::uint32_t window_of(std::uint64_t memory) const;
  [[nodiscard]] std::uint32_t receive_memory() const;
  [[nodiscard]] std::uint32_t window_space() const;
  [[nodiscard]] std::uint32_t full_window_space() const;
  void measure_share(std::uint32_t bytes);
  void open_window(std::uint32_t bytes);
  void measure_receive_rtt(const Segment& segment);
  [[nodiscard]] std::uint64_t memory_of_window(std::uint64_t window) const;
  void tune_receive_buffer();
  void note_urgent(const Segment& segment);
  void take_urgent(const Segment& segment);
  std::uint32_t announce_window();
  bool takes_data(const Segment& segment);
  void queue_data(Segment& segment);
  void take_in_order(Segment& segment);
  void on_data(std::uint32_t bytes);
  void measure_segment_size(std::uint32_t bytes);
  void quick_acks();
  void be_quick();
  void schedule_ack() { acking_.scheduled = true; }
  void check_ack();
  void delay_ack();
  void ack_was_sent();
  void acknowledge_stray(const Segment& segment);

  // tcp_ack.cpp
  /// What an acknowledgement says.
  struct AckNews {
    bool duplicate = false;  ///< of what is known, or it reports data that came early
    bool advanced = false;
    bool false_alarm = false;  ///< it answers what was sent before the repair began
    std::uint32_t acked = 0;   ///< segments
    std::uint64_t delivered_before = 0;
    std::uint64_t lost_before = 0;
  };
  void process_ack(const Segment& segment);
  bool update_window(const Segment& segment);
  std::uint32_t drop_acknowledged(const Segment& segment);
  void repair(const AckNews& news);
  bool leave_recovery(bool false_alarm);
  void undo_loss();
  void undo_window(bool completely);
  [[nodiscard]] bool is_false_alarm(const Segment& segment) const;
  void start_repair();
  void reduce_window(const AckNews& news);
  [[nodiscard]] bool reduces_in_proportion() const {
    return stack_->repair_window == RepairWindow::proportional &&
           congestion_->repair_by == RepairBy::stack;
  }
  void moderate_window();
  void mark_head_lost();
  std::uint32_t mark_sacked(const Segment& segment);
  void mark_lost_below_sacked();
  void resend_lost();
  void count_duplicate();
  void limit_duplicates();
  void forget_duplicates(std::uint32_t acked);
  void enter_loss();
  [[nodiscard]] std::uint32_t in_flight() const {
    return queue_.sent() - duplicates_ - lost_ + resent_;
  }

  // tcp_output.cpp
  void write_pending(PushMode mode);
  bool held_by_nagle(const QueuedSegment& segment, PushMode mode) const;
  [[nodiscard]] std::uint32_t burst_length(PushMode mode);
  void merge_unsent();
  [[nodiscard]] std::uint32_t size_goal() const;
  [[nodiscard]] std::uint32_t segment_memory() const;
  void transmit_queued(std::uint32_t count);
  void mark_urgent_byte(Segment& packet) const;
  void resend(QueuedSegment& segment, TcpResend reason);
  Segment& make_segment(std::uint64_t seq, std::uint8_t flags);
  void add_sack_blocks(Segment& segment) const;
  void transmit(Segment& segment);
  void send_ack();
  void send_syn(bool again);
  void send_reset();
  void check_probe_timer();
  void check_space();
  void restart_after_idle();

  // tcp_timer.cpp
  void arm_retransmit();
  void arm_probe();
  void stop_retransmit();
  void on_retransmit_timer();
  void on_probe_timer();
  [[nodiscard]] bool wants_tail_probe() const;
  [[nodiscard]] kev::Duration tail_probe_timeout() const;
  void on_tail_probe_timer();
  void on_delayed_ack_timer();
  void resend_handshake();
  void wake_window();
  [[nodiscard]] kev::Duration backed_off_timeout() const;

  TcpHost& host_;
  TcpOptions options_;
  const CongestionControl* congestion_ = nullptr;
  const NetStack* stack_ = nullptr;
  TcpState state_ = TcpState::closed;
  bool send_shutdown_ = false;
  bool receive_shutdown_ = false;
  bool done_ = false;
  bool orphaned_ = false;
  int error_ = 0;

  Outgoing out_;
  Incoming in_;
  Acking acking_;
  Urgent urgent_;
  Reading reading_;
  SendQueue queue_;
  RunQueue received_;
  ReorderQueue early_;
  SackBlocks early_blocks_;
  std::uint32_t send_buffer_ = 0;
  bool space_freed_ = false;

  CongestionWindow window_;
  RttEstimator rtt_{RttEstimator::Limits{}};
  kev::Duration last_rtt_{0};  ///< measured by the acknowledgement at hand; 0: none
  Recovery recovery_ = Recovery::open;
  Undo undo_;
  std::uint64_t recovery_end_ = 0;  ///< repaired when this is acknowledged (high_seq)
  std::uint32_t duplicates_ = 0;    ///< segments that have arrived early, as acknowledgements say
  std::uint32_t lost_ = 0;          ///< segments deemed lost
  std::uint32_t resent_ = 0;        ///< of these, sent again
  std::uint64_t delivered_ = 0;     ///< segments that have arrived, as acknowledgements say
  std::uint64_t lost_ever_ = 0;     ///< segments that were found lost in repairs
  ProportionalReduction reduction_;

  bool retransmit_armed_ = false;
  bool probe_armed_ = false;
  bool tail_probe_armed_ = false;  ///< the retransmission timer stands for a tail loss probe
  std::uint64_t tail_probed_ = 0;  ///< sent up to here when the last one went out
  int backoff_ = 0;
  int resends_ = 0;  ///< timeouts since something was acknowledged
  int probes_ = 0;
  TcpStats stats_;
};

}  // namespace sim
