#pragma once
// TCP segments out of a packet capture (pcap, the format of tcpdump: 24 bytes of header, then for
// each packet seconds, microseconds or nanoseconds, two lengths, and the frame).
//
// Read are Ethernet and raw IP frames with IPv4 and TCP in them, in either byte order; other
// packets are counted and left out. Errors: a file that is no capture, or ends within a packet's
// header, is a kev::Error; a packet that was cut short is left out.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"
#include "model/base/time.hpp"

namespace sim {

struct CapturedSegment {
  kev::Instant at;  ///< since the capture's first packet
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint32_t payload = 0;
  std::uint16_t window = 0;
  std::uint8_t flags = 0;
};

struct Capture {
  std::vector<CapturedSegment> segments;
  std::uint64_t others = 0;  ///< packets of other protocols, or cut short
};

kev::Result<Capture> parse_pcap(const std::string& path, std::string_view bytes);

}  // namespace sim
