#pragma once
// The far part of the event queue: entries in 8 x 256 unsorted buckets by the bytes of their
// instants (event_queue.hpp tells how they are used). A header of the event queue, not for others.
//
// Invariants: a bucket keeps the order in which entries were appended; two entries of one instant
// are always in one bucket. Memory: chunks of 15 entries, taken from and returned to a free list,
// the most recently used first, because it is still in the cache.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace sim {

class EventBuckets {
 public:
  using Time = std::uint64_t;  ///< an instant; never negative

  struct Entry {
    Time time;
    std::uint64_t slot;
  };

  static constexpr unsigned digit_bits = 8;
  static constexpr unsigned digits = 1U << digit_bits;
  static constexpr unsigned level_count = 64 / digit_bits;
  static constexpr unsigned bucket_count = level_count * digits;

  EventBuckets() : buckets_(bucket_count) {}

  [[nodiscard]] bool empty() const { return used_words_ == 0; }

  /// The instant that digits are compared with. All entries keep their buckets when it moves to the
  /// beginning of the lowest bucket; otherwise it may be set only while all buckets are empty.
  void set_base(Time base) {
    base_ = base;
    below_levels_ = 0;
  }

  void append(Entry entry);

  /// The bucket with the earliest entries. Requires: not empty.
  [[nodiscard]] unsigned lowest();
  [[nodiscard]] std::size_t count(unsigned number) const { return buckets_[number].count; }
  [[nodiscard]] static unsigned level(unsigned number) { return number / digits; }
  /// The first instant of a bucket.
  [[nodiscard]] Time start(unsigned number) const;
  /// The first instant after a bucket.
  [[nodiscard]] Time end(unsigned number) const {
    return start(number) + (Time{1} << (level(number) * digit_bits));
  }
  /// The bucket lies before base_, so that nothing may be spread from it.
  [[nodiscard]] bool before_base(unsigned number) const { return start(number) < base_; }

  /// Empties a bucket and visits its entries in order. The visitor may append to other buckets.
  template <class Visit>
  void take(unsigned number, Visit visit);
  /// Visits the entries of all buckets and keeps those for which the visitor returns true.
  template <class Keep>
  void filter(Keep keep);

 private:
  static constexpr std::size_t chunk_entries = 15;
  struct Chunk {
    Chunk* next;
    std::array<Entry, chunk_entries> entries;
  };
  /// A list of chunks; all but the last are full.
  struct Bucket {
    Chunk* first = nullptr;
    Chunk* last = nullptr;
    std::size_t count = 0;
    std::size_t last_fill = chunk_entries;
  };

  [[nodiscard]] unsigned number_of(Time time) const;
  void append_to(unsigned number, Entry entry);
  void add_chunk(Bucket& bucket);
  void release(Chunk* chunk) {
    chunk->next = free_chunks_;
    free_chunks_ = chunk;
  }

  Time base_ = 0;
  std::uint32_t used_words_ = 0;    ///< which words of used_ are not 0
  std::uint32_t below_levels_ = 0;  ///< levels that may have buckets before base_
  std::array<std::uint64_t, bucket_count / 64> used_{};
  std::vector<Bucket> buckets_;
  Chunk* free_chunks_ = nullptr;
  std::vector<std::unique_ptr<Chunk[]>> blocks_;
  std::size_t block_chunks_ = 64;  ///< size of the next block of chunks
};

inline unsigned EventBuckets::number_of(Time time) const {
  const auto highest_bit = static_cast<unsigned>(std::bit_width((time ^ base_) | 1U)) - 1U;
  const unsigned level = highest_bit / digit_bits;
  const auto digit = static_cast<unsigned>(time >> (level * digit_bits)) % digits;
  return level * digits + digit;
}

inline void EventBuckets::append_to(unsigned number, Entry entry) {
  Bucket& bucket = buckets_[number];
  if (bucket.last_fill == chunk_entries) add_chunk(bucket);
  bucket.last->entries[bucket.last_fill] = entry;
  ++bucket.last_fill;
  ++bucket.count;
  used_[number / 64] |= std::uint64_t{1} << (number % 64);
  used_words_ |= 1U << (number / 64);
}

inline void EventBuckets::append(Entry entry) {
  const unsigned number = number_of(entry.time);
  append_to(number, entry);
  if (entry.time < base_) [[unlikely]]
    below_levels_ |= 1U << level(number);
}

template <class Visit>
void EventBuckets::take(unsigned number, Visit visit) {
  Bucket bucket = buckets_[number];
  buckets_[number] = Bucket{};
  std::uint64_t& word = used_[number / 64];
  word &= ~(std::uint64_t{1} << (number % 64));
  if (word == 0) used_words_ &= ~(1U << (number / 64));
  while (bucket.first != nullptr) {
    Chunk* chunk = bucket.first;
    const std::size_t fill = chunk == bucket.last ? bucket.last_fill : chunk_entries;
    // Chunks of a bucket lie apart: fetch the next one while this one is visited.
    if (const Chunk* next = chunk->next; next != nullptr) {
      for (std::size_t i = 0; i < chunk_entries; i += 4) __builtin_prefetch(&next->entries[i]);
    }
    for (std::size_t i = 0; i < fill; ++i) visit(chunk->entries[i]);
    bucket.first = chunk->next;
    release(chunk);
  }
}

template <class Keep>
void EventBuckets::filter(Keep keep) {
  for (std::uint32_t words = used_words_; words != 0; words &= words - 1) {
    const auto word = static_cast<unsigned>(std::countr_zero(words));
    for (std::uint64_t bits = used_[word]; bits != 0; bits &= bits - 1) {
      const unsigned number = word * 64 + static_cast<unsigned>(std::countr_zero(bits));
      take(number, [&](const Entry& entry) {
        if (keep(entry)) append_to(number, entry);
      });
    }
  }
}

}  // namespace sim
