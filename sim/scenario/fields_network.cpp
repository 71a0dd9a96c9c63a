// The rows of links and TCP.

#include "sim/scenario/field_rows.hpp"

namespace sim::field_rows {

namespace {

using enum ValueType;

constexpr Field network_rows[] = {
    {.section = "link",
     .key = "rate",
     .type = rate,
     .slot = slot<&LinkSpec::rate_bytes_per_s>,
     .doc = "bandwidth of each direction",
     .example = "\"1Gbit/s\"",
     .range = {1'000, 125'000 * million}},
    {.section = "link",
     .key = "rtt",
     .type = duration,
     .slot = slot<&LinkSpec::rtt>,
     .doc = "round-trip time without queueing",
     .example = "\"200us\"",
     .range = {0, 60 * second}},
    {.section = "link",
     .key = "loss",
     .type = probability,
     .slot = slot<&LinkSpec::loss>,
     .doc = "probability that one packet is dropped",
     .example = "0.0"},
    {.section = "link",
     .key = "queue_packets",
     .type = integer,
     .slot = slot<&LinkSpec::queue_packets>,
     .doc = "packets beyond this are dropped",
     .example = "1000",
     .range = {1, million}},

    {.section = "tcp",
     .key = "mss",
     .type = integer,
     .slot = slot<&TcpSpec::mss>,
     .doc = "bytes of payload in one segment",
     .example = "1448",
     .range = {64, 65'495}},
    {.section = "tcp",
     .key = "send_buffer",
     .type = size,
     .slot = slot<&TcpSpec::send_buffer_bytes>,
     .doc = "send buffer of a socket",
     .example = "\"128KiB\"",
     .range = {2 * kib, gib}},
    {.section = "tcp",
     .key = "receive_buffer",
     .type = size,
     .slot = slot<&TcpSpec::receive_buffer_bytes>,
     .doc = "receive buffer of a socket",
     .example = "\"128KiB\"",
     .range = {2 * kib, gib}},
};

}  // namespace

std::span<const Field> network() {
  return network_rows;
}

}  // namespace sim::field_rows
