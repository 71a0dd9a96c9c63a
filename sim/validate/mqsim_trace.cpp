// MQSim's traces: a request a line, in the order of arrival,
//   TIME DEVICE SECTOR SECTORS TYPE
// with times in ns and type 0 for writes, 1 for reads (MQSim, src/host/ASCII_Trace_Definition.h).
// The device is MQSim's to ignore, and so it is here: all requests are one drive's.

#include "sim/validate/block_trace.hpp"
#include "sim/validate/trace_line.hpp"

namespace sim {

namespace {

constexpr std::string_view form = "TIME DEVICE SECTOR SECTORS TYPE, TYPE 0 for a write";
constexpr std::int64_t latest_ns = 1'000'000'000'000'000'000;
constexpr std::uint64_t most_sector = std::uint64_t{1} << 41;
constexpr std::uint32_t most_device = 1u << 16;

bool take(TraceLine& line, TracedRequest& request) {
  std::int64_t ns = 0;
  std::uint32_t device = 0;
  std::uint32_t type = 0;
  if (!line.number(ns, latest_ns, "a time in ns") ||
      !line.number(device, most_device, "the number of a device") ||
      !line.number(request.sector, most_sector, "a sector") ||
      !line.number(request.sectors, most_traced_sectors, "a number of sectors"))
    return false;
  if (request.sectors == 0) return line.fail("a request of no sectors");
  if (!line.number(type, 1u, "0 for a write or 1 for a read")) return false;
  request.arrives = kev::Instant(ns);
  request.write = type == 0;
  return line.word().empty() || line.fail("more than five fields");
}

}  // namespace

bool is_mqsim(std::string_view text) {
  const std::string path;
  TraceLines lines(text);
  TracedRequest request;
  if (!lines.next()) return false;
  TraceLine line(path, lines, form);
  return take(line, request);
}

kev::Result<BlockTrace> parse_mqsim(const std::string& path, std::string_view text) {
  BlockTrace trace;
  for (TraceLines lines(text); lines.next();) {
    TraceLine line(path, lines, form);
    TracedRequest request;
    request.line = lines.number();
    if (!take(line, request)) return kev::fail(line.error());
    trace.requests.push_back(request);
  }
  return in_order(path, std::move(trace));
}

}  // namespace sim
