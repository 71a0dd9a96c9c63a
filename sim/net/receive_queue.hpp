#pragma once
// What a TCP connection has received: bytes in order, waiting to be read, and segments that came
// before their turn.
//
// Bytes in order are kept as runs; neighbours that continue each other are joined, so that a whole
// file in the buffer is one run. Memory is charged by segment (sk_rmem_alloc) and given back when a
// segment has been read to its end.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/net/ring.hpp"
#include "sim/net/segment.hpp"

namespace sim {

class RunQueue {
 public:
  [[nodiscard]] std::uint32_t bytes() const { return bytes_; }
  /// What the segments that are not read to their end take of the receive buffer.
  [[nodiscard]] std::uint32_t charged_bytes() const { return charged_; }
  /// One segment's content, and its overhead. Joined: it becomes part of the segment before it,
  /// and only its bytes are charged (tcp_try_coalesce).
  enum class Charge : std::uint8_t { alone, joined };
  void push(std::span<const ContentRun> runs, std::uint32_t overhead = 0,
            Charge charge = Charge::alone);
  /// Moves up to `max_bytes` to the end of `runs`; returns how many.
  std::uint32_t read(std::vector<ContentRun>& runs, std::uint32_t max_bytes);
  /// Copies them instead.
  std::uint32_t peek(std::vector<ContentRun>& runs, std::uint32_t max_bytes) const;
  void clear();

 private:
  struct Held {
    std::uint32_t unread = 0;
    std::uint32_t charge = 0;
    std::uint32_t segments = 1;
  };
  static constexpr std::uint32_t most_joined = 17;  ///< MAX_SKB_FRAGS

  Ring<ContentRun> runs_;
  Ring<Held> held_;
  std::uint32_t bytes_ = 0;
  std::uint32_t charged_ = 0;
};

/// Segments beyond the next expected byte, by sequence number. They may overlap.
class ReorderQueue {
 public:
  explicit ReorderQueue(SegmentPool& pool) : pool_(pool) {}
  ReorderQueue(const ReorderQueue&) = delete;
  ReorderQueue& operator=(const ReorderQueue&) = delete;

  [[nodiscard]] bool empty() const { return head_ == nullptr; }
  /// Payload held, overlaps counted twice.
  [[nodiscard]] std::uint32_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint32_t segments() const { return segments_; }
  [[nodiscard]] const Segment* first() const { return head_; }
  /// Takes over the segment; gives it back to the pool when another one holds all of it.
  void insert(Segment& segment);
  /// The first segment, if it begins at or before `expected`; the caller takes it over.
  Segment* take_ready(std::uint64_t expected);
  void clear();

 private:
  SegmentPool& pool_;
  Segment* head_ = nullptr;
  Segment* tail_ = nullptr;
  std::uint32_t bytes_ = 0;
  std::uint32_t segments_ = 0;
};

}  // namespace sim
