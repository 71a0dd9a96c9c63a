#pragma once
// The bytes a TCP connection still has to send or to see acknowledged: a stream of fragments, cut
// into segments.
//
// A fragment is a part of a page, which the queue only refers to (sendpage), or copied bytes
// (sendmsg). Segments are cut when bytes are appended, as in Linux 2.6.18, up to one MSS each; they
// only say which part of the stream they carry.
//
// Zero copy: what a page holds is asked when a segment is sent, and asked again when it is sent
// once more. One reference to the page is had for each fragment, and given back when the last
// segment that carries a part of it has been acknowledged. Appending more of the same page at the
// end continues the fragment.
//
// Memory is charged as sk_wmem_queued: payload plus an overhead a segment, which the generation of
// the stack decides (net_stack.hpp); slab rounding of copied bytes is not modelled.
// Invariants: segments are contiguous; the first sent() of them have been sent at least once.

#include <cstdint>

#include "model/base/time.hpp"
#include "sim/net/content.hpp"
#include "sim/net/ring.hpp"
#include "sim/net/segment.hpp"

namespace sim {

/// A page as the network sees it. The functions may be called in softirq context and may not sleep.
struct PageFrag {
  void* page = nullptr;
  /// What the page holds there now.
  ContentRun (*content)(void* page, std::uint32_t offset, std::uint32_t length) = nullptr;
  /// Gives one reference back.
  void (*release)(void* page) = nullptr;
  /// Takes one more reference.
  void (*acquire)(void* page) = nullptr;
};

/// What a segment takes of the send buffer besides its payload, as in 2.6.18 (net_stack.cpp).
inline constexpr std::uint32_t segment_overhead_bytes = 512;

/// A segment's part of the stream, and what became of it (names as in RFC 6675).
struct QueuedSegment {
  std::uint64_t seq = 0;
  std::uint32_t length = 0;          ///< payload bytes
  std::uint64_t first_fragment = 0;  ///< number of the fragment it begins in
  std::uint16_t fragments = 0;       ///< how many it touches
  bool fin = false;                  ///< after its payload the stream ends
  bool push = false;
  bool merged = false;       ///< lies in one buffer with the segment before (tcp_grow_skb)
  bool lost = false;         ///< deemed lost, to be sent again
  bool sacked = false;       ///< the receiver has it, out of order
  bool resent = false;       ///< sent again since it was deemed lost
  bool ever_resent = false;  ///< its acknowledgement says nothing about the RTT (Karn)
  kev::Instant sent_at;      ///< the last time

  [[nodiscard]] std::uint64_t end() const { return seq + length + (fin ? 1 : 0); }
};

class SendQueue {
 public:
  SendQueue() = default;
  SendQueue(const SendQueue&) = delete;
  SendQueue& operator=(const SendQueue&) = delete;

  /// Forgets everything and starts a stream with that sequence number. Requires: purged.
  /// `overhead`: bytes charged for a segment besides its payload.
  void start(std::uint64_t seq, std::uint32_t overhead = segment_overhead_bytes);
  /// Gives all page references back and drops all segments.
  void purge();

  // -- appending ----------------------------------------------------------------------------------
  /// The next append must begin a new segment: there is no unsent one, or it is full.
  /// `goal`: what a buffer of several segments may hold.
  [[nodiscard]] bool needs_segment(std::uint32_t mss, std::uint32_t goal = UINT32_MAX) const;
  /// Appends to the last segment, or to a new one; returns how many bytes it took, at least 1.
  std::uint32_t append_page(const PageFrag& frag, std::uint32_t offset, std::uint32_t length,
                            std::uint32_t mss, std::uint32_t goal = UINT32_MAX);
  std::uint32_t append_message(const ContentRun& run, std::uint32_t mss,
                               std::uint32_t goal = UINT32_MAX);
  /// Ends the stream.
  void append_fin();
  /// The sequence number of the next byte appended.
  [[nodiscard]] std::uint64_t write_seq() const { return write_seq_; }

  // -- segments -----------------------------------------------------------------------------------
  [[nodiscard]] std::size_t size() const { return segments_.size(); }
  [[nodiscard]] QueuedSegment& operator[](std::size_t index) { return segments_[index]; }
  [[nodiscard]] const QueuedSegment& operator[](std::size_t index) const {
    return segments_[index];
  }
  [[nodiscard]] QueuedSegment& back() { return segments_.back(); }
  /// Segments sent and not yet acknowledged.
  [[nodiscard]] std::uint32_t sent() const { return sent_; }
  [[nodiscard]] bool has_unsent() const { return sent_ != segments_.size(); }
  [[nodiscard]] QueuedSegment& first_unsent() { return segments_[sent_]; }
  void mark_sent() { ++sent_; }
  /// Puts an unsent segment into the buffer of the one before.
  void merge(std::size_t index);
  /// Drops the first segment, which has been acknowledged.
  void pop_acknowledged();
  /// Cuts an unsent segment after `length` bytes of payload. Requires 0 < length < its length.
  void split(std::size_t index, std::uint32_t length);
  /// Puts the segment's content, as it is now, into a packet.
  void fill(const QueuedSegment& queued, Segment& packet) const;

  /// What is charged to the send buffer.
  [[nodiscard]] std::uint32_t charged_bytes() const { return charged_; }

 private:
  struct Fragment {
    PageFrag page;   ///< no page: copied bytes
    ContentRun run;  ///< copied bytes; of a page only offset and length count
    std::uint64_t seq = 0;
  };

  template <class Extends, class Make>
  std::uint32_t append(std::uint32_t length, std::uint32_t mss, std::uint32_t goal, Extends extends,
                       Make make);
  [[nodiscard]] std::uint32_t last_buffer_bytes() const;
  [[nodiscard]] std::uint32_t charge(const QueuedSegment& segment) const {
    return segment.length + (segment.merged ? 0 : overhead_);
  }
  [[nodiscard]] bool last_continues(const PageFrag& frag, std::uint32_t offset) const;
  [[nodiscard]] bool last_continues(const ContentRun& run) const;
  void release_before(std::uint64_t seq);
  [[nodiscard]] std::size_t last_number() const { return first_number_ + fragments_.size() - 1; }

  Ring<Fragment> fragments_;
  Ring<QueuedSegment> segments_;
  std::uint64_t first_number_ = 0;  ///< number of fragments_.front()
  std::uint64_t write_seq_ = 0;
  std::uint32_t sent_ = 0;
  std::uint32_t charged_ = 0;
  std::uint32_t overhead_ = segment_overhead_bytes;
};

}  // namespace sim
