#include "sim/report/json_report.hpp"

#include <nlohmann/json.hpp>

#include "model/base/check.hpp"
#include "sim/report/outcome.hpp"
#include "sim/report/text_report.hpp"

namespace sim {

namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  // Traces and scenarios may carry bytes that are not UTF-8; they become U+FFFD, never an
  // exception.
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

Json faults_json(const DesignSummary& design) {
  Json faults = Json::array();
  for (const FaultCount& fault : design.faults)
    faults.push_back({{"at", fault.name}, {"struck", fault.count}});
  return faults;
}

Json design_json(const DesignSummary& design) {
  Json json = {
      {"name", design.name},
      {"throughput_bytes_per_s", design.throughput_bytes_per_s},
      {"requests", design.requests},
      {"completed", design.completed},
      {"failed", design.failed},
      {"bytes_sent", design.bytes_sent},
      {"latency_ns",
       {{"p50", design.latency.p50.ns()},
        {"p90", design.latency.p90.ns()},
        {"p99", design.latency.p99.ns()},
        {"max", design.latency.max.ns()}}},
      {"cpu_busy_ratio", design.cpu_busy_ratio},
      {"disk_busy_ratio", design.disk_busy_ratio},
      {"link_busy_ratio", design.link_busy_ratio},
      {"cache_hit_ratio", design.cache_hit_ratio},
      {"context_switches", design.context_switches},
      {"wakeups", design.wakeups},
      {"interrupts", design.interrupts},
      {"system_calls", design.system_calls},
      {"sim_time_ns", design.sim_time.ns()},
      {"wall_time_ns", design.wall_time.ns()},
      {"events", design.events},
      {"fingerprint", fingerprint_text(design.fingerprint)},
  };
  if (design.switched) json["switch_drops"] = design.switch_drops;
  if (!design.faults.empty()) json["faults"] = faults_json(design);
  return json;
}

Json violations_json(const RunSummary& summary) {
  Json violations = Json::array();
  for (const DesignSummary& design : summary.designs)
    for (const Violation& violation : design.violations)
      violations.push_back({{"property", violation.property},
                            {"message", violation.message},
                            {"design", design.name},
                            {"at_ns", violation.at.ns()}});
  return violations;
}

Json limits_json(const RunSummary& summary) {
  Json limits = Json::array();
  for (const LimitResult& limit : summary.limits)
    limits.push_back({{"limit", limit.text},
                      {"design", limit.design},
                      {"value", limit.value},
                      {"met", limit.met}});
  return limits;
}

Json calls_json(const std::vector<CallCount>& rows, const char* why) {
  Json calls = Json::array();
  for (const CallCount& row : rows)
    calls.push_back({{"call", row.call}, {"count", row.count}, {why, row.reason}});
  return calls;
}

/// What every design answered: the least of them.
std::int64_t requests_served(const RunSummary& summary) {
  std::int64_t served = 0;
  for (std::size_t i = 0; i < summary.designs.size(); ++i)
    if (i == 0 || summary.designs[i].completed < served) served = summary.designs[i].completed;
  return served;
}

void add_replay(Json& json, const RunSummary& summary) {
  const ReplaySummary& replay = summary.replay;
  json["calls"] = {{"matched", replay.calls_matched},
                   {"ignored", replay.calls_ignored},
                   {"unmatched", replay.unmatched.size()}};
  json["requests_recorded"] = replay.requests_recorded;
  json["requests_served"] = requests_served(summary);
  Json unmatched = Json::array();
  for (const UnmatchedCall& call : replay.unmatched)
    unmatched.push_back({{"line", call.line},
                         {"text", call.text},
                         {"reason", call.reason},
                         {"workload", call.workload}});
  json["replay"] = {{"trace", replay.trace},
                    {"timing", replay.timing},
                    {"connections", replay.connections},
                    {"files", replay.files},
                    {"matched", calls_json(replay.matched, "matched_with")},
                    {"ignored", calls_json(replay.ignored, "reason")},
                    {"unmatched", std::move(unmatched)}};
}

Json errors_json(const kev::Errors& errors) {
  Json list = Json::array();
  for (const kev::Error& error : errors)
    list.push_back({{"file", error.place.file},
                    {"line", error.place.line},
                    {"column", error.place.column},
                    {"message", error.message},
                    {"hint", error.hint}});
  return list;
}

}  // namespace

std::string json_report(const RunSummary& summary) {
  const Judgement judgement = judge(summary);
  Json designs = Json::array();
  for (const DesignSummary& design : summary.designs) designs.push_back(design_json(design));
  Json json = {{"seed", summary.seed},
               {"fingerprint", fingerprint_text(summary.fingerprint)},
               {"scenario", summary.scenario},
               {"designs", std::move(designs)},
               {"violations", violations_json(summary)},
               {"limits", limits_json(summary)},
               {"expect", summary.expect},
               {"outcome", outcome_name(judgement.outcome)},
               {"repeated", summary.repeated},
               {"reasons", judgement.reasons},
               {"interrupted", summary.interrupted}};
  if (summary.replayed) add_replay(json, summary);
  return dump(json);
}

std::string json_error_list(const kev::Errors& errors) {
  return dump(errors_json(errors));
}

std::string json_errors(std::uint64_t seed, const std::string& scenario,
                        const kev::Errors& errors) {
  return dump({{"seed", seed}, {"scenario", scenario}, {"errors", errors_json(errors)}});
}

std::string json_document(const std::vector<std::string>& objects, JsonShape shape) {
  if (shape == JsonShape::object) {
    KEV_CHECK(objects.size() == 1);
    return objects.front() + "\n";
  }
  Json list = Json::array();
  for (const std::string& object : objects) list.push_back(Json::parse(object));
  return dump(list) + "\n";
}

}  // namespace sim
