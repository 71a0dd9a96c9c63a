#pragma once
// A full-duplex link: two directions, each with a rate, a propagation delay, and a queue before the
// transmitter that drops what does not fit (tail drop, counted in packets like Linux' pfifo).
//
// A packet that is sent costs one engine event, at its arrival: when it will have left is known
// when it is queued. Frames are counted as on Ethernet: 38 bytes around the IP packet (preamble 8,
// header 14, check sequence 4, gap 12), and an IP packet of at least 46 bytes. Random loss is drawn
// from a stream. What netem can do besides comes before the queue (netem.hpp), each direction on
// its own. In exploration nothing is drawn: whether a packet is lost, corrupted, doubled or
// overtakes is a choice, for each packet of a link that may do so, after the queue; jitter and
// netem's own queue are left out. A script drops or delays single packets by their number, which
// also reorders. A piece of several segments (segmentation offload) is queued, lost and delayed as
// one packet and cut up at its arrival. Faults (sim/faults/fault_network.cpp) strike what has left
// the queue; a packet's target is its direction: 0 to the server, 1 to the clients. While a
// partition lasts nothing gets through. A queue may have a limit of its own and share memory with
// others (sim/net/switch.hpp).
//
// Invariants: packets of one direction leave in the order sent. The serialisation times add up
// exactly: what is below a nanosecond is carried to the next packet of a busy period.

#include <array>
#include <cstdint>
#include <vector>

#include "sim/engine/engine.hpp"
#include "sim/engine/random.hpp"
#include "sim/faults/faults.hpp"
#include "sim/net/netem.hpp"
#include "sim/net/ring.hpp"
#include "sim/net/segment.hpp"
#include "sim/schedule/choice.hpp"
#include "sim/trace/recorder.hpp"

namespace sim {

enum class LinkDirection : std::uint8_t { to_server, to_client };

struct LinkOptions {
  std::int64_t rate_bits_per_s = 1'000'000'000;  ///< 0: sending takes no time
  kev::Duration rtt{200'000};                    ///< there and back, without sending times
  std::uint32_t queue_packets = 1000;            ///< waiting behind the one that is being sent
  double loss = 0;                               ///< probability for each packet, both directions
  NetemOptions netem;
  std::uint32_t frame_bytes = 38;       ///< around each IP packet
  std::uint32_t min_packet_bytes = 46;  ///< shorter IP packets are padded
  std::uint32_t number = 0;             ///< in traces: 0 is the server's
};

struct LinkStats {
  std::int64_t packets = 0;        ///< that arrived or will
  std::int64_t wire_bytes = 0;     ///< frames sent, lost ones included
  std::int64_t payload_bytes = 0;  ///< TCP payload sent, lost ones included
  std::int64_t queue_drops = 0;
  std::int64_t losses = 0;
};

/// What shall happen to the packet of that number (from 0, counted when it is sent).
struct LinkScriptStep {
  std::uint64_t packet = 0;
  bool drop = true;
  kev::Duration extra_delay{0};
};

/// Why a packet did not arrive: the "reason" of link.drop.
enum class LinkDrop : std::uint8_t { queue, loss, script, receive_ring, corruption, partition };

class PacketMemory;

class Link {
 public:
  /// explore: loss is asked of the chooser, not drawn.
  Link(Engine& engine, Recorder& recorder, Chooser& chooser, SegmentPool& pool, Random loss,
       const LinkOptions& options, bool explore);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Who receives in that direction.
  void connect(LinkDirection direction, SegmentSink& sink) { lane(direction).sink = &sink; }
  /// For the queue of one direction, instead of what the options say; `memory` outlives the link.
  void limit_queue(LinkDirection direction, std::uint32_t packets, PacketMemory* memory);
  /// Takes over the segment. Requires: connected.
  void send(LinkDirection direction, Segment& segment);
  /// Asked for each packet; must outlive the link.
  void set_faults(Faults& faults) { faults_ = &faults; }
  /// Steps in order of packet numbers.
  void script(LinkDirection direction, std::vector<LinkScriptStep> steps);

  [[nodiscard]] const LinkOptions& options() const { return options_; }
  [[nodiscard]] const LinkStats& stats(LinkDirection direction) const {
    return lane(direction).stats;
  }
  /// Time spent sending until now.
  [[nodiscard]] kev::Duration busy(LinkDirection direction) const;
  /// Packets offered in that direction so far: the next one's number.
  [[nodiscard]] std::uint64_t offered(LinkDirection direction) const {
    return lane(direction).offered;
  }

 private:
  /// Where packets leave netem's queue.
  struct NetemExit final : SegmentSink {
    void on_segment(Segment& segment) override { link->leave_netem(direction, segment); }
    Link* link = nullptr;
    LinkDirection direction = LinkDirection::to_server;
  };

  struct Lane {
    explicit Lane(const Netem& emulation) : netem(emulation) {}
    SegmentSink* sink = nullptr;
    std::uint32_t queue_packets = 0;
    PacketMemory* memory = nullptr;  ///< null: it only counts packets
    LinkStats stats;
    std::uint64_t offered = 0;
    kev::Instant free_at;           ///< when everything queued will have been sent
    kev::Duration sending{0};       ///< all serialisation times, queued packets included
    std::int64_t carried = 0;       ///< below a nanosecond, in units of 1 / rate
    Ring<kev::Instant> departures;  ///< of the packets not yet sent completely
    std::vector<LinkScriptStep> script;
    std::size_t script_at = 0;
    Netem netem;
    NetemExit exit;
  };

  Lane& lane(LinkDirection direction) { return lanes_[static_cast<std::size_t>(direction)]; }
  [[nodiscard]] const Lane& lane(LinkDirection direction) const {
    return lanes_[static_cast<std::size_t>(direction)];
  }
  kev::Duration serialise(Lane& lane, std::int64_t wire_bytes);
  [[nodiscard]] Verdict fate(LinkDirection direction);
  Verdict choose_fate(LinkDirection direction);
  bool emulate(LinkDirection direction, Segment& segment);
  void enter_netem(LinkDirection direction, Segment& segment);
  void leave_netem(LinkDirection direction, Segment& segment);
  [[nodiscard]] static std::int64_t pieces_of(const Segment& segment);
  bool queue_is_full(Lane& lane, std::int64_t packet_bytes);
  void enqueue(LinkDirection direction, Segment& segment);
  bool survives_faults(LinkDirection direction, Segment& segment, kev::Duration& delay);
  bool survives(LinkDirection direction, Segment& segment, Verdict verdict, kev::Duration& delay);
  void deliver(Lane& lane, Segment& segment, kev::Instant at);
  void drop(LinkDirection direction, Segment& segment, LinkDrop reason);

  Engine& engine_;
  Recorder& recorder_;
  Chooser& chooser_;
  SegmentPool& pool_;
  Random loss_;
  LinkOptions options_;
  bool explore_;
  bool emulates_;
  Faults* faults_ = nullptr;
  kev::Instant cut_until_;  ///< a partition lasts
  std::array<Lane, 2> lanes_;
};

}  // namespace sim
