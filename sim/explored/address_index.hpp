#pragma once
// Numbers addresses in the order in which an execution first mentions them: 0, 1, 2, ...
//
// Nothing depends on the addresses themselves. A new execution forgets all of them at once.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/engine/arena.hpp"

namespace sim {

class AddressIndex {
 public:
  AddressIndex() : entries_(std::size_t{1} << initial_bits), shift_(64 - initial_bits) {}

  void clear() {
    ++mark_;
    used_ = 0;
  }
  [[nodiscard]] std::uint32_t size() const { return used_; }

  /// A number that was not given before is the old size().
  std::uint32_t of(std::uintptr_t address) {
    for (std::size_t at = place(address);; at = (at + 1) & (entries_.size() - 1)) {
      Entry& entry = entries_[at];
      if (entry.mark == mark_ && entry.address == address) return entry.number;
      if (entry.mark == mark_) continue;
      if (std::size_t{used_} * 2 >= entries_.size()) {
        grow();
        return of(address);
      }
      entry = {address, mark_, used_};
      return used_++;
    }
  }

 private:
  static constexpr unsigned initial_bits = 8;

  struct Entry {
    std::uintptr_t address = 0;
    std::uint64_t mark = 0;
    std::uint32_t number = 0;
  };

  [[nodiscard]] std::size_t place(std::uintptr_t address) const {
    return static_cast<std::size_t>((address * 0x9E3779B97F4A7C15) >> shift_);
  }
  void grow() {
    const ArenaPause outside;
    const std::vector<Entry> old = std::move(entries_);
    entries_ = std::vector<Entry>(old.size() * 2);
    --shift_;
    for (const Entry& entry : old) {
      if (entry.mark != mark_) continue;
      std::size_t at = place(entry.address);
      while (entries_[at].mark == mark_) at = (at + 1) & (entries_.size() - 1);
      entries_[at] = entry;
    }
  }

  std::vector<Entry> entries_;
  unsigned shift_;
  std::uint64_t mark_ = 1;
  std::uint32_t used_ = 0;
};

}  // namespace sim
