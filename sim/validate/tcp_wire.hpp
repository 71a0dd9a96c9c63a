#pragma once
// Two TCP endpoints with a network between them, as a capture's set-up describes it, and the
// capture that would be made of them.
//
// The endpoints are the protocol machines of sim/net without a kernel around them: programs and
// interrupts take no time. The client connects, writes, closes; the server reads what there is. The
// wire is watched behind both delays, as tcpdump sees it next to a netem queue: what is seen is at
// the other end at once. Timers keep Linux' ticks when the set-up says so: they fire at a tick,
// never early, and far ones at a multiple of 8, 64, ... ticks (kernel/time/timer.c since 4.8).

#include <memory>
#include <vector>

#include "sim/net/deadline.hpp"
#include "sim/net/link.hpp"
#include "sim/net/tcp.hpp"
#include "sim/validate/tcp_setup.hpp"

namespace sim {

struct SeenSegment {
  kev::Instant at;
  bool from_client = false;
  std::uint64_t seq = 0;
  std::uint64_t ack = 0;
  std::uint32_t payload = 0;
  std::uint32_t window = 0;
  std::uint8_t flags = 0;
};

/// When a timer set now for `at` fires.
kev::Instant tick_of(const TcpSetup& setup, kev::Instant now, kev::Instant at);

std::vector<SeenSegment> simulate_wire(const TcpSetup& setup);

/// What came out of a connection, without a capture of it.
struct WireResult {
  std::uint64_t received_bytes = 0;
  std::int64_t segments_sent = 0;  ///< by both ends
};
WireResult measure_wire(const TcpSetup& setup, std::uint64_t seed);

}  // namespace sim
