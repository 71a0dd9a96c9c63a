#pragma once
// What the specification knows of kinds of events: which numbers exist, what "ready" means for
// them, and who may register them. Written down from the interface's documents ("[take29 4/8]",
// "[take29 5/8]", "[take31 9/10]" and "[take31 10/10]"), not from the code.

#include <cstdint>

#include "model/abi/ukevent.hpp"

namespace kev::spec {

/// Where readiness of a kind comes from.
enum class Source : std::uint8_t {
  nobody,  ///< no such kind: ADD answers -ENOSYS
  kernel,  ///< kernel code registers and completes it: ADD answers -EPERM
  user,    ///< only the program itself, with READY
  clock,   ///< time: it may become ready at any moment
  origin   ///< the state of an object behind a descriptor
};

Source source_of(std::uint32_t type);

/// What an origin that is ready for these poll bits means for an interest with this mask:
/// 1 ready, -1 broken, 0 neither. Data that can still be read comes before the end of the peer.
int origin_outcome(std::uint32_t mask, std::uint32_t poll_bits);

/// The period of a TIMER request is a positive number of seconds and nanoseconds below a second.
bool valid_period(const abi::kevent_id& id);

}  // namespace kev::spec
