#pragma once
// The rings of takes 7 to 22, kept as they were so that their failures can be shown.
//
// They lie in kernel pages that the program maps for reading, and are filled where an interest
// becomes ready, in any context, from the same place that puts it on the ready list:
//   version 1 (takes 7 to 19): an index of the kernel, none of the program, and no look at what is
//     overwritten; "every interest is ready at most once" does not bound the ring, since an event
//     that was fetched may happen again;
//   version 2 (takes 21, 22): the kernel also keeps the program's index, moves it whenever a ready
//     interest leaves the list from wherever, and remembers the first interest that found the ring
//     full, by a pointer that nobody clears when that interest is removed.
// Sources: "[take18 1/4] kevent: Core files.", "[take22 1/4] kevent: Core files.", the reviews by
// Drepper (27 Aug 2006) and Dumazet (28 Oct 2006). Version 3 is a mode of UserRing.
// Layout: two words (kernel's index, program's index), then slots of 12 bytes: id, return flags.
// The original spread the slots over pages, each with an unused header.
// Locks: everything is called under the queue's ready lock.

#include <cstdint>

#include "model/kevent/kevent.hpp"
#include "model/platform/platform.hpp"

namespace kev {

/// Which take's ring a queue has.
enum class RingVersion : std::uint8_t { v1 = 1, v2 = 2, v3 = 3, v4 = 4 };

/// One slot of a mapped ring.
struct MappedEvent {
  std::uint32_t id[2];
  std::uint32_t return_flags;
};
static_assert(sizeof(MappedEvent) == 12);

struct MappedHeader {
  std::uint32_t kernel_index;
  std::uint32_t user_index;
};

template <class P>
class MappedRing {
 public:
  /// `memory`: the header and the slots, mapped by both sides for as long as the queue lives.
  MappedRing(P& platform, RingVersion version, void* memory, std::uint32_t slots)
      : platform_(platform),
        version_(version),
        slots_(slots),
        header_(*static_cast<MappedHeader*>(memory)),
        events_(reinterpret_cast<MappedEvent*>(&header_ + 1)) {
    header_ = {};
  }

  [[nodiscard]] RingVersion version() const { return version_; }
  [[nodiscard]] std::uint32_t slots() const { return slots_; }
  [[nodiscard]] const MappedEvent& slot(std::uint32_t index) const { return events_[index]; }

  /// The interest was put at the end of the ready list.
  void on_ready(Kevent<P>& kevent) {
    const bool full = next(header_.kernel_index) == header_.user_index;
    if (version_ == RingVersion::v1 || !full) return write(kevent);
    if (overflow_ == nullptr) overflow_ = &kevent;
  }

  /// An interest was taken off the ready list: to be delivered, or because it was removed, which
  /// take21 did not expect of the interest that found the ring full.
  template <class List>
  void on_unready(List& ready, bool to_deliver) {
    if (version_ == RingVersion::v1) return;
    header_.user_index = next(header_.user_index);
    if (overflow_ == nullptr || !to_deliver) return;
    platform_.expect_alive(overflow_, "the interest that found the ring full");
    Kevent<P>& kevent = *overflow_;
    if (!kevent.in_ready)
      platform_.broken("ring_invariants",
                       "the interest that found the ring full has left the ready list");
    write(kevent);
    auto at = ready.iterator_to(kevent);
    overflow_ = ++at == ready.end() ? nullptr : &*at;
  }

 private:
  [[nodiscard]] std::uint32_t next(std::uint32_t index) const { return (index + 1) % slots_; }
  void write(const Kevent<P>& kevent) {
    events_[header_.kernel_index] = {{kevent.key.id[0], kevent.key.id[1]}, kevent.return_flags};
    header_.kernel_index = next(header_.kernel_index);
  }

  P& platform_;
  const RingVersion version_;
  const std::uint32_t slots_;
  MappedHeader& header_;
  MappedEvent* events_;
  Kevent<P>* overflow_ = nullptr;
};

}  // namespace kev
