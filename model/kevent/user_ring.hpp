#pragma once
// The ring through which events reach a program without a copy per call: version 4 of the patches
// (takes 25 to 33). It lies in the program's own memory:
//   u32 ring_kidx   the slot that the kernel fills next
//   u32 ring_over   how often the committed position has passed the end
//   ukevent slots[num]
// The kernel fills slots and moves ring_kidx; the program commits the slots it is done with.
//
// Inside, positions are 64-bit counters that never wrap. Invariants, at all times:
//   committed <= produced <= committed + num; both only grow;
//   slot p % num holds event p for every p in [committed, produced);
//   a position becomes visible (ring_kidx) only after its slot was written.
// Locks: everything that writes is called under the queue's ring mutex; the rest from any context.
//
// The generation given to commit() is that of the new position itself: ring_over as last read, plus
// one when the committed range passes the end. (The original took the generation of where the
// caller began; that cannot tell "the whole ring" from "nothing", nor a late committer from one
// that is a whole ring ahead. See model/README.md.)
//
// As version 3 (take23), kept to show how it failed, it has no index of the program: the kernel
// fills slots whether they were read or not, and ring_kidx names the slot that was filled last.

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "model/abi/ukevent.hpp"
#include "model/bugs/bug.hpp"
#include "model/platform/platform.hpp"

namespace kev {

template <class P>
class UserRing {
 public:
  /// No ring: address 0, no slots. Requires: valid(address, slots).
  UserRing(P& platform, UserAddress address, std::uint32_t slots, bool overwrites)
      : platform_(platform), address_(address), slots_(slots), overwrites_(overwrites) {}

  /// Whether a program may ask for it: both or neither, at least two slots, aligned, and within the
  /// address space.
  static bool valid(UserAddress address, std::uint32_t slots) {
    if (address == 0 || slots == 0) return address == 0 && slots == 0;
    if (slots == 1 || address % alignof(abi::ukevent) != 0) return false;
    return address < user_space_end &&
           slots <= (user_space_end - address - sizeof(abi::kevent_ring)) / sizeof(abi::ukevent);
  }

  /// Writes an empty header: 0 or -EFAULT. [sleeps]
  int attach() {
    if (!exists()) return 0;
    const abi::kevent_ring header{};
    return platform_.copy_out(address_, &header, sizeof header) ? 0 : -EFAULT;
  }

  [[nodiscard]] bool exists() const { return slots_ != 0; }
  [[nodiscard]] std::uint32_t slots() const { return slots_; }
  [[nodiscard]] bool has_space() const {
    return overwrites_ || bug(platform_, Bug::ring_full_check_removed) ||
           produced_.load() - committed_.load() < slots_;
  }
  /// The program's index: the slot that is committed next.
  [[nodiscard]] std::uint32_t user_index() const { return slot_of(committed_.load()); }

  /// Appends an event; false when the ring is full or cannot be written: it is then as before.
  /// [sleeps]
  bool put(const abi::ukevent& event) {
    if (!has_space()) return false;
    const bool unlocked = bug(platform_, Bug::kidx_published_out_of_order);
    const std::uint64_t at = unlocked ? produced_.fetch_add(1) : produced_.load();
    const UserAddress slot =
        address_ + sizeof(abi::kevent_ring) + slot_of(at) * sizeof(abi::ukevent);
    if (!platform_.copy_out(slot, &event, sizeof event)) return false;
    const std::uint64_t visible = overwrites_ ? at : at + 1;
    if (!publish(offsetof(abi::kevent_ring, ring_kidx), slot_of(visible))) return false;
    if (!unlocked) produced_.store(at + 1);
    return true;
  }

  /// For Bug::remove_midring_advances_head.
  void skip_oldest() {
    if (committed_.load() < produced_.load()) committed_.fetch_add(1);
  }

  /// The program is done with everything before that position. How many slots that freed; 0 when
  /// another thread has freed them already. -EINVAL: no such slot, or it is not filled yet.
  /// -EOVERFLOW: a generation that is neither the present one nor next to it. [sleeps]
  long commit(std::uint32_t index, std::uint32_t over) {
    if (!exists() || overwrites_) return 0;
    if (index >= slots_) return -EINVAL;
    const std::uint64_t committed = committed_.load();
    const std::uint64_t generation = committed / slots_;
    auto ahead = static_cast<std::int32_t>(over - static_cast<std::uint32_t>(generation));
    if (bug(platform_, Bug::commit_without_wrap_check)) ahead = index < user_index() ? 1 : 0;
    if (ahead < -1 || ahead > 1) return -EOVERFLOW;
    if (ahead == -1) return 0;
    const std::uint64_t target = (generation + (ahead == 1 ? 1 : 0)) * slots_ + index;
    if (bug(platform_, Bug::whole_ring_not_committed) && index == user_index()) return 0;
    if (target > produced_.load() && !bug(platform_, Bug::unfilled_slots_committed)) return -EINVAL;
    if (target <= committed) return 0;
    if (ahead == 1 && !publish(offsetof(abi::kevent_ring, ring_over), over)) return -EFAULT;
    committed_.store(target);
    return static_cast<long>(target - committed);
  }

 private:
  [[nodiscard]] std::uint32_t slot_of(std::uint64_t position) const {
    return static_cast<std::uint32_t>(position % slots_);
  }
  bool publish(std::size_t field, std::uint32_t value) {
    return platform_.copy_out(address_ + field, &value, sizeof value);
  }

  P& platform_;
  const UserAddress address_;
  const std::uint32_t slots_;
  const bool overwrites_;  ///< version 3
  std::atomic<std::uint64_t> produced_{0};
  std::atomic<std::uint64_t> committed_{0};
};

}  // namespace kev
