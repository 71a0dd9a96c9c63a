#pragma once
// The future event list: a radix queue that is sorted only where it is near.
//
// Events before near_end_ are kept in one small sorted array (the near list). All later ones lie
// unsorted in buckets: bucket (level, digit) holds the instants whose highest byte that differs
// from base_ is byte number `level` and has the value `digit`. Buckets are thus ordered by their
// number, 8 levels x 256. When the near list runs empty, the lowest bucket is sorted into it, or,
// when that is large, first spread over the lower levels (base_ is then the beginning of that
// bucket). An event moves two or three times in its life, whatever the distribution, and comparing
// never touches the event itself. (Ideas: Ahuja, Mehlhorn, Orlin, Tarjan, "Faster algorithms for
// the shortest path problem", 1990, for radix buckets; Tang, Goh, Thng, "Ladder queue", 2005, for
// sorting late.)
//
// Invariants:
//  1. Entries of the near list are < near_end_, entries of buckets are >= near_end_.
//  2. Events of one instant are always in one place, and every move keeps their order: the order of
//     scheduling needs no sequence number.
//  3. The first entry of the near list is live. Cancelled ones elsewhere stay as dead entries until
//     they surface; when they outnumber the live ones all are swept out.
//  4. When the near list and the buckets are empty, near_end_ is later than everything.
// Costs: push O(1), pop O(1) amortised (at most one move for each of the 8 bytes of an instant),
// cancel O(1) amortised. Memory is kept for reuse: nothing is allocated once the queue has had its
// largest size. (One exception, O(log n) and with a buffer: events scheduled in great number into a
// gap before a bucket that was spread already.)

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/base/check.hpp"
#include "sim/engine/event.hpp"
#include "sim/engine/event_buckets.hpp"

namespace sim {

class EventQueue {
 public:
  using Entry = EventBuckets::Entry;
  static constexpr std::int64_t never = INT64_MAX;

  EventQueue();

  [[nodiscard]] std::size_t size() const { return live_; }

  /// The earliest instant, `never` when empty.
  [[nodiscard]] std::int64_t next() {
    if (next_ == unknown) [[unlikely]]
      settle();
    return next_;
  }

  /// Requires: not pending, 0 <= at < never, at >= the instant of the last event popped.
  void push(Event& event, std::int64_t at);
  /// Requires: pending here.
  void cancel(Event& event);
  /// Removes the earliest event, which is then not pending. Requires: not empty.
  Event& pop();

  /// How many events share next().
  [[nodiscard]] std::size_t count_ties();
  /// Removes the k-th of those. Requires k < count_ties().
  Event& pop_tie(std::size_t k);

  /// Removes all events. Keeps the memory.
  void clear();

 private:
  using Time = EventBuckets::Time;

  static constexpr std::int64_t unknown = -1;
  static constexpr Time end_of_time = UINT64_MAX;

  /// A bucket of at most so many entries is sorted at once instead of being spread.
  static constexpr std::size_t sort_max = 32;
  /// So many entries, from several buckets, fill the near list. Many give the fetching ahead time.
  static constexpr std::size_t gather_when_few = 8;
  static constexpr std::size_t gather_when_many = 64;
  /// An insertion into the near list moves at most so many entries (plus size / 64, so that what
  /// shortening costs stays in proportion).
  static constexpr std::size_t shift_max = 32;
  /// From so many events on they no longer fit the inner caches: slots and events are fetched while
  /// so many others are still to fire before them.
  static constexpr std::size_t fetch_from = 8192;
  static constexpr std::size_t fetch_slot_ahead = 24;
  static constexpr std::size_t fetch_event_ahead = 12;
  static constexpr std::size_t near_capacity_initial = 256;

  // Near list.
  [[nodiscard]] bool near_empty() const { return head_ == tail_; }
  [[nodiscard]] std::size_t near_size() const { return tail_ - head_; }
  [[nodiscard]] std::size_t first_after(Time time) const;
  void insert_near(Entry entry);
  void shorten_near();
  void make_room(std::size_t entries);

  // From the buckets to the near list.
  void settle();
  void fill_near();
  void spread(unsigned number);
  void sort_into_near(unsigned number);
  [[nodiscard]] bool fetches_ahead() const { return slots_.size() >= fetch_from; }
  void fetch(std::size_t slot_at, std::size_t event_at) const;

  // Slots: the way from an entry to its event. A dead entry's slot is null.
  [[nodiscard]] std::uint32_t take_slot(Event& event);
  void release_slot(std::uint64_t slot) { free_slots_.push_back(static_cast<std::uint32_t>(slot)); }
  [[nodiscard]] bool dead(const Entry& entry) const { return slots_[entry.slot] == nullptr; }
  void bury(const Entry& entry);
  Event& detach(const Entry& entry);
  void drop_dead_front();
  void update_next();
  void sweep();

  std::int64_t next_ = never;  ///< or unknown: the near list is empty, the buckets are not
  std::size_t head_ = 0;       ///< the near list is near_[head_, tail_)
  std::size_t tail_ = 0;
  std::vector<Entry> near_;
  Time near_end_ = end_of_time;
  EventBuckets buckets_;
  std::size_t live_ = 0;
  std::size_t dead_ = 0;
  std::vector<Event*> slots_;
  std::vector<std::uint32_t> free_slots_;
};

inline std::uint32_t EventQueue::take_slot(Event& event) {
  if (free_slots_.empty()) [[unlikely]] {
    KEV_CHECK(slots_.size() < Event::no_slot);
    slots_.push_back(&event);
    free_slots_.reserve(slots_.capacity());
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  slots_[slot] = &event;
  return slot;
}

inline Event& EventQueue::detach(const Entry& entry) {
  Event& event = *slots_[entry.slot];
  release_slot(entry.slot);
  event.slot_ = Event::no_slot;
  --live_;
  return event;
}

inline void EventQueue::update_next() {
  if (!near_empty()) [[likely]] {
    next_ = static_cast<std::int64_t>(near_[head_].time);
  } else if (!buckets_.empty()) {
    next_ = unknown;
  } else {
    next_ = never;
    near_end_ = end_of_time;
  }
}

inline void EventQueue::push(Event& event, std::int64_t at) {
  const std::uint32_t slot = take_slot(event);
  event.slot_ = slot;
  ++live_;
  const Entry entry{static_cast<Time>(at), slot};
  if (entry.time >= near_end_) {
    buckets_.append(entry);
  } else {
    insert_near(entry);
    next_ = static_cast<std::int64_t>(near_[head_].time);
  }
}

// Always inline: g++ 12 takes a function that only prefetches for one without effects and drops the
// calls to it.
[[gnu::always_inline]] inline void EventQueue::fetch(std::size_t slot_at,
                                                     std::size_t event_at) const {
  if (slot_at < tail_) __builtin_prefetch(&slots_[near_[slot_at].slot], 1);
  if (event_at < tail_) __builtin_prefetch(slots_[near_[event_at].slot], 1);
}

inline Event& EventQueue::pop() {
  if (near_empty()) [[unlikely]]
    settle();
  KEV_CHECK(!near_empty());
  if (fetches_ahead()) fetch(head_ + fetch_slot_ahead, head_ + fetch_event_ahead);
  Event& event = detach(near_[head_]);
  ++head_;
  if (dead_ != 0) drop_dead_front();
  update_next();
  return event;
}

}  // namespace sim
