// Disks: measured service times below disksim/, one trace a drive, with the drive's parameters
// beside it. The tolerance is what DiskSim 4.0's authors publish for their own model of the drive.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "sim/block/disksim_disk.hpp"
#include "sim/validate/archive.hpp"
#include "sim/validate/disk_trace.hpp"
#include "sim/validate/reference.hpp"

namespace sim {

namespace {

namespace fs = std::filesystem;

/// Bucy, Schindler, Schlosser, Ganger: The DiskSim Simulation Environment Version 4.0 Reference
/// Manual, CMU-PDL-08-101, and the valid/ folder of its distribution.
struct Published {
  std::string_view drive;
  double rms_ms;
};
constexpr Published published[] = {
    {"atlas10k", 0.268},   {"atlas_III", 0.378}, {"barracuda", 0.348}, {"cheetah4LP", 0.318},
    {"cheetah9LP", 0.107}, {"ibm18es", 0.136},   {"hp_c2247a", 0.090}, {"hp_c2490a", 0.254},
    {"hp_c3323a", 0.306},  {"dec_rz26", 0.340},  {"st41601n", 0.083},
};

/// 0 when nothing is published for it.
double tolerance_ms(std::string_view drive) {
  for (const Published& row : published)
    if (row.drive == drive) return row.rms_ms;
  return 0;
}

kev::Result<DiskComparison> compare(const fs::path& trace, const fs::path& parameters) {
  const kev::Result<std::string> text = read_maybe_compressed(trace.string());
  if (!text) return tl::unexpected<kev::Errors>(text.error());
  const auto requests = parse_disk_trace(trace.string(), *text);
  if (!requests) return tl::unexpected<kev::Errors>(requests.error());
  const kev::Result<HddSpec> spec = load_disksim_disk(parameters.string(), disksim_files());
  if (!spec) return tl::unexpected<kev::Errors>(spec.error());
  return compare_with_disk(trace.string(), *requests, *spec);
}

void validate_drive(const fs::path& trace, const std::string& drive, Validation& out) {
  const std::string reference = fmt::format("disksim/{}", drive);
  const fs::path parameters = trace.parent_path() / (drive + ".parv");
  const kev::Result<DiskComparison> result = compare(trace, parameters);
  if (!result) {
    out.errors.insert(out.errors.end(), result.error().begin(), result.error().end());
    return;
  }
  const double tolerance = tolerance_ms(drive);
  ReferenceRow row;
  row.reference = reference;
  row.compared = "service times, demerit";
  row.tolerance = tolerance == 0 ? "none published" : fmt::format("{:.3f} ms", tolerance);
  row.cases = 1;
  row.passed = tolerance == 0 || result->demerit_ms <= tolerance ? 1 : 0;
  row.value = result->demerit_ms;
  row.unit = "ms";
  if (!row.ok())
    out.mismatches.push_back(
        {reference, trace.filename().string(),
         fmt::format("demerit {:.3f} ms ({:.2f} % of the mean), not {:.3f} ms or less",
                     result->demerit_ms, result->demerit_percent(), tolerance)});
  out.rows.push_back(std::move(row));
}

}  // namespace

void validate_disks(const std::string& folder, Validation& out) {
  const fs::path below = fs::path(folder) / "disksim";
  std::vector<fs::path> traces;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(below, error))
    if (entry.path().filename().string().find(".trace") != std::string::npos)
      traces.push_back(entry.path());
  std::sort(traces.begin(), traces.end());
  if (traces.empty()) out.notes.emplace_back("disksim: not there, not compared");
  for (const fs::path& trace : traces) {
    const std::string name = trace.filename().string();
    validate_drive(trace, name.substr(0, name.find(".trace")), out);
  }
}

}  // namespace sim
