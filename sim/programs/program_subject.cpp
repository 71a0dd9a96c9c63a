#include "sim/programs/program_subject.hpp"

#include <fmt/format.h>

#include "sim/instrument/crashes.hpp"

namespace sim {

namespace {

std::string plain_name(std::uint32_t object) {
  const MemoryMap::Where where = MemoryMap::where(object);
  if (where.kind == MemoryKind::foreign) return fmt::format("object {}", where.offset);
  if (where.offset < MemoryMap::stacks_bytes)
    return fmt::format("local of T{}-{:#x}", where.offset / MemoryMap::stack_bytes,
                       MemoryMap::stack_bytes - where.offset % MemoryMap::stack_bytes);
  return fmt::format("heap+{:#x}", where.offset - MemoryMap::stacks_bytes);
}

bool has_value(StepKind kind) {
  return kind == StepKind::load || kind == StepKind::store || kind == StepKind::update ||
         kind == StepKind::compare;
}

ShownStep shown(Runtime& runtime, const TraceStep& step) {
  const StepRow& row = row_of(step.kind);
  ShownStep words;
  words.thread = step.thread;
  words.at = step.at;
  words.waits = step.waits;
  words.operation = row.name;
  if (row.access != Access::none) words.object = runtime.name_object(step.object);
  if (has_value(step.kind)) {
    words.value = static_cast<std::int64_t>(step.value);
    if (const auto object = runtime.memory().own_id(step.value); object && runtime.name_object)
      words.points_to = runtime.name_object(*object);
    else if (step.value - runtime.code_base < runtime.code_bytes)
      words.points_to = "code";
  }
  if (!step.waits && !step.stack.empty() && runtime.name_line)
    words.place = runtime.name_line(step.stack.front());
  return words;
}

}  // namespace

void RuntimeSubject::execute(Strategy& strategy, Execution& execution) {
  run_once(strategy);
  const Runtime& done = runtime();
  execution.violation = done.violated() ? &done.violation() : nullptr;
  execution.picks = done.picks();
  execution.fingerprint = done.fingerprint();
  execution.steps = done.steps();
  execution.cut_short = done.cut_short();
}

std::vector<ShownStep> RuntimeSubject::execute_traced(Strategy& strategy, Execution& execution) {
  runtime().set_tracing(true);
  execute(strategy, execution);
  runtime().set_tracing(false);
  std::vector<ShownStep> steps;
  for (const TraceStep& step : runtime().trace()) steps.push_back(shown(runtime(), step));
  return steps;
}

std::string RuntimeSubject::thread_name(std::uint32_t thread) const {
  return runtime().thread_name(thread);
}

std::string RuntimeSubject::object_name(std::uint32_t object) const {
  return runtime().name_object ? runtime().name_object(object) : std::string();
}

std::string RuntimeSubject::lock_order_inversion() const {
  return runtime().lock_order_inversion();
}

std::uint64_t RuntimeSubject::lock_orders() const {
  return runtime().lock_orders();
}

CallSubject::CallSubject(std::function<void()> body, const RuntimeOptions& options)
    : runtime_(options), body_(std::move(body)) {
  // Whether the code asks if a lock is free is not known before it runs.
  runtime_.options().unlock_is_step = true;
  runtime_.name_object = &plain_name;
  catch_crashes();
}

void* CallSubject::call(void* subject) {
  static_cast<CallSubject*>(subject)->body_();
  return nullptr;
}

void CallSubject::run_once(Strategy& strategy) {
  runtime_.execute(strategy, &CallSubject::call, this);
}

}  // namespace sim
