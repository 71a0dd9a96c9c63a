#include "sim/validate/block_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/validate/disk_trace.hpp"
#include "sim/validate/trace_line.hpp"

namespace sim {

namespace {

constexpr BlockTraceFormat formats[] = {
    {"blkparse", "events of Linux's block layer, as blkparse prints them by default", is_blkparse,
     parse_blkparse},
    {"fio-iolog", "what fio did, as --write_iolog writes it, version 2 or 3", is_fio_iolog,
     parse_fio_iolog},
    {"mqsim", "requests of MQSim's traces: time in ns, device, sector, sectors, 0 for a write",
     is_mqsim, parse_mqsim},
};

/// Times that were scaled stay within what the clock can hold.
constexpr double latest_ns = 4e18;

/// A disk, and who comes to it when.
class TraceDrive {
 public:
  TraceDrive(Engine& engine, Disk& disk, const BlockTrace& trace, Pace pace)
      : engine_(engine), disk_(disk), trace_(trace), pace_(pace), begin_(engine.now()) {
    asked_.resize(trace.requests.size());
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      const TracedRequest& request = trace.requests[i];
      static_cast<DiskRequest&>(asked_[i]) = {request.sector, request.sectors, request.write,
                                              static_cast<std::uint32_t>(i + 1)};
    }
    disk.set_done(&on_done, this);
  }

  /// The time of each request, in ns.
  std::vector<std::int64_t> run() {
    on_arrival();
    engine_.run();
    std::vector<std::int64_t> times;
    for (const Asked& request : asked_) times.push_back((request.ended - request.arrived).ns());
    return times;
  }
  [[nodiscard]] kev::Duration lasted() const { return last_end_ - begin_; }

 private:
  struct Asked : DiskRequest {
    kev::Instant arrived;
    kev::Instant ended;
  };

  [[nodiscard]] kev::Instant arrival_of(std::size_t request) const {
    return begin_ + (trace_.requests[request].arrives - kev::Instant(0));
  }
  void on_arrival() {
    const kev::Instant now = engine_.now();
    while (here_ < asked_.size() &&
           (pace_ == Pace::as_fast_as_possible || arrival_of(here_) <= now))
      asked_[here_++].arrived = now;
    start();
    if (here_ < asked_.size()) engine_.schedule_at(arrival_, arrival_of(here_));
  }
  void start() {
    for (; inside_ < disk_.queue_depth() && started_ < here_; ++inside_) {
      Asked& request = asked_[started_++];
      if (pace_ == Pace::as_fast_as_possible) request.arrived = engine_.now();
      disk_.start(request);
    }
  }
  static void on_done(void* self, DiskRequest& request) {
    auto& drive = *static_cast<TraceDrive*>(self);
    static_cast<Asked&>(request).ended = drive.last_end_ = drive.engine_.now();
    --drive.inside_;
    drive.start();
  }

  Engine& engine_;
  Disk& disk_;
  const BlockTrace& trace_;
  Pace pace_;
  kev::Instant begin_;
  kev::Instant last_end_;
  std::vector<Asked> asked_;
  std::size_t here_ = 0;     ///< so many have arrived
  std::size_t started_ = 0;  ///< so many the disk has had
  std::uint32_t inside_ = 0;
  MemberEvent<TraceDrive, &TraceDrive::on_arrival> arrival_{*this};
};

kev::Result<bool> fits(const std::string& path, const BlockTrace& trace, const Disk& disk) {
  for (const TracedRequest& request : trace.requests)
    if (request.sector + request.sectors > disk.capacity_sectors())
      return kev::fail(
          fmt::format("sectors {} to {} lie beyond this disk, which has {}", request.sector,
                      request.sector + request.sectors - 1, disk.capacity_sectors()),
          {path, request.line, 1}, "a larger disk: see --disk");
  return true;
}

/// Of sorted times that are not empty: so much of them is not longer.
kev::Duration share_of(const std::vector<std::int64_t>& sorted, std::size_t percent) {
  return kev::Duration(sorted[(sorted.size() - 1) * percent / 100]);
}

}  // namespace

std::span<const BlockTraceFormat> block_trace_formats() {
  return formats;
}

const BlockTraceFormat* find_block_trace_format(std::string_view name) {
  for (const BlockTraceFormat& format : formats)
    if (format.name == name) return &format;
  return nullptr;
}

/// Each of its records begins with a magic number, in the byte order of the machine: "eat" and the
/// version, 7 (blktrace_api.h).
bool is_blktrace(std::string_view bytes) {
  return bytes.starts_with("\atae") || bytes.starts_with("eat\a");
}

kev::Error blktrace_error(const std::string& path) {
  return {"what blktrace writes is binary; only text is read",
          {path, 0, 0},
          fmt::format("'blkparse -i {0} -o {0}.txt' makes text of it", path),
          {},
          1};
}

const BlockTraceFormat* recognise_block_trace(std::string_view text) {
  TraceLines lines(text);
  if (!lines.next()) return nullptr;
  for (const BlockTraceFormat& format : formats)
    if (format.is_it(lines.text())) return &format;
  return nullptr;
}

kev::Result<BlockTrace> in_order(const std::string& path, BlockTrace trace) {
  if (trace.requests.empty()) return kev::fail("no requests in it", {path, 0, 0});
  std::stable_sort(
      trace.requests.begin(), trace.requests.end(),
      [](const TracedRequest& a, const TracedRequest& b) { return a.arrives < b.arrives; });
  const kev::Duration first = trace.requests.front().arrives - kev::Instant(0);
  for (TracedRequest& request : trace.requests) request.arrives = request.arrives - first;
  return trace;
}

void scale(BlockTrace& trace, double factor) {
  for (TracedRequest& request : trace.requests) {
    const auto since = static_cast<double>((request.arrives - kev::Instant(0)).ns());
    request.arrives = kev::Instant(std::llround(std::min(since * factor, latest_ns)));
  }
}

kev::Result<BlockReplay> replay_block_trace(const std::string& path, const BlockTrace& trace,
                                            Engine& engine, Disk& disk, Pace pace) {
  if (const auto good = fits(path, trace, disk); !good) return tl::unexpected(good.error());
  BlockReplay replay;
  replay.pace = trace.requests.back().arrives == kev::Instant(0) ? Pace::as_fast_as_possible : pace;
  TraceDrive drive(engine, disk, trace, replay.pace);
  std::vector<std::int64_t> times = drive.run();
  replay.lasted = drive.lasted();
  std::vector<std::int64_t> measured;
  std::vector<std::int64_t> simulated;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const TracedRequest& request = trace.requests[i];
    replay.writes += request.write ? 1 : 0;
    if (!request.service) continue;
    measured.push_back(request.service->ns());
    simulated.push_back(times[i]);
  }
  replay.compared = measured.size();
  replay.simulated_ms = mean_ms(measured.empty() ? times : simulated);
  if (!measured.empty()) {
    replay.measured_ms = mean_ms(measured);
    replay.demerit_ms = demerit_ms(std::move(measured), std::move(simulated));
  }
  std::sort(times.begin(), times.end());
  replay.p50 = share_of(times, 50);
  replay.p99 = share_of(times, 99);
  replay.longest = share_of(times, 100);
  return replay;
}

}  // namespace sim
