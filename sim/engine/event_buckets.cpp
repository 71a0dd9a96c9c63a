#include "sim/engine/event_buckets.hpp"

namespace sim {

void EventBuckets::add_chunk(Bucket& bucket) {
  if (free_chunks_ == nullptr) {
    blocks_.push_back(std::make_unique_for_overwrite<Chunk[]>(block_chunks_));
    // The first of the block is the first to be used.
    for (std::size_t i = block_chunks_; i-- > 0;) release(&blocks_.back()[i]);
    block_chunks_ *= 2;
  }
  Chunk* chunk = free_chunks_;
  free_chunks_ = chunk->next;
  chunk->next = nullptr;
  (bucket.first == nullptr ? bucket.first : bucket.last->next) = chunk;
  bucket.last = chunk;
  bucket.last_fill = 0;
}

unsigned EventBuckets::lowest() {
  // Entries that differ from base_ in a high byte and lie before it come first, the highest level
  // first of all. They are rare: something was scheduled before the bucket spread last, in a gap.
  while (below_levels_ != 0) {
    const auto top = static_cast<unsigned>(std::bit_width(below_levels_)) - 1U;
    constexpr unsigned words = digits / 64;
    for (unsigned word = top * words; word < (top + 1) * words; ++word) {
      if (used_[word] == 0) continue;
      const unsigned number = word * 64 + static_cast<unsigned>(std::countr_zero(used_[word]));
      if (before_base(number)) return number;
      break;
    }
    below_levels_ &= ~(1U << top);
  }
  const auto word = static_cast<unsigned>(std::countr_zero(used_words_));
  return word * 64 + static_cast<unsigned>(std::countr_zero(used_[word]));
}

EventBuckets::Time EventBuckets::start(unsigned number) const {
  const unsigned shift = level(number) * digit_bits;
  const Time digit = number % digits;
  // Two shifts, because one by 64 is undefined.
  const Time above = (base_ >> shift >> digit_bits) << digit_bits << shift;
  return above | (digit << shift);
}

}  // namespace sim
