#pragma once
// A TCP segment in flight, and the pool all segments of a network come from.
//
// Sequence numbers are 64 bits wide and start at 0 in every connection, so they never wrap and read
// easily in traces. The payload is a few runs of content (sim/net/content.hpp), at most as many as
// a 2.6.18 sk_buff has fragments (MAX_SKB_FRAGS: 64 KB in 4 KB pages, and two more).
//
// Invariants: a segment has one owner at a time (an endpoint, the link, a receive ring, a backlog);
// who is handed a segment keeps it or gives it back to the pool. The arrival is the segment's own
// event, so sending allocates nothing.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/engine/engine.hpp"
#include "sim/net/content.hpp"
#include "sim/net/sack_blocks.hpp"

namespace sim {

/// Bits of the TCP header.
namespace tcp_flags {
inline constexpr std::uint8_t fin = 0x01;
inline constexpr std::uint8_t syn = 0x02;
inline constexpr std::uint8_t rst = 0x04;
inline constexpr std::uint8_t psh = 0x08;
inline constexpr std::uint8_t ack = 0x10;
inline constexpr std::uint8_t urg = 0x20;
}  // namespace tcp_flags

/// Which connection a segment belongs to: a place in the connection table, and a serial number that
/// is never used twice, so that a late segment cannot hit the place's next user.
/// Of the address it has what a network needs: the client's host.
struct ConnectionKey {
  std::uint32_t slot = 0;
  std::uint32_t serial = 0;  ///< 0: no connection
  std::uint32_t host = 0;
  bool operator==(const ConnectionKey&) const = default;
};

class Segment;

/// Where a link delivers.
class SegmentSink {
 public:
  /// Takes over the segment. Called by the engine.
  virtual void on_segment(Segment& segment) = 0;

 protected:
  ~SegmentSink() = default;
};

class Segment {
 public:
  static constexpr std::size_t max_runs = 18;
  static constexpr std::int64_t no_time = -1;

  Segment() = default;

  std::uint64_t seq = 0;
  std::uint64_t ack = 0;             ///< valid with the ack flag
  std::uint32_t window = 0;          ///< bytes, already scaled
  std::uint32_t payload = 0;         ///< bytes
  std::uint64_t urgent = 0;          ///< valid with the urg flag: the urgent byte's number
  std::int64_t timestamp = no_time;  ///< sender's clock, ns
  std::int64_t echo = no_time;       ///< the receiver's timestamp sent back, ns
  std::array<SackBlock, 3> sack;     ///< the first sack_count of them
  ConnectionKey connection;
  std::uint16_t port = 0;          ///< the server's: for a SYN, which listener
  std::uint16_t header_bytes = 0;  ///< IP and TCP with options
  std::uint16_t piece = 0;         ///< not 0: the device cuts the payload into such pieces
  std::uint8_t flags = 0;
  std::uint8_t sack_count = 0;
  bool local = false;      ///< on the loopback device
  bool to_client = false;  ///< there: for the end that connected
  /// The sender has let go of everything before: on one host, what is not shared any more.
  std::uint64_t freed = 0;
  Segment* next = nullptr;  ///< of its present owner's list

  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
  /// The sequence number after it; SYN and FIN count as one each.
  [[nodiscard]] std::uint64_t end() const {
    return seq + payload + (has(tcp_flags::syn) ? 1 : 0) + (has(tcp_flags::fin) ? 1 : 0);
  }

  [[nodiscard]] std::span<const ContentRun> runs() const { return {runs_.data(), run_count_}; }
  /// Appends content, joined with what is there when it continues it. Counts into payload.
  void add_run(const ContentRun& run);
  /// Cuts bytes off the front of the payload. Requires bytes <= payload.
  void trim_front(std::uint32_t bytes);
  /// Becomes a segment with `bytes` of the other one's payload, from `skip` on.
  void copy_part(const Segment& other, std::uint32_t skip, std::uint32_t bytes);

 private:
  friend class Link;
  friend class SegmentPool;
  void arrive() { destination_->on_segment(*this); }
  void reset();

  SegmentSink* destination_ = nullptr;
  MemberEvent<Segment, &Segment::arrive> arrival_{*this};
  std::uint32_t run_count_ = 0;
  bool pooled_ = true;
  std::array<ContentRun, max_runs> runs_;
};

/// A list of segments in order, through Segment::next.
class SegmentList {
 public:
  [[nodiscard]] bool empty() const { return head_ == nullptr; }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] Segment* front() const { return head_; }
  [[nodiscard]] Segment* back() const { return tail_; }
  void push_back(Segment& segment) {
    segment.next = nullptr;
    (head_ == nullptr ? head_ : tail_->next) = &segment;
    tail_ = &segment;
    ++size_;
  }
  Segment& pop_front() {
    Segment& segment = *head_;
    head_ = segment.next;
    --size_;
    return segment;
  }

 private:
  Segment* head_ = nullptr;
  Segment* tail_ = nullptr;
  std::uint32_t size_ = 0;
};

class SegmentPool {
 public:
  explicit SegmentPool(Engine& engine) : engine_(engine) {}
  ~SegmentPool();
  SegmentPool(const SegmentPool&) = delete;
  SegmentPool& operator=(const SegmentPool&) = delete;

  /// A blank segment.
  Segment& take();
  void give(Segment& segment);
  void give_all(SegmentList& list) {
    while (!list.empty()) give(list.pop_front());
  }
  /// Taken and not given back.
  [[nodiscard]] std::int64_t live() const { return live_; }

 private:
  static constexpr std::size_t block_segments = 64;

  Engine& engine_;
  std::vector<std::unique_ptr<Segment[]>> blocks_;
  Segment* free_ = nullptr;
  std::int64_t live_ = 0;
};

}  // namespace sim
