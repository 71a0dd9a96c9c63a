#include "sim/world/event_run.hpp"

#include <fmt/format.h>

#include "sim/world/fault_rules.hpp"
#include "sim/world/meter.hpp"
#include "sim/world/queue_program_run.hpp"

namespace sim {

using kev::Instant;

namespace {

MachineOptions machine_options(const EventRunOptions& run) {
  if (run.explored != nullptr) return explored_machine(*run.explored);
  MachineOptions options;
  options.seed = run.run->seed;
  options.kernel.cpus = run.scenario->machine.cpus;
  options.kernel.explore = run.explore != nullptr;
  options.kernel.costs =
      find_cost_profile(options.kernel.explore ? "none" : run.scenario->machine.costs);
  KEV_CHECK(options.kernel.costs != nullptr);
  options.kernel.bug = bug_of(*run.scenario);
  return options;
}

class EventRun {
 public:
  explicit EventRun(const EventRunOptions& options)
      : options_(options),
        machine_(chooser(), machine_options(options)),
        platform_(platform_for(machine_, options.explored)),
        workload_(*platform_, *options.scenario, machine_.streams.stream("workload")),
        program_(options.program->make(*platform_, workload_)),
        stop_(*this) {
    add_faults(machine_.faults, *options_.scenario);
  }
  ~EventRun() {
    machine_.kernel.shut_down();
    machine_.engine.cancel(stop_);
  }

  kev::Result<DesignSummary> run();
  void explore();
  Machine& machine() { return machine_; }
  [[nodiscard]] std::uint64_t outcome() const { return workload_.outcome(); }

 private:
  Chooser& chooser() {
    if (options_.explored != nullptr) return *options_.explored->picks;
    return options_.explore != nullptr ? *options_.explore : plain_;
  }
  void start();
  void consumer(int thread);
  void run_until_quiet();
  void check_end();
  void on_stop() { machine_.kernel.stop(); }

  EventRunOptions options_;
  PlainChooser plain_;
  Machine machine_;
  std::unique_ptr<SimPlatform> platform_;
  EventWorkload workload_;
  std::unique_ptr<EventProgram> program_;
  MemberEvent<EventRun, &EventRun::on_stop> stop_;
  int queue_ = -1;
  QueueFile* file_ = nullptr;
  int consumers_ = 0;
};

/// The program's first thread makes the queue and starts the others.
void EventRun::start() {
  machine_.kernel.spawn("program", ContextKind::process, [this] {
    queue_ = program_->open();
    if (queue_ < 0) {
      const std::string message = fmt::format("the queue cannot be made: errno {}", -queue_);
      return machine_.kernel.violate("api_contract", message);
    }
    // Alive as long as the descriptor is open; the last consumer closes it.
    int error = 0;
    file_ = QueueCalls(*platform_).look_up(queue_, &error);
    file_->put();
    const auto asked = static_cast<int>(options_.scenario->workload.workers);
    consumers_ = asked == 0 ? 1 : asked;
    workload_.on_done([this] {
      machine_.faults.stop();
      // Whoever sleeps waits for events that will not come; one kick a thread.
      QueueCalls calls(*platform_);
      const int kicks = consumers_;  // which end meanwhile
      for (int i = 0; i < kicks; ++i) calls.kevent_ctl(queue_, kev::abi::KEVENT_CTL_READY, 0, 0);
    });
    const int consumers = consumers_;
    for (int i = 0; i < consumers; ++i)
      machine_.kernel.spawn("consumer", ContextKind::process, [this, i] { consumer(i); });
    workload_.start(queue_);
  });
}

void EventRun::consumer(int thread) {
  program_->consume(queue_, thread);
  if (--consumers_ != 0 || machine_.kernel.ending()) return;
  file_ = nullptr;
  QueueCalls(*platform_).close(queue_);
}

void EventRun::run_until_quiet() {
  if (options_.explore != nullptr) return machine_.kernel.run();
  const std::atomic<bool>* interrupted = options_.run->interrupted;
  while (machine_.kernel.run_events(slice_events))
    if (interrupted != nullptr && interrupted->load()) return machine_.kernel.stop();
}

void EventRun::check_end() {
  Kernel& kernel = machine_.kernel;
  const std::string missing = workload_.missing();
  if (!missing.empty()) {
    // Nothing can happen any more, so whoever should take them sleeps or has not seen them.
    const bool ready = file_ != nullptr && file_->queue().has_events();
    return kernel.violate(ready ? "no_lost_wakeup" : "no_lost_event", missing);
  }
  if (consumers_ != 0)
    return kernel.violate("no_lost_wakeup",
                          fmt::format("{} consumers were kicked and did not wake", consumers_));
  if (machine_.allocator.live() != 0 || machine_.files.open_count() != 0)
    kernel.violate("conservation",
                   fmt::format("{} objects and {} descriptors are left", machine_.allocator.live(),
                               machine_.files.open_count()));
}

kev::Result<DesignSummary> EventRun::run() {
  if (!options_.trace_path.empty()) {
    const std::string what = fmt::format("{} {}", options_.scenario->path, options_.program->name);
    const auto opened = machine_.recorder.open(options_.trace_path, options_.run->seed, what);
    if (!opened) return tl::unexpected(opened.error());
  }
  if (options_.run->until != Instant::never())
    machine_.engine.schedule_at(stop_, options_.run->until);
  const Meter begin(machine_);
  start();
  run_until_quiet();
  machine_.engine.cancel(stop_);
  const Meter end(machine_);
  const bool interrupted =
      options_.run->interrupted != nullptr && options_.run->interrupted->load();
  const bool cut_off = interrupted || machine_.kernel.now() >= options_.run->until;
  if (machine_.kernel.violations().empty() && !(cut_off && !workload_.done())) check_end();
  if (const auto closed = machine_.recorder.close(); !closed) return tl::unexpected(closed.error());
  DesignSummary summary = summarise(begin, end, workload_.ledger(), machine_);
  summary.name = std::string(options_.program->name);
  summary.violations = machine_.kernel.violations();
  return summary;
}

void EventRun::explore() {
  start();
  machine_.kernel.run();
  if (machine_.kernel.violations().empty() && !machine_.kernel.exploration().cut_short())
    check_end();
}

class ExploredEventRun final : public ExploredRun {
 public:
  explicit ExploredEventRun(const ExploredOptions& options)
      : run_({options.scenario, find_event_program(options.design), &run_options_, "", nullptr,
              &options}) {}
  void explore() override { run_.explore(); }
  Machine& machine() override { return run_.machine(); }
  [[nodiscard]] std::uint64_t outcome() const override { return run_.outcome(); }

 private:
  RunOptions run_options_;
  EventRun run_;
};

}  // namespace

std::unique_ptr<ExploredRun> explore_event_program(const ExploredOptions& options) {
  return std::make_unique<ExploredEventRun>(options);
}

kev::Result<DesignSummary> run_event_program(const EventRunOptions& options) {
  EventRun run(options);
  return run.run();
}

}  // namespace sim
