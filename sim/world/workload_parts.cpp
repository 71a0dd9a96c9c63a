#include "sim/world/workload_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "model/base/check.hpp"

namespace sim {

namespace {

/// Files have whole pages.
constexpr std::int64_t page_bytes = 4096;

struct NumberRow {
  const char* name;
  std::int64_t least;
  std::int64_t unit;
  std::int64_t& (*of)(Scenario& scenario);
};

constexpr NumberRow clients{"workload.clients", 1, 1,
                            [](Scenario& s) -> std::int64_t& { return s.workload.clients; }};
constexpr NumberRow requests{"workload.requests", 1, 1,
                             [](Scenario& s) -> std::int64_t& { return s.workload.requests; }};
constexpr NumberRow workers{"workload.workers", 1, 1,
                            [](Scenario& s) -> std::int64_t& { return s.workload.workers; }};
constexpr NumberRow server_rows[] = {
    clients,
    requests,
    workers,
    {"workload.kaio_threads", 1, 1,
     [](Scenario& s) -> std::int64_t& { return s.workload.kaio_threads; }},
    {"workload.files.count", 1, 1,
     [](Scenario& s) -> std::int64_t& { return s.workload.files.count; }},
    {"workload.files.size in pages", 1, page_bytes,
     [](Scenario& s) -> std::int64_t& { return s.workload.files.size_bytes; }},
};
constexpr NumberRow queue_rows[] = {
    clients,
    requests,
    workers,
    {"queue.outstanding", 1, 1, [](Scenario& s) -> std::int64_t& { return s.queue.outstanding; }},
};

std::span<const NumberRow> rows_of(const Scenario& scenario) {
  if (scenario.workload.kind == queue_program_workload) return {};
  if (scenario.workload.kind == event_queue_workload) return queue_rows;
  return server_rows;
}

/// Calls `visit` with each part, and with what changes it.
template <class Visit>
void visit_numbers(Scenario& scenario, Visit visit) {
  for (const NumberRow& row : rows_of(scenario)) {
    std::int64_t& number = row.of(scenario);
    const std::int64_t whole = (number + row.unit - 1) / row.unit;
    // A number that is left to the design is no number of the scenario's.
    if (whole <= row.least) continue;
    visit(WorkloadPart{row.name, row.name, whole, row.least},
          [&](std::int64_t value) { number = value == whole ? number : value * row.unit; });
  }
}

template <class Visit>
void visit_calls(const std::string& whose, std::vector<ProgramStep>& calls, Visit visit) {
  std::vector<ProgramStep> kept;
  for (std::size_t i = 0; i < calls.size(); ++i)
    visit(WorkloadPart{whose, fmt::format("{} {}: {}", whose, i + 1, calls[i].text), 1, 0},
          [&](std::int64_t value) {
            if (value != 0) kept.push_back(calls[i]);
          });
  calls = std::move(kept);
}

/// Whether pages of files may become dirty.
bool changes_files(const Scenario& scenario) {
  const auto truncates = [](const FaultSpec& fault) {
    return fault.at == "cache.truncate" || fault.at == "cache.cut";
  };
  return !scenario.writers.empty() ||
         std::any_of(scenario.faults.begin(), scenario.faults.end(), truncates);
}

/// The periodic writer, who would only make the execution longer.
template <class Visit>
void visit_write_back(Scenario& scenario, Visit visit) {
  constexpr const char* name = "cache.dirty_writeback";
  if (scenario.cache.dirty_writeback == kev::Duration(0) || !changes_files(scenario)) return;
  visit(WorkloadPart{name, name, 1, 0}, [&](std::int64_t value) {
    if (value == 0) scenario.cache.dirty_writeback = kev::Duration(0);
  });
}

template <class Visit>
void visit_all(Scenario& scenario, Visit visit) {
  visit_numbers(scenario, visit);
  visit_write_back(scenario, visit);
  if (scenario.workload.kind == queue_program_workload) {
    visit_calls("before", scenario.program.before, visit);
    for (ThreadSpec& thread : scenario.threads) visit_calls(thread.name, thread.does, visit);
  }
  std::vector<FaultSpec> kept;
  for (std::size_t i = 0; i < scenario.faults.size(); ++i)
    visit(WorkloadPart{"faults", fmt::format("fault {}: {}", i + 1, scenario.faults[i].at), 1, 0},
          [&](std::int64_t value) {
            if (value != 0) kept.push_back(scenario.faults[i]);
          });
  scenario.faults = std::move(kept);
}

}  // namespace

std::vector<WorkloadPart> parts_of(const Scenario& scenario) {
  std::vector<WorkloadPart> all;
  Scenario visited = scenario;
  visit_all(visited, [&](WorkloadPart part, auto /*set*/) { all.push_back(std::move(part)); });
  return all;
}

Scenario with_parts(const Scenario& whole, const std::vector<std::int64_t>& values) {
  Scenario less = whole;
  std::size_t index = 0;
  visit_all(less, [&](const WorkloadPart& /*part*/, auto set) { set(values.at(index++)); });
  KEV_CHECK(index == values.size());
  return less;
}

}  // namespace sim
