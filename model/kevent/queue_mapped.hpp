#pragma once
// kevent_wait on the rings of takes 7 to 22 (mapped_ring.hpp). Process context.
//
// There the call says what the program has read, and then waits; events get into the ring without
// it. Version 1: `num` slots from `start` on; each must name an interest (-EINVAL), which is taken
// off the ready list if it is there, and one-shot interests end (take15). Version 2: the first
// `num` events of the ready list. Both return 0 when an event is ready and -EAGAIN otherwise.

#include <cerrno>

#include "model/kevent/queue.hpp"

namespace kev {

template <class P>
bool Queue<P>::mapped(const QueueOptions& options) {
  return options.slots != 0 && options.ring_version <= RingVersion::v2;
}

template <class P>
int Queue<P>::map_ring(const QueueOptions& options) {
  void* memory = platform_.map_shared(options.ring,
                                      sizeof(MappedHeader) + options.slots * sizeof(MappedEvent));
  if (memory == nullptr) return -EFAULT;
  mapped_ = platform_.template make<MappedRing<P>>(Allocation::may_sleep, platform_,
                                                   options.ring_version, memory, options.slots);
  return mapped_ == nullptr ? -ENOMEM : 0;
}

template <class P>
long Queue<P>::wait_mapped(std::uint32_t num, std::uint32_t start,
                           const abi::kevent_timespec& timeout, std::uint32_t flags) {
  if (num > mapped_->slots()) return -EINVAL;
  if (mapped_->version() == RingVersion::v2) {
    const std::uint64_t up_to = last_ready();
    Fetched fetched;
    for (std::uint32_t i = 0; i < num && fetch(fetched, up_to); ++i) delivered(fetched);
  } else if (start >= mapped_->slots() || !consume_mapped(start, num)) {
    return -EINVAL;
  }
  const long found =
      wait_and_deliver(Waiter{this, 1}, timeout, flags, [&] { return has_events() ? 1 : 0; });
  return found == 0 ? -EAGAIN : found > 0 ? 0 : found;
}

/// Ends what is in these slots; false when one of them names no interest.
template <class P>
bool Queue<P>::consume_mapped(std::uint32_t start, std::uint32_t num) {
  for (std::uint32_t i = 0; i < num; ++i) {
    Kevent<P>* kevent = find_by_id(mapped_->slot((start + i) % mapped_->slots()).id);
    if (kevent == nullptr) return false;
    Fetched fetched;
    bool was_ready = false;
    {
      typename P::IrqGuard guard(ready_lock_);
      was_ready = kevent->in_ready;
      if (was_ready) take(*kevent, fetched);
    }
    if (was_ready) delivered(fetched);
    put_kevent(*kevent);
  }
  return true;
}

/// Slots do not say of what kind an event is. With a reference.
template <class P>
Kevent<P>* Queue<P>::find_by_id(const std::uint32_t* id) {
  for (std::uint32_t type = 0; type < abi::KEVENT_MAX; ++type)
    if (Kevent<P>* kevent = find({type, {id[0], id[1]}})) return kevent;
  return nullptr;
}

}  // namespace kev
