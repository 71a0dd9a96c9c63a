#pragma once
// What surrounds a TCP endpoint: its options, its timers, and the host that transmits for it and
// listens to it. The endpoint (sim/net/tcp.hpp) depends on nothing else, so that it runs both
// inside the simulated kernel (sim/net/sock.hpp) and as a remote peer that costs no CPU
// (peer_connection.hpp).

#include <cstdint>

#include "model/base/time.hpp"
#include "sim/net/congestion.hpp"
#include "sim/net/net_stack.hpp"
#include "sim/net/rtt.hpp"
#include "sim/net/segment.hpp"

namespace sim {

/// The states of RFC 793, with the numbers that Linux gives them.
enum class TcpState : std::uint8_t {
  established = 1,
  syn_sent,
  syn_recv,
  fin_wait1,
  fin_wait2,
  time_wait,
  closed,
  close_wait,
  last_ack,
  listen,
  closing,
};

enum class TcpTimer : std::uint8_t {
  retransmit,  ///< or window probe: there is never need for both
  delayed_ack,
  fin_wait2,  ///< gives up waiting for the FIN of the other side
};
inline constexpr std::size_t tcp_timer_count = 3;

/// Why a segment is sent again: the "reason" of tcp.retransmit.
enum class TcpResend : std::uint8_t { timeout, recovery, handshake, tail_probe };

/// Defaults: Linux 2.6.18 with its standard sysctl values; tcp_options() gives those of others.
struct TcpOptions {
  const NetStack* stack = nullptr;              ///< nullptr: the first row
  std::uint32_t mss = 1448;                     ///< payload bytes of a full segment
  bool timestamps = true;                       ///< RFC 1323: RTT from echoes; 12 header bytes more
  std::uint32_t send_buffer = 16384;            ///< bytes charged at most (tcp_wmem default)
  std::uint32_t send_buffer_max = 4'194'304;    ///< how far it grows by itself (tcp_wmem max)
  std::uint32_t receive_buffer = 87380;         ///< tcp_rmem default
  std::uint32_t receive_buffer_max = 0;         ///< how far it grows by itself; 0: not at all
  std::uint32_t receive_low_water = 1;          ///< SO_RCVLOWAT
  std::uint32_t unsent_low_water = UINT32_MAX;  ///< TCP_NOTSENT_LOWAT
  bool sack = false;                            ///< RFC 2018; both ends must have it
  std::uint32_t initial_window = 0;             ///< segments; 0: RFC 3390
  const CongestionControl* congestion = nullptr;  ///< nullptr: the first row
  RttEstimator::Limits rtt;
  int syn_retries = 5;
  int syn_ack_retries = 5;
  int retries = 15;        ///< tcp_retries2
  int orphan_retries = 8;  ///< when no process has the socket any more
  kev::Duration delayed_ack_min{40'000'000};
  kev::Duration delayed_ack_max{200'000'000};
  kev::Duration fin_timeout{60'000'000'000};
};

struct TcpStats {
  std::int64_t segments_sent = 0;
  std::int64_t segments_received = 0;
  std::int64_t bytes_sent = 0;  ///< payload, resent bytes included
  std::int64_t resent = 0;      ///< segments
  std::int64_t timeouts = 0;
  std::int64_t recoveries = 0;  ///< fast retransmits
  std::int64_t probes = 0;
  std::int64_t out_of_order = 0;  ///< segments that came before their turn
};

/// An endpoint's surroundings. Functions called by the endpoint while it works on a segment, a
/// timer or a call; they may spend time, but must not call the endpoint back except where said.
class TcpHost {
 public:
  [[nodiscard]] virtual kev::Instant now() const = 0;
  virtual Segment& new_segment() = 0;
  virtual void recycle(Segment& segment) = 0;
  /// Sends. Takes over the segment.
  virtual void transmit(Segment& segment) = 0;

  /// Starts or moves a timer; when it runs out, the host calls TcpEndpoint::on_timer.
  virtual void arm(TcpTimer timer, kev::Instant at) = 0;
  virtual void cancel(TcpTimer timer) = 0;

  /// There is more to read (Linux: sk_data_ready).
  virtual void on_readable() = 0;
  /// A segment that had come too early is in order now (tcp_ofo_queue).
  virtual void on_reordered() = 0;
  /// Send buffer was freed (tcp_check_space). May call grow_send_buffer and writable.
  virtual void on_space_freed() = 0;
  /// Connected, closed by the other side, or gone (sk_state_change).
  virtual void on_state_change() = 0;
  /// error() says what (sk_error_report).
  virtual void on_error() = 0;

  /// Every change of state, for traces; `closed` is the last one. At `time_wait` the host keeps
  /// what is needed to answer late segments: the endpoint is closed right after.
  virtual void entered(TcpState state) = 0;
  virtual void resending(const Segment& segment, TcpResend reason) = 0;

 protected:
  ~TcpHost() = default;
};

}  // namespace sim
