#include "tools/replay_on_disk.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/block/disksim_disk.hpp"
#include "sim/report/figures.hpp"
#include "sim/report/json_report.hpp"
#include "sim/validate/archive.hpp"
#include "sim/validate/block_trace.hpp"
#include "sim/validate/disk_trace.hpp"
#include "tools/console.hpp"
#include "tools/option_values.hpp"

namespace sim {

namespace {

using Json = nlohmann::ordered_json;

/// The same result for people and for scripts.
struct Replayed {
  std::string text;
  Json json;
};

double ms_of(kev::Duration time) {
  return static_cast<double>(time.ns()) / 1e6;
}

kev::Errors at_option(kev::Errors errors) {
  for (kev::Error& error : errors)
    if (error.place.file.empty()) error.place.file = "--disk";
  return errors;
}

// -- measured service times -----------------------------------------------------------------------

kev::Result<Replayed> replay_measured(const ReplayArguments& arguments, const std::string& text) {
  const kev::Result<HddSpec> spec = find_hdd_spec(arguments.disk);
  if (!spec) return tl::unexpected<kev::Errors>(at_option(spec.error()));
  const auto requests = parse_disk_trace(arguments.trace, text);
  if (!requests) return tl::unexpected<kev::Errors>(requests.error());
  const auto comparison = compare_with_disk(arguments.trace, *requests, *spec);
  if (!comparison) return tl::unexpected<kev::Errors>(comparison.error());
  Replayed replayed;
  replayed.text =
      fmt::format("{}: {} requests on {}\n", arguments.trace, comparison->requests, arguments.disk);
  replayed.text += fmt::format("  mean service time   measured {:.3f} ms, simulated {:.3f} ms\n",
                               comparison->measured_ms, comparison->simulated_ms);
  replayed.text += fmt::format("  demerit             {:.3f} ms, {:.2f} % of the mean\n",
                               comparison->demerit_ms, comparison->demerit_percent());
  replayed.json = {{"trace", arguments.trace},
                   {"disk", arguments.disk},
                   {"requests", comparison->requests},
                   {"measured_mean_ms", comparison->measured_ms},
                   {"simulated_mean_ms", comparison->simulated_ms},
                   {"demerit_ms", comparison->demerit_ms},
                   {"demerit_percent", comparison->demerit_percent()}};
  return replayed;
}

// -- block traces ---------------------------------------------------------------------------------

/// A profile of any kind of disk, or a file of DiskSim's.
kev::Result<std::unique_ptr<Disk>> make_disk(Engine& engine, const std::string& name) {
  for (const DiskKind& kind : disk_kinds())
    for (const DiskProfile& profile : kind.profiles())
      if (profile.name == name) return kind.make(engine, name);
  const kev::Result<HddSpec> spec = find_hdd_spec(name);
  if (!spec) return tl::unexpected<kev::Errors>(at_option(spec.error()));
  return find_disk_kind("hdd")->make(engine, name);
}

std::string text_of(const ReplayArguments& arguments, const BlockTrace& trace,
                    const BlockReplay& replay) {
  const auto duration = [](kev::Duration time) {
    return format_duration(static_cast<double>(time.ns()));
  };
  std::string text = fmt::format("{}: {} requests, {} of them writes, on {}\n", arguments.trace,
                                 trace.requests.size(), replay.writes, arguments.disk);
  text += "  mean service time   ";
  if (replay.compared != 0) text += fmt::format("measured {:.3f} ms, ", replay.measured_ms);
  text += fmt::format("simulated {:.3f} ms\n", replay.simulated_ms);
  if (replay.compared != 0)
    text += fmt::format("  demerit             {:.3f} ms, {:.2f} % of the mean\n",
                        replay.demerit_ms, replay.demerit_percent());
  if (replay.compared != 0 && replay.compared != trace.requests.size())
    text += fmt::format("  compared            {} requests: of the others the trace has no end\n",
                        replay.compared);
  text += fmt::format("  simulated           p50 {}, p99 {}, max {}; {} in all{}\n",
                      duration(replay.p50), duration(replay.p99), duration(replay.longest),
                      duration(replay.lasted),
                      replay.pace == Pace::as_traced ? "" : ", as fast as possible");
  if (trace.passed_over != 0)
    text += fmt::format("  passed over         {} that move no data\n", trace.passed_over);
  return text;
}

Json json_of(const ReplayArguments& arguments, const BlockTraceFormat& format,
             const BlockTrace& trace, const BlockReplay& replay) {
  Json json = {{"trace", arguments.trace},
               {"disk", arguments.disk},
               {"trace_format", format.name},
               {"timing", replay.pace == Pace::as_traced ? arguments.timing : "asap"},
               {"requests", trace.requests.size()},
               {"writes", replay.writes},
               {"compared", replay.compared},
               {"passed_over", trace.passed_over}};
  if (replay.compared != 0) {
    json["measured_mean_ms"] = replay.measured_ms;
    json["demerit_ms"] = replay.demerit_ms;
    json["demerit_percent"] = replay.demerit_percent();
  }
  json["simulated_mean_ms"] = replay.simulated_ms;
  json["simulated_p50_ms"] = ms_of(replay.p50);
  json["simulated_p99_ms"] = ms_of(replay.p99);
  json["simulated_max_ms"] = ms_of(replay.longest);
  json["simulated_time_ms"] = ms_of(replay.lasted);
  return json;
}

kev::Result<Replayed> replay_blocks(const ReplayArguments& arguments,
                                    const BlockTraceFormat& format, const std::string& text) {
  const kev::Result<Timing> timing = parse_timing(arguments.timing);
  if (!timing) return tl::unexpected<kev::Errors>(timing.error());
  Engine engine;
  const auto disk = make_disk(engine, arguments.disk);
  if (!disk) return tl::unexpected<kev::Errors>(disk.error());
  kev::Result<BlockTrace> trace = format.parse(arguments.trace, text);
  if (!trace) return tl::unexpected<kev::Errors>(trace.error());
  if (timing->kind == ReplayTiming::scaled) scale(*trace, timing->factor);
  const Pace pace =
      timing->kind == ReplayTiming::asap ? Pace::as_fast_as_possible : Pace::as_traced;
  const auto replay = replay_block_trace(arguments.trace, *trace, engine, **disk, pace);
  if (!replay) return tl::unexpected<kev::Errors>(replay.error());
  return Replayed{text_of(arguments, *trace, *replay), json_of(arguments, format, *trace, *replay)};
}

// -- any of them ----------------------------------------------------------------------------------

kev::Result<Replayed> replay(const ReplayArguments& arguments) {
  const kev::Result<std::string> text = read_maybe_compressed(arguments.trace);
  if (!text) return tl::unexpected<kev::Errors>(text.error());
  if (is_blktrace(*text)) return kev::fail(blktrace_error(arguments.trace));
  if (arguments.disk.empty())
    return kev::fail("a disk trace needs a disk", {"--disk", 0, 0},
                     "--disk cheetah-9lp, or a path of DiskSim's *.parv or *.model");
  const BlockTraceFormat* const format = arguments.from == "auto"
                                             ? recognise_block_trace(*text)
                                             : find_block_trace_format(arguments.from);
  return format == nullptr ? replay_measured(arguments, *text)
                           : replay_blocks(arguments, *format, *text);
}

/// Whoever forgets --disk, too, is told what the file is.
bool begins_as_blktrace(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char magic[4] = {};
  return file.read(magic, sizeof magic) && is_blktrace({magic, sizeof magic});
}

std::string written(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

bool replays_on_disk(const ReplayArguments& arguments) {
  if (arguments.from == "auto")
    return !arguments.disk.empty() || begins_as_blktrace(arguments.trace);
  return arguments.from == disksim_validate || find_block_trace_format(arguments.from) != nullptr;
}

ExitCode replay_on_disk(const ReplayArguments& arguments) {
  const Console console(arguments.output);
  const kev::Result<Replayed> replayed = replay(arguments);
  if (!replayed) {
    console.print_errors(replayed.error());
    if (console.json())
      console.print(written({{"trace", arguments.trace},
                             {"disk", arguments.disk},
                             {"errors", Json::parse(json_error_list(replayed.error()))}}));
    return ExitCode::bad_usage;
  }
  console.print(console.json() ? written(replayed->json) : replayed->text);
  return ExitCode::ok;
}

}  // namespace sim
