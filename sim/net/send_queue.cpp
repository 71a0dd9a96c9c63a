#include "sim/net/send_queue.hpp"

#include <algorithm>

namespace sim {

void SendQueue::start(std::uint64_t seq, std::uint32_t overhead) {
  overhead_ = overhead;
  KEV_CHECK(segments_.empty());
  KEV_CHECK(fragments_.empty());
  first_number_ = 0;
  write_seq_ = seq;
  sent_ = 0;
  charged_ = 0;
}

void SendQueue::purge() {
  segments_.clear();
  sent_ = 0;
  charged_ = 0;
  release_before(write_seq_);
}

void SendQueue::release_before(std::uint64_t seq) {
  while (!fragments_.empty()) {
    // A copy: releasing may take locks, and the queue must be consistent by then.
    const Fragment first = fragments_.front();
    if (first.seq + first.run.length > seq) return;
    fragments_.pop_front();
    ++first_number_;
    if (first.page.page != nullptr) first.page.release(first.page.page);
  }
}

bool SendQueue::last_continues(const PageFrag& frag, std::uint32_t offset) const {
  if (fragments_.empty()) return false;
  const Fragment& last = fragments_.back();
  return last.page.page == frag.page && last.page.content == frag.content &&
         last.run.offset + last.run.length == offset;
}

bool SendQueue::last_continues(const ContentRun& run) const {
  if (fragments_.empty()) return false;
  const Fragment& last = fragments_.back();
  return last.page.page == nullptr && last.run.continues(run);
}

/// What the last unsent segment's buffer holds.
std::uint32_t SendQueue::last_buffer_bytes() const {
  std::size_t first = segments_.size() - 1;
  std::uint32_t bytes = segments_[first].length;
  while (segments_[first].merged && first > sent_) bytes += segments_[--first].length;
  return bytes;
}

bool SendQueue::needs_segment(std::uint32_t mss, std::uint32_t goal) const {
  if (!has_unsent()) return true;
  const QueuedSegment& last = segments_.back();
  if (last.length >= mss || last.fragments == Segment::max_runs) return true;
  return last.merged && last_buffer_bytes() >= goal;
}

template <class Extends, class Make>
std::uint32_t SendQueue::append(std::uint32_t length, std::uint32_t mss, std::uint32_t goal,
                                Extends extends, Make make) {
  KEV_CHECK(length > 0);
  KEV_CHECK(segments_.empty() || !segments_.back().fin);
  if (needs_segment(mss, goal)) {
    QueuedSegment segment;
    segment.seq = write_seq_;
    segments_.push_back(segment);
    charged_ += overhead_;
  }
  QueuedSegment& last = segments_.back();
  const std::uint32_t taken = std::min(length, mss - last.length);
  if (extends()) {
    fragments_.back().run.length += taken;
  } else {
    Fragment fragment = make();
    fragment.run.length = taken;
    fragment.seq = write_seq_;
    fragments_.push_back(fragment);
  }
  if (last.fragments == 0) {
    last.first_fragment = last_number();
    last.fragments = 1;
  } else if (last.first_fragment + last.fragments <= last_number()) {
    ++last.fragments;
  }
  last.length += taken;
  write_seq_ += taken;
  charged_ += taken;
  return taken;
}

std::uint32_t SendQueue::append_page(const PageFrag& frag, std::uint32_t offset,
                                     std::uint32_t length, std::uint32_t mss, std::uint32_t goal) {
  KEV_CHECK(frag.page != nullptr);
  KEV_CHECK(frag.content != nullptr && frag.release != nullptr && frag.acquire != nullptr);
  return append(
      length, mss, goal, [&] { return last_continues(frag, offset); },
      [&] {
        frag.acquire(frag.page);
        Fragment fragment;
        fragment.page = frag;
        fragment.run.offset = offset;
        return fragment;
      });
}

std::uint32_t SendQueue::append_message(const ContentRun& run, std::uint32_t mss,
                                        std::uint32_t goal) {
  return append(
      run.length, mss, goal, [&] { return last_continues(run); },
      [&] {
        Fragment fragment;
        fragment.run = run;
        return fragment;
      });
}

void SendQueue::append_fin() {
  if (!has_unsent()) {
    QueuedSegment segment;
    segment.seq = write_seq_;
    segments_.push_back(segment);
    charged_ += overhead_;
  }
  segments_.back().fin = true;
}

void SendQueue::pop_acknowledged() {
  const QueuedSegment first = segments_.front();
  KEV_CHECK(sent_ != 0);
  segments_.pop_front();
  --sent_;
  charged_ -= charge(first);
  // What shared its buffer has one of its own now.
  if (!segments_.empty() && segments_.front().merged) {
    segments_.front().merged = false;
    charged_ += overhead_;
  }
  release_before(first.seq + first.length);
}

void SendQueue::merge(std::size_t index) {
  KEV_CHECK(index > sent_);
  if (segments_[index].merged) return;
  segments_[index].merged = true;
  charged_ -= overhead_;
}

void SendQueue::split(std::size_t index, std::uint32_t length) {
  QueuedSegment& head = segments_[index];
  KEV_CHECK(index >= sent_);
  KEV_CHECK(length > 0 && length < head.length);
  QueuedSegment tail = head;
  tail.seq += length;
  tail.length -= length;
  head.length = length;
  head.fin = false;
  tail.merged = false;
  // The fragment with the last byte of the head may also hold the first one of the tail.
  const auto holds = [this](std::uint64_t number, std::uint64_t seq) {
    const Fragment& fragment = fragments_[number - first_number_];
    return seq >= fragment.seq && seq < fragment.seq + fragment.run.length;
  };
  const std::uint64_t end = head.first_fragment + head.fragments;
  std::uint64_t number = head.first_fragment;
  while (!holds(number, tail.seq - 1)) ++number;
  head.fragments = static_cast<std::uint16_t>(number + 1 - head.first_fragment);
  if (!holds(number, tail.seq)) ++number;
  tail.first_fragment = number;
  tail.fragments = static_cast<std::uint16_t>(end - number);
  segments_.insert(index + 1, tail);
  charged_ += overhead_;
}

void SendQueue::fill(const QueuedSegment& queued, Segment& packet) const {
  std::uint64_t seq = queued.seq;
  std::uint32_t left = queued.length;
  for (std::uint64_t number = queued.first_fragment; left != 0; ++number) {
    const Fragment& fragment = fragments_[number - first_number_];
    const auto skip = static_cast<std::uint32_t>(seq - fragment.seq);
    const std::uint32_t length = std::min(left, fragment.run.length - skip);
    if (fragment.page.page != nullptr) {
      const auto offset = static_cast<std::uint32_t>(fragment.run.offset) + skip;
      packet.add_run(fragment.page.content(fragment.page.page, offset, length));
    } else {
      ContentRun run = fragment.run;
      run.offset += skip;
      run.length = length;
      packet.add_run(run);
    }
    seq += length;
    left -= length;
  }
}

}  // namespace sim
