#include "sim/net/receive_queue.hpp"

#include <algorithm>

namespace sim {

namespace {

void append(std::vector<ContentRun>& runs, const ContentRun& part) {
  if (!runs.empty() && runs.back().continues(part))
    runs.back().length += part.length;
  else
    runs.push_back(part);
}

}  // namespace

void RunQueue::push(std::span<const ContentRun> runs, std::uint32_t overhead, Charge charge) {
  const std::uint32_t before = bytes_;
  for (const ContentRun& run : runs) {
    bytes_ += run.length;
    // A run's length has 32 bits; a receive buffer is far smaller.
    if (!runs_.empty() && runs_.back().continues(run))
      runs_.back().length += run.length;
    else
      runs_.push_back(run);
  }
  const std::uint32_t added = bytes_ - before;
  if (added == 0) return;
  if (charge == Charge::alone || held_.empty() || held_.back().segments == most_joined) {
    held_.push_back({added, added + overhead, 1});
    charged_ += added + overhead;
  } else {
    held_.back().unread += added;
    held_.back().charge += added;
    ++held_.back().segments;
    charged_ += added;
  }
}

std::uint32_t RunQueue::read(std::vector<ContentRun>& runs, std::uint32_t max_bytes) {
  std::uint32_t left = std::min(max_bytes, bytes_);
  const std::uint32_t taken = left;
  bytes_ -= taken;
  while (left != 0) {
    ContentRun& first = runs_.front();
    ContentRun part = first;
    part.length = std::min(part.length, left);
    append(runs, part);
    left -= part.length;
    first.offset += part.length;
    first.length -= part.length;
    if (first.length == 0) runs_.pop_front();
  }
  for (left = taken; left != 0;) {
    Held& first = held_.front();
    const std::uint32_t part = std::min(first.unread, left);
    first.unread -= part;
    left -= part;
    if (first.unread != 0) break;
    charged_ -= first.charge;
    held_.pop_front();
  }
  return taken;
}

std::uint32_t RunQueue::peek(std::vector<ContentRun>& runs, std::uint32_t max_bytes) const {
  std::uint32_t left = std::min(max_bytes, bytes_);
  const std::uint32_t seen = left;
  for (std::size_t i = 0; left != 0; ++i) {
    ContentRun part = runs_[i];
    part.length = std::min(part.length, left);
    append(runs, part);
    left -= part.length;
  }
  return seen;
}

void RunQueue::clear() {
  runs_.clear();
  held_.clear();
  bytes_ = charged_ = 0;
}

void ReorderQueue::insert(Segment& segment) {
  // Mostly it goes to the end; else to its place, unless one before it holds all of it.
  Segment* before = nullptr;
  if (tail_ != nullptr && segment.seq > tail_->seq) {
    before = tail_;
  } else {
    for (Segment* at = head_; at != nullptr && at->seq <= segment.seq; at = at->next) before = at;
  }
  if (before != nullptr && before->end() >= segment.end()) {
    pool_.give(segment);
    return;
  }
  Segment*& link = before == nullptr ? head_ : before->next;
  segment.next = link;
  link = &segment;
  if (segment.next == nullptr) tail_ = &segment;
  bytes_ += segment.payload;
  ++segments_;
}

Segment* ReorderQueue::take_ready(std::uint64_t expected) {
  if (head_ == nullptr || head_->seq > expected) return nullptr;
  Segment* first = head_;
  head_ = first->next;
  if (head_ == nullptr) tail_ = nullptr;
  first->next = nullptr;
  bytes_ -= first->payload;
  --segments_;
  return first;
}

void ReorderQueue::clear() {
  while (head_ != nullptr) {
    Segment& first = *head_;
    head_ = first.next;
    pool_.give(first);
  }
  tail_ = nullptr;
  bytes_ = segments_ = 0;
}

}  // namespace sim
