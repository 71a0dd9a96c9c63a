// Faults of the link and of the clients behind it.

#include <cerrno>

#include "sim/faults/fault_point.hpp"

namespace sim {

namespace {

using enum FaultPoint;
using namespace kev::literals;

constexpr FaultPointInfo network_rows[] = {
    {link_loss, FaultPlace::packet, Verdict::drop, "link.loss", "a packet is lost"},
    {link_corrupt, FaultPlace::packet, Verdict::corrupt, "link.corrupt",
     "a packet arrives with a wrong checksum: the receiver drops it"},
    {link_duplicate, FaultPlace::packet, Verdict::duplicate, "link.duplicate",
     "a packet arrives twice"},
    {link_reorder, FaultPlace::packet, Verdict::reorder, "link.reorder",
     "a packet overtakes those that are under way"},
    {link_delay, FaultPlace::packet, Verdict::delay, "link.delay",
     "a packet arrives later, by delay", 0, 10_ms},
    {link_partition, FaultPlace::packet, Verdict::drop, "link.partition",
     "no packet gets through for delay, in either direction", 0, 1'000_ms},
    {peer_reset, FaultPlace::peer_data, Verdict::fail, "peer.reset",
     "a client resets its connection in the middle of an answer", ECONNRESET},
    {peer_stall, FaultPlace::peer_data, Verdict::delay, "peer.stall",
     "a client stops reading for delay: its window closes", 0, 1'000_ms},
    {peer_slow, FaultPlace::peer_data, Verdict::delay, "peer.slow",
     "a client reads on slowly, 4 KiB in delay, until its connection ends", 0, 10_ms},
};

}  // namespace

std::span<const FaultPointInfo> network_faults() {
  return network_rows;
}

}  // namespace sim
