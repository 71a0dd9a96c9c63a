#include "sim/world/world_subject.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "sim/world/queue_program_run.hpp"
#include "sim/world/run.hpp"
#include "sim/world/workload_parts.hpp"

namespace sim {

namespace {

/// Some world was not destroyed.
int world_left_behind = 0;

const WorkloadKind* kind_of(const Scenario& scenario) {
  for (const WorkloadKind& kind : workloads())
    if (kind.name == scenario.workload.kind) return &kind;
  return nullptr;
}

/// What cannot go on when nobody can, and does not wait for work.
bool waits(const Context& context) {
  return *context.waiting_for != '\0';
}

/// Places where others may go first, after something that is shown already.
bool says_nothing(std::string_view operation) {
  return operation == row_of(KernelStep::unlocked).name ||
         operation == row_of(KernelStep::mutex_unlocked).name ||
         operation == row_of(KernelStep::prepared).name;
}

}  // namespace

/// LeakSanitizer asks. What was left behind is found only from its stacks, where it does not look.
extern "C" int __lsan_is_turned_off() {  // NOLINT: its name
  return world_left_behind;
}

MachineOptions explored_machine(const ExploredOptions& options) {
  MachineOptions machine;
  machine.seed = options.seed;
  machine.kernel.cpus = options.scenario->machine.cpus;
  machine.kernel.explore = true;
  machine.kernel.picks = options.picks;
  machine.kernel.costs = find_cost_profile("none");
  machine.kernel.step_limit = most_steps;
  machine.kernel.watch = options.code.watch;
  machine.kernel.bug = bug_of(*options.scenario);
  machine.stacks = options.stacks;
  return machine;
}

std::unique_ptr<SimPlatform> platform_for(Machine& machine, const ExploredOptions* options) {
  if (options == nullptr || options->code.make_platform == nullptr)
    return std::make_unique<SimPlatform>(machine);
  return options->code.make_platform(machine);
}

WorldSubject::WorldSubject(Scenario scenario, std::string design, MakeRun make_run,
                           WatchedCode code)
    : watch_(std::move(code.watch)),
      whole_(std::move(scenario)),
      scenario_(whole_),
      make_run_(make_run) {
  options_.code = {code.make_platform, watch_.get()};
  varied_ = scenario_;
  options_.scenario = &varied_;
  options_.design = std::move(design);
  options_.picks = &picks_;
  options_.stacks = &stacks_;
}

WorldSubject::~WorldSubject() {
  if (!arena_) {
    discard();
    return;
  }
  // What lies in the arena goes with it, and so do its fibers.
  if (watch_ != nullptr) watch_->end();
  static_cast<void>(run_.release());
  stacks_.reclaim();
}

kev::Result<std::unique_ptr<WorldSubject>> WorldSubject::make(Scenario scenario, std::string design,
                                                              WatchedCode code) {
  const WorkloadKind* const kind = kind_of(scenario);
  if (kind == nullptr || kind->explore == nullptr)
    return kev::fail(fmt::format("workload '{}' cannot be explored", scenario.workload.kind),
                     {scenario.path, 0, 0});
  return std::make_unique<WorldSubject>(std::move(scenario), std::move(design), kind->explore,
                                        std::move(code));
}

std::vector<WorkloadPart> WorldSubject::parts() const {
  std::vector<WorkloadPart> all = parts_of(whole_);
  for (std::size_t i = 0; i < parts_.size(); ++i) all[i].value = parts_[i];
  return all;
}

void WorldSubject::set_parts(const std::vector<std::int64_t>& values) {
  parts_ = values;
  scenario_ = with_parts(whole_, values);
  varied_ = scenario_;
  outdated_ = true;
}

/// Programs that do less meet what the whole one hides (swarm testing: Groce et al., ISSTA 2012).
void WorldSubject::vary_calls() {
  for (std::size_t t = 0; t < scenario_.threads.size(); ++t) {
    std::vector<ProgramStep>& does = varied_.threads[t].does;
    does.clear();
    for (const ProgramStep& call : scenario_.threads[t].does)
      if (picks_.choose(ChoiceKind::workload, 2, {"without call", 0}) == 0) does.push_back(call);
  }
}

/// Draws what the scenario lets executions differ in. False: nothing.
bool WorldSubject::vary() {
  const ExploreSpec& most = scenario_.explore;
  const auto draw = [&](const char* name, std::int64_t from, std::int64_t to) {
    if (to <= from) return from;
    const auto options = static_cast<std::uint32_t>(to - from + 1);
    return from + picks_.choose(ChoiceKind::workload, options, {name, 0});
  };
  varied_.queue.slots = draw("slots", scenario_.queue.slots, most.slots);
  varied_.queue.batch = draw("batch", scenario_.queue.batch, most.batch);
  varied_.queue.outstanding = draw("outstanding", scenario_.queue.outstanding, most.outstanding);
  varied_.workload.workers = draw("workers", scenario_.workload.workers, most.workers);
  // A ring has two slots at least.
  const bool may_be_none = scenario_.program.ring == 0;
  varied_.program.ring =
      draw("ring", scenario_.program.ring, may_be_none ? most.ring - 1 : most.ring);
  if (may_be_none && varied_.program.ring != 0) ++varied_.program.ring;
  if (most.calls) vary_calls();
  varied_.tcp.send_buffer_bytes = scenario_.tcp.send_buffer_bytes;
  while (varied_.tcp.send_buffer_bytes * 2 <= most.send_buffer_bytes &&
         picks_.choose(ChoiceKind::workload, 2, {"send buffer", 0}) == 1)
    varied_.tcp.send_buffer_bytes *= 2;
  if (most.faults) {
    varied_.faults.clear();
    for (const FaultSpec& fault : scenario_.faults)
      if (picks_.choose(ChoiceKind::workload, 2, {"without fault", 0}) == 0)
        varied_.faults.push_back(fault);
  }
  return most != ExploreSpec();
}

void WorldSubject::build() {
  const ArenaUse inside(&*arena_);
  run_ = make_run_(options_);
}

/// Later executions begin with the world as it is now.
void WorldSubject::mark() {
  arena_->mark();
  if (watch_ != nullptr) watch_->mark();
}

/// Ends a world that does not lie in the arena. Code that has broken a property in an access must
/// not go on, as it would when it is unwound: a pointer may be null. Such a world stays as it is.
void WorldSubject::discard() {
  if (run_ == nullptr) return;
  const Kernel& kernel = run_->machine().kernel;
  if (kernel.violations().empty() || !kernel.stopped_in_access()) return run_.reset();
  if (watch_ != nullptr) watch_->end();
  static_cast<void>(run_.release());
  stacks_.reclaim();
  world_left_behind = 1;
}

/// A world that nothing has happened in yet.
void WorldSubject::renew() {
  const bool varies = vary();
  const bool outdated = std::exchange(outdated_, false);
  // The first one lies outside, so that what is made once in a process is not made in the arena.
  if (!Arena::available() || !warm_) {
    warm_ = true;
    discard();
    run_ = make_run_(options_);
    return;
  }
  if (!arena_) {
    discard();
    arena_.emplace();
    build();
    return mark();
  }
  stacks_.reclaim();
  if (varies || outdated) {
    if (watch_ != nullptr) watch_->end();
    static_cast<void>(run_.release());
    arena_->clear();
    build();
    // What varies is made anew each time.
    if (!varies) mark();
    return;
  }
  arena_->rewind();
  if (watch_ != nullptr) watch_->rewind();
  run_->machine().kernel.exploration().begin();
}

void WorldSubject::execute(Strategy& strategy, Execution& execution) {
  picks_.ask(strategy);
  renew();
  Kernel& kernel = run_->machine().kernel;
  kernel.exploration().set_tracing(tracing_);
  steps_told_ = 0;
  const bool stops = tracing_ && stop_after_ != 0;
  kernel.exploration().on_step(stops ? &WorldSubject::on_step : nullptr, this);
  {
    const ArenaUse inside(arena_ ? &*arena_ : nullptr);
    run_->explore();
  }
  if (stops && steps_told_ == stop_after_) std::raise(SIGTRAP);  // the last one
  orders_.add(kernel.rules());
  execution.violation = nullptr;
  if (!kernel.violations().empty()) {
    const Violation& first = kernel.violations().front();
    broken_ = {first.property, first.message};
    execution.violation = &broken_;
  }
  execution.picks = picks_.picks();
  execution.fingerprint = kernel.exploration().fingerprint();
  execution.steps = kernel.exploration().steps();
  execution.cut_short = kernel.exploration().cut_short();
}

/// The step before this one has been taken: of the steps that tables show, it may be the one that a
/// debugger waits for.
void WorldSubject::on_step(void* subject, const Operation& step) {
  auto& world = *static_cast<WorldSubject*>(subject);
  if (world.steps_told_ == world.stop_after_) {
    std::raise(SIGTRAP);
    world.stop_after_ = 0;
  }
  if (!says_nothing(step.name)) ++world.steps_told_;
}

std::vector<ShownStep> WorldSubject::execute_traced(Strategy& strategy, Execution& execution) {
  tracing_ = true;
  execute(strategy, execution);
  tracing_ = false;
  const Exploration& exploration = run_->machine().kernel.exploration();
  std::vector<ShownStep> steps;
  std::vector<std::uint32_t> places;
  std::vector<std::uint32_t> objects;
  for (const KernelTraceStep& step : exploration.trace()) {
    if (says_nothing(step.operation.name)) continue;
    ShownStep shown;
    shown.thread = step.thread;
    shown.at = step.at;
    shown.by_machine = is_of_machine(step.thread);
    const bool has_words = step.words != nullptr;
    shown.operation = has_words ? step.words : step.operation.name;
    if (!has_words) shown.object = exploration.object_name(step.operation.object);
    if (shown.object == shown.operation) shown.object.clear();
    shown.value = step.value;
    steps.push_back(std::move(shown));
    places.push_back(step.place);
    objects.push_back(step.operation.object);
  }
  name_accesses(steps, places, objects);
  // Who never came to the end.
  for (std::uint32_t i = device_count; i < exploration.threads(); ++i) {
    const Context& context = *exploration.context(i);
    if (context.in_interrupt() || !waits(context) || exploration.can_go_on(i)) continue;
    ShownStep shown;
    shown.thread = i;
    shown.at = exploration.steps() + 1;
    shown.waits = true;
    shown.operation = context.waiting_for;
    steps.push_back(std::move(shown));
  }
  return steps;
}

/// Words of memory have long numbers, which follow from who allocated what; in a table they are
/// counted in the order in which they are met. Places tell people more.
void WorldSubject::name_accesses(std::vector<ShownStep>& steps,
                                 const std::vector<std::uint32_t>& places,
                                 const std::vector<std::uint32_t>& objects) {
  if (!lines_ || watch_ == nullptr) return;
  const std::vector<std::string> names = watch_->name_places(places);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i] == 0) continue;
    const auto word = std::find(words_.begin(), words_.end(), objects[i]);
    steps[i].object = fmt::format("word {}", word - words_.begin() + 1);
    steps[i].place = names[i];
    if (word == words_.end()) words_.push_back(objects[i]);
  }
}

std::string WorldSubject::thread_name(std::uint32_t thread) const {
  return run_->machine().kernel.exploration().thread_name(thread);
}

std::string WorldSubject::object_name(std::uint32_t object) const {
  return run_->machine().kernel.exploration().object_name(object);
}

std::uint32_t WorldSubject::step_limit() const {
  return static_cast<std::uint32_t>(most_steps);
}

}  // namespace sim
