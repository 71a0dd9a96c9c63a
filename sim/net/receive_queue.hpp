#pragma once
// What a TCP connection has received: bytes in order, waiting to be read, and segments that came
// before their turn.
//
// Bytes in order are kept as runs; neighbours that continue each other are joined, so that a whole
// file in the buffer is one run.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/net/ring.hpp"
#include "sim/net/segment.hpp"

namespace sim {

class RunQueue {
 public:
  [[nodiscard]] std::uint32_t bytes() const { return bytes_; }
  void push(std::span<const ContentRun> runs);
  /// Moves up to `max_bytes` to the end of `runs`; returns how many.
  std::uint32_t read(std::vector<ContentRun>& runs, std::uint32_t max_bytes);
  void clear();

 private:
  Ring<ContentRun> runs_;
  std::uint32_t bytes_ = 0;
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
};

}  // namespace sim
