#pragma once
// One end of a TCP connection: the protocol machine of Linux 2.6.18, without the kernel around it.
//
// Modelled: three-way handshake, segmentation by MSS with Nagle's rule and corking, delayed and
// quick acknowledgements, receive window with silly window avoidance and slow opening, zero-window
// probes, timestamps, slow start, congestion avoidance, fast retransmit, NewReno recovery with rate
// halving, limited transmit, false repairs found by timestamps and undone (Eifel), retransmission
// timeout with backoff, idle restart, FIN and RST, half-close. Not modelled: SACK, ECN, F-RTO,
// keepalive, urgent data, segmentation offload, receive buffer autotuning. RFCs 793, 1122, 1323,
// 2861, 2988, 3042, 3390, 3522, 5681, 6582.
//
// Sequence numbers start at 0 for the SYN; the first byte of a stream is number 1.
// Requires: one caller at a time; the host serialises (by the socket lock, or by being the engine).
// Errors: a broken connection leaves a positive errno in error(), as sk_err.
//
// Code: tcp_state.cpp (opening, closing), tcp_input.cpp (arriving data, acknowledging it),
// tcp_ack.cpp (arriving acknowledgements, loss recovery), tcp_output.cpp, tcp_timer.cpp.

#include <cstdint>
#include <vector>

#include "sim/net/receive_queue.hpp"
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
  [[nodiscard]] bool needs_segment() const { return queue_.needs_segment(options_.mss); }
  /// sk_stream_memory_free: less than the buffer is charged; the last segment may exceed it.
  [[nodiscard]] bool has_memory() const { return queue_.charged_bytes() < send_buffer_; }
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
    return used <= send_buffer_ && send_buffer_ - used >= used / 2;
  }
  /// Grows with the congestion window, unless that is what holds the sender (tcp_new_space).
  void grow_send_buffer();

  // -- receiving ----------------------------------------------------------------------------------
  [[nodiscard]] std::uint32_t readable_bytes() const { return received_.bytes(); }
  std::uint32_t read(std::vector<ContentRun>& runs, std::uint32_t max_bytes) {
    return received_.read(runs, max_bytes);
  }
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
  [[nodiscard]] const TcpStats& stats() const { return stats_; }
  [[nodiscard]] const SendQueue& send_queue() const { return queue_; }
  [[nodiscard]] const CongestionWindow& congestion_window() const { return window_; }
  [[nodiscard]] const RttEstimator& rtt() const { return rtt_; }
  [[nodiscard]] std::uint32_t send_buffer() const { return send_buffer_; }
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
    std::uint32_t window = 0;      ///< what the receiver takes, from una
    std::uint32_t max_window = 0;
    kev::Instant last_data;  ///< when data was last sent
    bool nodelay = false;
    bool corked = false;
  };
  /// The other side's stream.
  struct Incoming {
    std::uint64_t next = 0;            ///< first byte not received
    std::uint64_t window_base = 0;     ///< next, when the window was last announced (rcv_wup)
    std::uint32_t window = 0;          ///< announced then
    std::uint32_t window_limit = 0;    ///< slowly opened (rcv_ssthresh)
    std::uint32_t window_clamp = 0;    ///< never more
    unsigned scale = 0;                ///< the window is announced in units of 2^scale
    std::uint32_t segment_size = 536;  ///< estimate of the sender's MSS (rcv_mss)
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
  enum class Recovery : std::uint8_t { open, disorder, repairing, loss };
  /// What to go back to when the repair turns out to have been for nothing.
  struct Undo {
    bool possible = false;
    bool resent = false;  ///< something has been sent again
    kev::Instant first_resent;
    std::uint32_t threshold = 0;
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
    bool duplicate = false;
    bool advanced = false;
    bool false_alarm = false;  ///< it answers what was sent before the repair began
    std::uint32_t acked = 0;   ///< segments
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
  void reduce_window();
  void moderate_window();
  void mark_head_lost();
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
  void transmit_queued(QueuedSegment& segment);
  void resend(QueuedSegment& segment, TcpResend reason);
  Segment& make_segment(std::uint64_t seq, std::uint8_t flags);
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
  void on_delayed_ack_timer();
  void resend_handshake();
  void wake_window();
  [[nodiscard]] kev::Duration backed_off_timeout() const;

  TcpHost& host_;
  TcpOptions options_;
  const CongestionControl* congestion_ = nullptr;
  TcpState state_ = TcpState::closed;
  bool send_shutdown_ = false;
  bool receive_shutdown_ = false;
  bool done_ = false;
  bool orphaned_ = false;
  int error_ = 0;

  Outgoing out_;
  Incoming in_;
  Acking acking_;
  SendQueue queue_;
  RunQueue received_;
  ReorderQueue early_;
  std::uint32_t send_buffer_ = 0;
  bool space_freed_ = false;

  CongestionWindow window_;
  RttEstimator rtt_{RttEstimator::Limits{}};
  Recovery recovery_ = Recovery::open;
  Undo undo_;
  std::uint64_t recovery_end_ = 0;  ///< repaired when this is acknowledged (high_seq)
  std::uint32_t duplicates_ = 0;    ///< segments that duplicate acknowledgements say have arrived
  std::uint32_t lost_ = 0;          ///< segments deemed lost
  std::uint32_t resent_ = 0;        ///< of these, sent again

  bool retransmit_armed_ = false;
  bool probe_armed_ = false;
  int backoff_ = 0;
  int resends_ = 0;  ///< timeouts since something was acknowledged
  int probes_ = 0;
  TcpStats stats_;
};

}  // namespace sim
