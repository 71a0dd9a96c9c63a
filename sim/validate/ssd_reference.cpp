// Flash drives: recorded closed loops, *.txt below ssd/. Each flow's mean response time is a case.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <filesystem>

#include "model/base/check.hpp"
#include "sim/block/ssd.hpp"
#include "sim/engine/random.hpp"
#include "sim/validate/archive.hpp"
#include "sim/validate/reference.hpp"
#include "sim/validate/ssd_recording.hpp"

namespace sim {

namespace {

namespace fs = std::filesystem;

constexpr double ssd_tolerance = 0.05;

/// A flow that runs: its requests come back to it.
struct RunningFlow {
  const SsdFlow& recorded;
  std::uint64_t first_page;
  std::uint64_t pages;
  Random random;
  std::uint64_t done = 0;
  double time_ns = 0;
};

struct RunningRequest : DiskRequest {
  RunningFlow* flow = nullptr;
  kev::Instant began;
};

/// A priority of this class (flow_class.hpp).
IoPriority priority_of(FlowClass flow_class) {
  switch (flow_class) {
    case FlowClass::urgent:
      return {IoClass::real_time, io_level_normal};
    case FlowClass::high:
      return {IoClass::best_effort, 0};
    case FlowClass::medium:
      return {IoClass::best_effort, io_level_normal};
    case FlowClass::low:
      return {IoClass::idle, io_level_normal};
  }
  kev::check_failed("every class has a priority", __FILE__, __LINE__);
}

class ClosedLoops {
 public:
  explicit ClosedLoops(const SsdRecording& recording)
      : spec_(spec_of(recording)), disk_(engine_, spec_) {
    disk_.set_done(&on_done, this);
    const std::uint64_t pages = spec_.capacity_sectors / page_sectors();
    const auto share =
        static_cast<std::uint64_t>(static_cast<double>(pages) * recording.working_set /
                                   static_cast<double>(recording.flows.size()));
    std::uint64_t number = 0;
    for (const SsdFlow& flow : recording.flows) {
      flows_.push_back({flow, number * share, share, Random(number + 1)});
      ++number;
    }
  }

  /// Mean response time of each flow, in us.
  std::vector<double> run(std::int64_t seconds) {
    for (RunningFlow& flow : flows_) {
      for (std::uint32_t i = 0; i < flow.recorded.depth; ++i) {
        RunningRequest& request = requests_.emplace_back();
        request.flow = &flow;
        request.process = static_cast<std::uint32_t>(&flow - &flows_.front());
        start(request);
      }
    }
    engine_.run({kev::Instant(seconds * 1'000'000'000)});
    std::vector<double> means;
    for (const RunningFlow& flow : flows_)
      means.push_back(flow.time_ns / 1000 / static_cast<double>(flow.done));
    return means;
  }

 private:
  static SsdSpec spec_of(const SsdRecording& recording) {
    SsdSpec spec = find_ssd_profile(recording.profile)->spec();
    spec.filled = recording.filled;
    return spec;
  }
  /// Addresses are aligned to what the drive programs.
  [[nodiscard]] std::uint32_t page_sectors() const { return spec_.page_bytes() / sector_bytes; }

  void start(RunningRequest& request) {
    RunningFlow& flow = *request.flow;
    request.sector = (flow.first_page + flow.random.below(flow.pages)) * page_sectors();
    request.sectors = flow.recorded.sectors;
    request.write = flow.recorded.write;
    request.priority = priority_of(flow.recorded.flow_class);
    request.began = engine_.now();
    disk_.start(request);
  }
  static void on_done(void* self, DiskRequest& ended) {
    auto& loops = *static_cast<ClosedLoops*>(self);
    auto& request = static_cast<RunningRequest&>(ended);
    ++request.flow->done;
    request.flow->time_ns += static_cast<double>((loops.engine_.now() - request.began).ns());
    loops.start(request);
  }

  Engine engine_;
  SsdSpec spec_;
  Ssd disk_;
  std::vector<RunningFlow> flows_;
  std::deque<RunningRequest> requests_;
};

void validate_flows(const fs::path& path, Validation& out) {
  const auto take = [&](const kev::Errors& errors) {
    out.errors.insert(out.errors.end(), errors.begin(), errors.end());
  };
  const kev::Result<std::string> text = read_maybe_compressed(path.string());
  if (!text) return take(text.error());
  const auto recording = parse_ssd_recording(*text, path.string());
  if (!recording) return take(recording.error());
  const std::vector<double> means = ClosedLoops(*recording).run(recording->seconds);

  ReferenceRow row;
  row.reference = fmt::format("ssd/{}", path.stem().string());
  row.compared = "mean response time of each flow";
  row.tolerance = fmt::format("{:.0f} %", ssd_tolerance * 100);
  row.unit = "% off";
  for (std::size_t i = 0; i < means.size(); ++i) {
    const SsdFlow& flow = recording->flows[i];
    const double off = means[i] / flow.mean_us - 1;
    row.value = std::max(row.value, std::abs(off) * 100);
    ++row.cases;
    if (std::abs(off) <= ssd_tolerance)
      ++row.passed;
    else
      out.mismatches.push_back(
          {row.reference, fmt::format("line {}", flow.line),
           fmt::format("recorded {:.0f} us, kevsim {:.0f} us", flow.mean_us, means[i])});
  }
  out.rows.push_back(row);
}

}  // namespace

void validate_ssd(const std::string& folder, Validation& out) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(folder) / "ssd", error))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.empty()) out.notes.emplace_back("ssd/*.txt: not there, not compared");
  for (const fs::path& file : files) validate_flows(file, out);
}

}  // namespace sim
