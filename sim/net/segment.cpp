#include "sim/net/segment.hpp"

#include <algorithm>

namespace sim {

void Segment::add_run(const ContentRun& run) {
  payload += run.length;
  if (run_count_ != 0 && runs_[run_count_ - 1].continues(run)) {
    runs_[run_count_ - 1].length += run.length;
    return;
  }
  KEV_CHECK(run_count_ < max_runs);
  runs_[run_count_++] = run;
}

void Segment::trim_front(std::uint32_t bytes) {
  KEV_CHECK(bytes <= payload);
  seq += bytes;
  payload -= bytes;
  std::uint32_t gone = 0;
  while (gone < run_count_ && bytes >= runs_[gone].length) bytes -= runs_[gone++].length;
  std::copy(runs_.begin() + gone, runs_.begin() + run_count_, runs_.begin());
  run_count_ -= gone;
  if (bytes == 0) return;
  runs_[0].offset += bytes;
  runs_[0].length -= bytes;
}

void Segment::copy_part(const Segment& other, std::uint32_t skip, std::uint32_t bytes) {
  KEV_CHECK(skip + bytes <= other.payload);
  seq = other.seq + skip;
  ack = other.ack;
  window = other.window;
  urgent = other.urgent;
  timestamp = other.timestamp;
  echo = other.echo;
  sack = other.sack;
  sack_count = other.sack_count;
  connection = other.connection;
  port = other.port;
  header_bytes = other.header_bytes;
  freed = other.freed;
  flags = other.flags;
  // What ends the stream or pushes it belongs to the last byte.
  if (skip + bytes != other.payload)
    flags &= static_cast<std::uint8_t>(~(tcp_flags::fin | tcp_flags::psh));
  for (ContentRun run : other.runs()) {
    if (skip >= run.length) {
      skip -= run.length;
      continue;
    }
    run.offset += skip;
    run.length = std::min(run.length - skip, bytes);
    skip = 0;
    bytes -= run.length;
    if (run.length != 0) add_run(run);
  }
}

void Segment::reset() {
  seq = ack = urgent = freed = 0;
  window = payload = 0;
  timestamp = echo = no_time;
  connection = {};
  port = header_bytes = piece = 0;
  flags = sack_count = 0;
  local = to_client = false;
  next = nullptr;
  destination_ = nullptr;
  run_count_ = 0;
}

SegmentPool::~SegmentPool() {
  for (const auto& block : blocks_)
    for (std::size_t i = 0; i < block_segments; ++i) engine_.cancel(block[i].arrival_);
}

Segment& SegmentPool::take() {
  if (free_ == nullptr) {
    blocks_.push_back(std::make_unique<Segment[]>(block_segments));
    for (std::size_t i = block_segments; i-- != 0;) {
      Segment& segment = blocks_.back()[i];
      segment.next = free_;
      free_ = &segment;
    }
  }
  Segment& segment = *free_;
  free_ = segment.next;
  segment.reset();
  segment.pooled_ = false;
  ++live_;
  return segment;
}

void SegmentPool::give(Segment& segment) {
  KEV_CHECK(!segment.pooled_);
  KEV_CHECK(!segment.arrival_.pending());
  segment.pooled_ = true;
  segment.next = free_;
  free_ = &segment;
  --live_;
}

}  // namespace sim
