#include "sim/validate/disk_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/block/hdd.hpp"
#include "sim/validate/trace_line.hpp"

namespace sim {

namespace {

constexpr std::string_view measured_form = "R|W Hit|Miss lbn sectors service_us delay_us";
constexpr double longest_us = 1e12;
constexpr std::uint32_t most_sectors = 1u << 20;

kev::Duration microseconds(double us) {
  return kev::Duration(std::llround(us * 1e3));
}

bool parse_line(TraceLine& line, MeasuredRequest& request) {
  const std::string_view kind = line.word();
  if (kind != "R" && kind != "W") return line.fail(fmt::format("expected R or W, not '{}'", kind));
  request.write = kind == "W";
  const std::string_view hit = line.word();
  if (hit != "Hit" && hit != "Miss")
    return line.fail(fmt::format("expected Hit or Miss, not '{}'", hit));
  double service = 0;
  double delay = 0;
  if (!line.number<std::uint64_t>(request.sector, UINT64_MAX / 2, "a logical block number") ||
      !line.number(request.sectors, most_sectors, "a number of blocks") ||
      !line.number(service, longest_us, "a service time in us") ||
      !line.number(delay, longest_us, "a delay in us"))
    return false;
  if (request.sectors == 0) return line.fail("a request of no blocks");
  request.service = microseconds(service);
  request.delay = microseconds(delay);
  return line.word().empty() || line.fail("more than six fields");
}

}  // namespace

double mean_ms(const std::vector<std::int64_t>& times_ns) {
  double sum = 0;
  for (const std::int64_t ns : times_ns) sum += static_cast<double>(ns);
  return sum / static_cast<double>(times_ns.size()) / 1e6;
}

double demerit_ms(std::vector<std::int64_t> a, std::vector<std::int64_t> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto distance = static_cast<double>(a[i] - b[i]);
    squares += distance * distance;
  }
  return std::sqrt(squares / static_cast<double>(a.size())) / 1e6;
}

kev::Result<std::vector<MeasuredRequest>> parse_disk_trace(const std::string& path,
                                                           std::string_view text) {
  std::vector<MeasuredRequest> requests;
  for (TraceLines lines(text); lines.next();) {
    TraceLine line(path, lines, measured_form);
    MeasuredRequest request;
    request.line = lines.number();
    if (!parse_line(line, request)) return kev::fail(line.error());
    requests.push_back(request);
  }
  if (requests.empty()) return kev::fail("no requests in it", {path, 0, 0});
  return requests;
}

kev::Result<DiskComparison> compare_with_disk(const std::string& path,
                                              const std::vector<MeasuredRequest>& requests,
                                              const HddSpec& spec) {
  Engine engine;
  Hdd disk(engine, spec);
  disk.set_done([](void*, DiskRequest&) {}, nullptr);
  std::vector<std::int64_t> measured;
  std::vector<std::int64_t> simulated;
  for (const MeasuredRequest& request : requests) {
    if (request.sector + request.sectors > disk.capacity_sectors())
      return kev::fail(
          fmt::format("blocks {} to {} lie beyond this disk, which has {}", request.sector,
                      request.sector + request.sectors - 1, disk.capacity_sectors()),
          {path, request.line, 1}, "is it the disk that was measured? See --disk");
    const kev::Instant arrived = engine.now();
    DiskRequest asked{request.sector, request.sectors, request.write, 0};
    disk.start(asked);
    engine.run();
    measured.push_back(request.service.ns());
    simulated.push_back((engine.now() - arrived).ns());
    engine.advance_to(engine.now() + request.delay);
  }
  DiskComparison comparison;
  comparison.requests = requests.size();
  comparison.measured_ms = mean_ms(measured);
  comparison.simulated_ms = mean_ms(simulated);
  comparison.demerit_ms = demerit_ms(std::move(measured), std::move(simulated));
  return comparison;
}

}  // namespace sim
