#pragma once
// One connection's end at a peer: the TCP endpoint with the engine around it. It lives until the
// protocol is through with it, which may be long after its Peer has closed it.
//
// In exploration a peer's timers could run out again and again between two steps of the server: a
// peer needs no CPU to act. So its retransmissions wait until the server has looked at all that
// has arrived.
// What happens is told to the Peer's handler in settle(), after the endpoint has done its work, so
// that the handler may call anything.

#include <memory>
#include <vector>

#include "sim/net/connection_table.hpp"
#include "sim/net/deadline.hpp"
#include "sim/net/link.hpp"
#include "sim/net/peer.hpp"
#include "sim/net/ring.hpp"
#include "sim/net/tcp.hpp"

namespace sim {

class ServerStack;

class PeerConnection final : public TcpHost {
 public:
  explicit PeerConnection(PeerStack& stack);
  PeerConnection(const PeerConnection&) = delete;
  PeerConnection& operator=(const PeerConnection&) = delete;

  void begin(Peer& peer, ConnectionKey key, std::uint16_t port);
  /// Takes over the segment.
  void receive(Segment& segment);

  void send(const ContentRun& run);
  void shutdown_send();
  void close();
  void abort();
  /// The peer's way of reading has changed.
  void reconsider_reading() { settle(); }

  [[nodiscard]] ConnectionKey key() const { return key_; }
  [[nodiscard]] const TcpEndpoint& endpoint() const { return endpoint_; }

  // -- TcpHost ------------------------------------------------------------------------------------
  [[nodiscard]] kev::Instant now() const override;
  Segment& new_segment() override;
  void recycle(Segment& segment) override;
  void transmit(Segment& segment) override;
  void arm(TcpTimer timer, kev::Instant at) override;
  void cancel(TcpTimer timer) override;
  void on_readable() override {}
  void on_reordered() override {}
  void on_space_freed() override { endpoint_.grow_send_buffer(); }
  void on_state_change() override {}
  void on_error() override {}
  void entered(TcpState state) override;
  void resending(const Segment&, TcpResend) override {}

 private:
  friend class PeerStack;
  template <TcpTimer timer>
  static void on_deadline(void* self) {
    static_cast<PeerConnection*>(self)->run_timer(timer);
  }
  void run_timer(TcpTimer timer);
  static void on_read_time(void* self) { static_cast<PeerConnection*>(self)->settle(); }
  Deadline& deadline(TcpTimer timer);

  /// Tells the handler what is new, sends what is queued, and goes when all is over.
  void settle();
  void tell();
  void read();
  void send_queued();
  void detach();

  PeerStack& stack_;
  TcpEndpoint endpoint_;
  Deadline retransmit_;
  Deadline delayed_ack_;
  Deadline fin_wait2_;
  Deadline read_time_;
  Peer* peer_ = nullptr;  ///< null: closed by the peer
  ConnectionKey key_;
  std::uint16_t port_ = 0;
  Ring<ContentRun> unsent_;       ///< beyond the send buffer
  std::vector<ContentRun> runs_;  ///< scratch of read()
  bool told_connected_ = false;
  bool told_end_ = false;
  bool settling_ = false;
  enum class Goodbye : std::uint8_t { none, shutdown, close } goodbye_ = Goodbye::none;
};

/// The connections of one host's peers: the other end of its link.
class PeerStack final : public SegmentSink {
 public:
  struct Place {
    Link& link;
    std::uint32_t host = 0;  ///< its number
  };
  /// `waits_for`: in exploration, the server whose leisure retransmissions wait for; else null.
  PeerStack(Engine& engine, SegmentPool& pool, ConnectionTable& connections, const Place& place,
            const ServerStack* waits_for);
  ~PeerStack();
  PeerStack(const PeerStack&) = delete;
  PeerStack& operator=(const PeerStack&) = delete;

  PeerConnection& open(Peer& peer, std::uint16_t port);
  void close(PeerConnection& connection);
  void on_segment(Segment& segment) override;
  void send(Segment& segment) { place_.link.send(LinkDirection::to_server, segment); }

  [[nodiscard]] Engine& engine() { return engine_; }
  [[nodiscard]] bool must_wait() const;
  [[nodiscard]] SegmentPool& pool() { return pool_; }
  [[nodiscard]] ConnectionTable& connections() { return connections_; }
  [[nodiscard]] std::size_t live() const { return all_.size() - free_.size(); }

 private:
  Engine& engine_;
  SegmentPool& pool_;
  ConnectionTable& connections_;
  Place place_;
  const ServerStack* waits_for_;
  std::vector<std::unique_ptr<PeerConnection>> all_;
  std::vector<PeerConnection*> free_;
};

}  // namespace sim
