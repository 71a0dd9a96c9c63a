#include "sim/engine/event_queue.hpp"

#include <algorithm>
#include <array>

namespace sim {

namespace {

constexpr std::size_t rank_sort_max = 32;

/// A stable sort without a branch that depends on the entries: for so few, counting how many come
/// before each one is faster than a sort that makes the processor guess.
void rank_sort(EventQueue::Entry* entries, std::size_t count) {
  std::array<EventQueue::Entry, rank_sort_max> unsorted;
  std::array<std::uint32_t, rank_sort_max> ranks;
  for (std::size_t i = 0; i < count; ++i) {
    unsorted[i] = entries[i];
    const auto time = unsorted[i].time;
    std::uint32_t rank = 0;
    for (std::size_t j = 0; j < i; ++j) {
      const std::uint32_t later = unsorted[j].time > time ? 1 : 0;
      ranks[j] += later;
      rank += 1 - later;
    }
    ranks[i] = rank;
  }
  for (std::size_t i = 0; i < count; ++i) entries[ranks[i]] = unsorted[i];
}

}  // namespace

EventQueue::EventQueue() : near_(near_capacity_initial) {
  head_ = tail_ = near_.size() / 2;
}

void EventQueue::cancel(Event& event) {
  const std::uint32_t slot = event.slot_;
  KEV_CHECK(slot < slots_.size());
  KEV_CHECK(slots_[slot] == &event);
  slots_[slot] = nullptr;
  event.slot_ = Event::no_slot;
  --live_;
  ++dead_;
  if (!near_empty() && near_[head_].slot == slot) {
    drop_dead_front();
    update_next();
  }
  // Sweeping costs as much as there are entries, at most twice as many as were cancelled since.
  if (dead_ > live_ + 64) sweep();
}

std::size_t EventQueue::count_ties() {
  if (near_empty()) settle();
  std::size_t count = 0;
  for (std::size_t i = head_; i < tail_ && near_[i].time == near_[head_].time; ++i) {
    if (!dead(near_[i])) ++count;
  }
  return count;
}

Event& EventQueue::pop_tie(std::size_t k) {
  if (near_empty()) settle();
  KEV_CHECK(!near_empty());
  std::size_t at = head_;
  for (std::size_t skip = k; skip > 0 || dead(near_[at]);) {
    if (!dead(near_[at])) --skip;
    ++at;
    KEV_CHECK(at < tail_);
  }
  KEV_CHECK(near_[at].time == near_[head_].time);
  // Those before it move up by one, in order.
  const Entry entry = near_[at];
  for (; at > head_; --at) near_[at] = near_[at - 1];
  near_[head_] = entry;
  return pop();
}

void EventQueue::clear() {
  const auto forget = [this](const Entry& entry) {
    if (Event* event = slots_[entry.slot]; event != nullptr) event->slot_ = Event::no_slot;
    release_slot(entry.slot);
    return false;
  };
  for (std::size_t i = head_; i < tail_; ++i) forget(near_[i]);
  buckets_.filter(forget);
  head_ = tail_ = near_.size() / 2;
  live_ = 0;
  dead_ = 0;
  update_next();
}

// Near list ---------------------------------------------------------------------------------------

/// The position of the first entry later than `time`, or tail_.
std::size_t EventQueue::first_after(Time time) const {
  const Entry* first = near_.data() + head_;
  for (std::size_t length = near_size(); length > 0;) {
    const std::size_t half = (length + 1) / 2;
    first += first[half - 1].time <= time ? half : 0;
    length -= half;
  }
  return static_cast<std::size_t>(first - near_.data());
}

void EventQueue::insert_near(Entry entry) {
  if (head_ == 0 || tail_ == near_.size()) make_room(1);
  if (near_empty() || near_[tail_ - 1].time <= entry.time) {
    near_[tail_++] = entry;
    return;
  }
  const std::size_t at = first_after(entry.time);
  const std::size_t before = at - head_;
  const std::size_t after = tail_ - at;
  if (std::min(before, after) > shift_max + near_size() / 64) [[unlikely]] {
    shorten_near();
    if (entry.time >= near_end_) {
      buckets_.append(entry);
    } else {
      insert_near(entry);
    }
    return;
  }
  Entry* place = near_.data() + at;
  if (before < after) {
    std::copy(place - before, place, place - before - 1);
    --head_;
    place[-1] = entry;
  } else {
    std::copy_backward(place, place + after, place + after + 1);
    ++tail_;
    *place = entry;
  }
}

/// Moves the later half to the buckets; events of one instant stay together.
void EventQueue::shorten_near() {
  const Time first = near_[head_].time;
  Time cut = near_[head_ + near_size() / 2].time;
  if (cut == first) ++cut;
  if (buckets_.empty()) buckets_.set_base(first);
  const std::size_t keep = first_after(cut - 1);
  for (std::size_t i = keep; i < tail_; ++i) {
    if (dead(near_[i])) {
      bury(near_[i]);
    } else {
      buckets_.append(near_[i]);
    }
  }
  tail_ = keep;
  near_end_ = cut;
}

/// Makes room for one entry before the near list and `entries` after it.
void EventQueue::make_room(std::size_t entries) {
  const std::size_t size = near_size();
  if (head_ > 0 && tail_ + entries <= near_.size()) return;
  const std::size_t wanted = 2 * (size + entries) + 2;
  std::vector<Entry> larger;
  std::vector<Entry>& target = wanted > near_.size() ? larger : near_;
  if (wanted > near_.size()) larger.resize(wanted);
  const std::size_t head = (target.size() - size - entries) / 2 + 1;
  const Entry* from = near_.data() + head_;
  if (&target == &near_ && head > head_) {
    std::copy_backward(from, from + size, target.data() + head + size);
  } else {
    std::copy(from, from + size, target.data() + head);
  }
  if (&target == &larger) near_.swap(larger);
  head_ = head;
  tail_ = head + size;
}

// From the buckets to the near list ---------------------------------------------------------------

void EventQueue::settle() {
  while (near_empty() && !buckets_.empty()) fill_near();
  update_next();
}

/// One step towards a near list that is not empty. Requires: it is empty, the buckets are not.
void EventQueue::fill_near() {
  head_ = tail_ = near_.size() / 2;
  unsigned number = buckets_.lowest();
  if (!buckets_.before_base(number)) {
    buckets_.set_base(buckets_.start(number));
    near_end_ = buckets_.start(number);
    if (EventBuckets::level(number) > 0 && buckets_.count(number) > sort_max) {
      spread(number);
      return;
    }
  }
  const std::size_t enough = fetches_ahead() ? gather_when_many : gather_when_few;
  do {
    near_end_ = buckets_.end(number);
    sort_into_near(number);
    if (buckets_.empty()) {
      near_end_ = end_of_time;
      break;
    }
    number = buckets_.lowest();
  } while (near_size() < enough && buckets_.count(number) <= sort_max);
  if (!fetches_ahead()) return;
  // What the first pops will need; each pop() then looks further ahead.
  for (std::size_t i = 0; i < fetch_slot_ahead; ++i) fetch(head_ + i, tail_);
  for (std::size_t i = 0; i < fetch_event_ahead; ++i) fetch(tail_, head_ + i);
}

/// Distributes a bucket over the levels below it, which are empty.
void EventQueue::spread(unsigned number) {
  buckets_.take(number, [this](const Entry& entry) {
    if (dead_ != 0 && dead(entry)) {
      bury(entry);
    } else {
      buckets_.append(entry);
    }
  });
}

void EventQueue::sort_into_near(unsigned number) {
  make_room(buckets_.count(number));
  const std::size_t begin = tail_;
  buckets_.take(number, [this](const Entry& entry) {
    if (dead_ != 0 && dead(entry)) {
      bury(entry);
    } else {
      near_[tail_++] = entry;
    }
  });
  // A bucket of level 0 is one instant, in order already.
  if (EventBuckets::level(number) == 0) return;
  const std::size_t count = tail_ - begin;
  if (count <= rank_sort_max) {
    rank_sort(near_.data() + begin, count);
  } else {
    std::stable_sort(near_.data() + begin, near_.data() + tail_,
                     [](const Entry& a, const Entry& b) { return a.time < b.time; });
  }
}

// Dead entries ------------------------------------------------------------------------------------

/// A dead entry has left the queue.
void EventQueue::bury(const Entry& entry) {
  release_slot(entry.slot);
  --dead_;
}

void EventQueue::drop_dead_front() {
  while (!near_empty() && dead(near_[head_])) {
    bury(near_[head_]);
    ++head_;
  }
}

void EventQueue::sweep() {
  const auto keep = [this](const Entry& entry) {
    if (!dead(entry)) return true;
    bury(entry);
    return false;
  };
  std::size_t end = head_;
  for (std::size_t i = head_; i < tail_; ++i) {
    const Entry entry = near_[i];
    if (keep(entry)) near_[end++] = entry;
  }
  tail_ = end;
  buckets_.filter(keep);
  KEV_CHECK(dead_ == 0);
  update_next();
}

}  // namespace sim
