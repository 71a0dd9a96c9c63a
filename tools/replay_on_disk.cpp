#include "tools/replay_on_disk.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/block/disksim_disk.hpp"
#include "sim/report/json_report.hpp"
#include "sim/validate/archive.hpp"
#include "sim/validate/disk_trace.hpp"
#include "tools/console.hpp"

namespace sim {

namespace {

kev::Result<DiskComparison> compare(const ReplayArguments& arguments) {
  if (arguments.disk.empty())
    return kev::fail("a disk trace needs a disk", {"--disk", 0, 0},
                     "--disk cheetah-9lp, or a path of DiskSim's *.parv or *.model");
  kev::Result<HddSpec> spec = find_hdd_spec(arguments.disk);
  if (!spec) {
    for (kev::Error& error : spec.error())
      if (error.place.file.empty()) error.place.file = "--disk";
    return tl::unexpected<kev::Errors>(spec.error());
  }
  const kev::Result<std::string> text = read_maybe_compressed(arguments.trace);
  if (!text) return tl::unexpected<kev::Errors>(text.error());
  const auto requests = parse_disk_trace(arguments.trace, *text);
  if (!requests) return tl::unexpected<kev::Errors>(requests.error());
  return compare_with_disk(arguments.trace, *requests, *spec);
}

std::string text_of(const ReplayArguments& arguments, const DiskComparison& comparison) {
  std::string text =
      fmt::format("{}: {} requests on {}\n", arguments.trace, comparison.requests, arguments.disk);
  text += fmt::format("  mean service time   measured {:.3f} ms, simulated {:.3f} ms\n",
                      comparison.measured_ms, comparison.simulated_ms);
  text += fmt::format("  demerit             {:.3f} ms, {:.2f} % of the mean\n",
                      comparison.demerit_ms, comparison.demerit_percent());
  return text;
}

using Json = nlohmann::ordered_json;

std::string written(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string json_of(const ReplayArguments& arguments, const kev::Errors& errors) {
  return written({{"trace", arguments.trace},
                  {"disk", arguments.disk},
                  {"errors", Json::parse(json_error_list(errors))}});
}

std::string json_of(const ReplayArguments& arguments, const DiskComparison& comparison) {
  return written({{"trace", arguments.trace},
                  {"disk", arguments.disk},
                  {"requests", comparison.requests},
                  {"measured_mean_ms", comparison.measured_ms},
                  {"simulated_mean_ms", comparison.simulated_ms},
                  {"demerit_ms", comparison.demerit_ms},
                  {"demerit_percent", comparison.demerit_percent()}});
}

}  // namespace

ExitCode replay_on_disk(const ReplayArguments& arguments) {
  const Console console(arguments.output);
  const kev::Result<DiskComparison> comparison = compare(arguments);
  if (!comparison) {
    console.print_errors(comparison.error());
    if (console.json()) console.print(json_of(arguments, comparison.error()));
    return ExitCode::bad_usage;
  }
  console.print(console.json() ? json_of(arguments, *comparison) : text_of(arguments, *comparison));
  return ExitCode::ok;
}

}  // namespace sim
