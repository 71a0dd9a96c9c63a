#include "sim/validate/pcap.hpp"

#include <algorithm>

namespace sim {

namespace {

constexpr std::uint32_t magic_us = 0xa1b2c3d4;
constexpr std::uint32_t magic_ns = 0xa1b23c4d;
constexpr std::size_t file_header_bytes = 24;
constexpr std::size_t packet_header_bytes = 16;
constexpr std::uint32_t link_ethernet = 1;
constexpr std::uint32_t link_raw = 101;
constexpr std::size_t ethernet_bytes = 14;
constexpr std::uint32_t ip_v4 = 0x0800;
constexpr std::uint32_t protocol_tcp = 6;

/// Numbers of a text, by place; the caller sees to it that they are there.
class Bytes {
 public:
  explicit Bytes(std::string_view text) : text_(text) {}
  [[nodiscard]] std::size_t size() const { return text_.size(); }
  [[nodiscard]] std::uint32_t byte(std::size_t at) const {
    return static_cast<unsigned char>(text_[at]);
  }
  [[nodiscard]] std::uint32_t big(std::size_t at, std::size_t count) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8 | byte(at + i);
    return value;
  }
  [[nodiscard]] std::uint32_t little(std::size_t at) const {
    return byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
  }
  [[nodiscard]] Bytes part(std::size_t at, std::size_t count = std::string_view::npos) const {
    return Bytes(text_.substr(at, count));
  }

 private:
  std::string_view text_;
};

std::optional<CapturedSegment> parse_ip(const Bytes& packet) {
  if (packet.size() < 20 || packet.byte(0) >> 4 != 4) return std::nullopt;
  const std::size_t header = std::size_t{packet.byte(0) & 15} * 4;
  const std::size_t length = packet.big(2, 2);
  if (packet.byte(9) != protocol_tcp || header < 20 || packet.size() < header + 20)
    return std::nullopt;
  const Bytes tcp = packet.part(header);
  const std::size_t tcp_header = std::size_t{tcp.byte(12) >> 4} * 4;
  if (length < header + tcp_header) return std::nullopt;
  CapturedSegment segment;
  segment.source = packet.big(12, 4);
  segment.destination = packet.big(16, 4);
  segment.source_port = static_cast<std::uint16_t>(tcp.big(0, 2));
  segment.destination_port = static_cast<std::uint16_t>(tcp.big(2, 2));
  segment.seq = tcp.big(4, 4);
  segment.ack = tcp.big(8, 4);
  segment.flags = static_cast<std::uint8_t>(tcp.byte(13));
  segment.window = static_cast<std::uint16_t>(tcp.big(14, 2));
  segment.payload = static_cast<std::uint32_t>(length - header - tcp_header);
  return segment;
}

}  // namespace

kev::Result<Capture> parse_pcap(const std::string& path, std::string_view text) {
  const Bytes file(text);
  if (file.size() < file_header_bytes)
    return kev::fail("no packet capture: too short", {path, 0, 0});
  const bool little = file.little(0) == magic_us || file.little(0) == magic_ns;
  const auto word = [&](std::size_t at) { return little ? file.little(at) : file.big(at, 4); };
  const std::uint32_t magic = word(0);
  if (magic != magic_us && magic != magic_ns)
    return kev::fail("no packet capture: unknown magic number", {path, 0, 0},
                     "pcap as tcpdump writes it; pcapng is not read");
  const std::int64_t unit = magic == magic_us ? 1000 : 1;
  const std::uint32_t link = word(20) & 0xffff;
  if (link != link_ethernet && link != link_raw)
    return kev::fail("packets of an unknown link type", {path, 0, 0}, "Ethernet or raw IP");
  Capture out;
  std::optional<std::int64_t> first;
  for (std::size_t at = file_header_bytes; at < file.size();) {
    if (file.size() - at < packet_header_bytes)
      return kev::fail("ends within a packet's header", {path, 0, 0});
    const std::int64_t time =
        std::int64_t{word(at)} * 1'000'000'000 + std::int64_t{word(at + 4)} * unit;
    const std::size_t length = word(at + 8);
    at += packet_header_bytes;
    if (!first) first = time;
    Bytes frame = file.part(std::min(at, file.size()), length);
    at += length;
    if (link == link_ethernet) {
      const bool ip = frame.size() > ethernet_bytes && frame.big(12, 2) == ip_v4;
      frame = ip ? frame.part(ethernet_bytes) : Bytes({});
    }
    auto segment = parse_ip(frame);
    if (!segment) {
      ++out.others;
      continue;
    }
    segment->at = kev::Instant(time - *first);
    out.segments.push_back(*segment);
  }
  return out;
}

}  // namespace sim
